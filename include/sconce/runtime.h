/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce/runtime.h - run an ExecuTorch program (.pte) on a device.
 *
 * The whole life of a model:
 *
 *     sc_verify(file, n_bytes, &report)      once, where the bytes come from
 *     sc_open(file, n_bytes, &model)         reads in place, copies nothing
 *     sc_need(&model, NULL, &need)           how many bytes each buffer needs
 *     sc_init(&model, NULL, &config, &m)     the caller's buffers are handed over
 *     sc_input(&m, 0, &t); fill t.data       or sc_set_input() to copy
 *     sc_run(&m, NULL)
 *     sc_output(&m, 0, &t); read t.data
 *
 * A program that calls delegates (an NPU) also needs config.delegates, and the scratch
 * memory that sc_need_scratch() tells: see "delegates" below.
 *
 * A file that is linked into the firmware was verified and looked at when that was
 * built (`sconce kernels`): sc_open(), sc_init_bound(), then the same.
 *
 * Ownership: the library allocates nothing and keeps no globals. The file, the
 * kernel table and every buffer belong to the caller and must outlive ScMethod.
 * Threads: one ScMethod is used by one thread at a time; ScModel is read only.
 * Byte order: little-endian hosts only. The file must lie at an address that
 * is a multiple of SC_FILE_ALIGN.
 */
#ifndef SCONCE_RUNTIME_H
#define SCONCE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- status -------------------------------------------------------------- */

/* 0 is success, errors are negative, numbers never change. */
typedef enum ScStatus {
    SC_OK = 0,
    SC_E_ARG = -1,         /* the caller broke this header's contract */
    SC_E_FORMAT = -2,      /* damaged bytes, or not this format */
    SC_E_VERSION = -3,     /* the right format in a version that isn't read */
    SC_E_UNSUPPORTED = -4, /* well formed, but beyond what this build does */
    SC_E_NO_KERNEL = -5,   /* the kernel table lacks an operator */
    SC_E_NO_DELEGATE = -6, /* a delegate is needed that isn't linked in */
    SC_E_MEMORY = -7,      /* a buffer is too small, or malloc failed (host) */
    SC_E_SHAPE = -8,       /* rank, sizes or dtype don't fit */
    SC_E_RANGE = -9,       /* a data-dependent value is out of range */
    SC_E_LIMIT = -10,      /* a limit was reached: of a run's instructions, of bytes */
    SC_E_IO = -11,         /* host: a file can't be read or written */
    SC_E_NOT_FOUND = -12,  /* no method, operator or target of that name */
    SC_E_INTERNAL = -13,   /* a bug in Sconce */
    SC_E_ENGINE = -14      /* the engine behind a delegate reported a failure */
} ScStatus;

/* Short English name of a status, "ok" for SC_OK. Never NULL. */
const char *sc_status_name(ScStatus status);

/* Returns from the calling function when `call` fails. The only macro here
 * that hides control flow. */
#define SC_TRY(call)                      \
    do {                                  \
        ScStatus sc_try_status_ = (call); \
        if (sc_try_status_ != SC_OK) {    \
            return sc_try_status_;        \
        }                                 \
    } while (0)

/* ---- tensors ------------------------------------------------------------- */

/* Numbering of ExecuTorch's ScalarType (schema/scalar_type.fbs). */
typedef enum ScDtype {
    SC_U8 = 0,
    SC_I8 = 1,
    SC_I16 = 2,
    SC_I32 = 3,
    SC_I64 = 4,
    SC_F16 = 5,
    SC_F32 = 6,
    SC_F64 = 7,
    SC_BOOL = 11, /* one byte, 0 or 1 */
    SC_BF16 = 15,
    SC_U16 = 27,
    SC_U32 = 28,
    SC_U64 = 29
} ScDtype;

/* Bytes of one element, 0 for a dtype that isn't listed above. */
size_t sc_dtype_size(ScDtype dtype);

enum {
    SC_MAX_RANK = 8,     /* of any tensor that a kernel takes */
    SC_FILE_ALIGN = 16,  /* bytes; of the .pte and of every memory */
    SC_MAX_MEMORIES = 8, /* arenas of one method */
    SC_MAX_ARGS = 40     /* of one instruction, outputs and return included */
};

/*
 * A tensor as kernels and callers see it. Borrows everything.
 * sizes[rank] is in logical order (NCHW for images) whatever the layout;
 * dim_order[rank] lists dimensions from the outermost to the innermost in
 * memory: 0,1,2,3 = NCHW, 0,2,3,1 = NHWC. Always dense.
 */
typedef struct ScTensor {
    void *data;
    const int32_t *sizes;
    const uint8_t *dim_order;
    uint8_t dtype; /* ScDtype */
    uint8_t rank;
} ScTensor;

/* Product of the sizes; 1 for rank 0. */
size_t sc_tensor_numel(const ScTensor *tensor);
size_t sc_tensor_bytes(const ScTensor *tensor);

/* ---- kernels ------------------------------------------------------------- */

typedef struct ScCall ScCall; /* the arguments of one call: runtime/call.h */
typedef ScStatus (*ScKernelFn)(ScCall *call);

/*
 * One row of the kernel table. `sconce kernels a.pte -o kernels.c` writes the
 * table that a set of programs needs, sorted by (name, dtype_class).
 *
 * dtype_class is that of the widest tensor argument of the call, outputs
 * included:  'i' integers and bool only, 'h' float16/bfloat16, 'f' float32,
 * 'd' float64; a row '*' takes any (it moves bytes). 'd' > 'f' > 'h' > 'i'.
 *
 * signature has one letter per argument in schema order, the outputs last and
 * without the repeated return value; an optional argument has '?' behind it:
 *   T tensor   O output tensor   P list of output tensors
 *   V list of tensors; "V?" also takes None among its items
 *   i int      b bool    f double    s string    S scalar (int, double, bool)
 *   I list of ints   F list of doubles   B list of bools
 *   D no argument: the row SC_DELEGATE_KERNEL, which no operator can be
 */
typedef struct ScKernel {
    const char *name; /* "aten::add.out" */
    const char *signature;
    ScKernelFn fn;
    char dtype_class;
} ScKernel;

typedef struct ScKernelTable {
    const ScKernel *rows;
    uint32_t n_rows;
} ScKernelTable;

/* ---- files --------------------------------------------------------------- */

/* An opened .pte. Fields are private. */
typedef struct ScModel ScModel;
struct ScModel {
    const uint8_t *file;
    uint32_t n_bytes;
    uint32_t program_bytes; /* the flatbuffer's part of the file */
    uint32_t root;
    uint32_t segment_base; /* where segments count from, 0 = there are none */
    uint32_t constants;    /* where offsets of constants count from */
    uint32_t constant_bytes;
    uint32_t constant_offsets; /* vector of them, 0 = constants lie elsewhere */
    const uint8_t *data;       /* the .ptd with what this file leaves out, or NULL */
    uint32_t data_bytes;
    uint32_t data_root;
    uint32_t data_base; /* where its segments count from, 0 = there are none */
    /* Bytes of the .ptd by name: a pointer, so that only who opens one links it. */
    const uint8_t *(*data_find)(const ScModel *model, const char *key, uint32_t *out_bytes);
};

/* What sc_verify() found. */
typedef struct ScVerifyReport {
    uint32_t offset;  /* byte of the file where the first fault lies */
    const char *what; /* static English text, NULL when there is none */
} ScVerifyReport;

/*
 * Checks the structure of untrusted bytes in one bounded pass: no recursion,
 * no heap, work at most a constant times n_bytes. After SC_OK every other
 * function of this header may be called on the same unchanged bytes.
 * out_report may be NULL.
 */
ScStatus sc_verify(const void *file, size_t n_bytes, ScVerifyReport *out_report);

/*
 * Opens a file in place. Trusts its structure: call sc_verify() first unless
 * the bytes are part of the firmware and were verified when it was built.
 * SC_E_FORMAT: not a .pte; SC_E_VERSION: a .pte that isn't "ET12".
 */
ScStatus sc_open(const void *file, size_t n_bytes, ScModel *out_model);

/*
 * A .ptd (FlatTensor) holds tensors and other bytes by name: weights that a program was
 * exported without, so that several programs share them or they change alone. This tells
 * of one what sc_verify() tells of a .pte.
 */
ScStatus sc_verify_data(const void *data, size_t n_bytes, ScVerifyReport *out_report);

/*
 * sc_verify() for a .pte together with the .ptd that has the rest: each tensor that the
 * program expects there is there, of the same dtype, sizes and order of dimensions.
 * sc_verify() alone answers SC_E_UNSUPPORTED, "data in another file". The offset of
 * out_report is one of `file`.
 */
ScStatus sc_verify_with_data(const void *file, size_t n_bytes, const void *data,
                             size_t data_bytes, ScVerifyReport *out_report);

/*
 * Gives an opened program its .ptd, used in place (as a .pte: aligned to SC_FILE_ALIGN,
 * trusted, unchanged). Before sc_init(), which looks each name up once and fails with
 * SC_E_NOT_FOUND when one isn't there. SC_E_FORMAT: not a .ptd.
 */
ScStatus sc_open_data(ScModel *model, const void *data, size_t n_bytes);

uint32_t sc_method_count(const ScModel *model);
/* NULL when index is out of range. Borrows the file. */
const char *sc_method_name(const ScModel *model, uint32_t index);

/*
 * Bytes that a program or a delegate refers to by name, of the .pte or else of its .ptd.
 * Borrows the file; promises no alignment. SC_E_NOT_FOUND: no such key.
 */
ScStatus sc_named_data(const ScModel *model, const char *key, const uint8_t **out_data,
                       size_t *out_bytes);

/* ---- delegates ------------------------------------------------------------- */

/* What a delegate needs for one payload. */
typedef struct ScDelegateNeed {
    size_t scratch_bytes; /* memory that lives for one call; 0 = none */
    size_t scratch_align; /* power of two, >= SC_FILE_ALIGN */
    uint32_t n_inputs;    /* arguments of a call: inputs, then outputs */
    uint32_t n_outputs;
} ScDelegateNeed;

/* One payload as a delegate sees it: bytes that nobody checked. */
typedef struct ScDelegatePayload {
    const ScModel *model; /* for sc_named_data() */
    const uint8_t *data;  /* at a multiple of SC_FILE_ALIGN; not NULL */
    size_t n_bytes;
} ScDelegatePayload;

/*
 * Runs the parts of a program that a compiler made for one engine. A const struct;
 * what changes belongs to `user`. All functions but release() are required.
 *
 * measure() and place() look at the payload alone and are called before anything else,
 * for instance when the program is built. prepare() is called by sc_init() for each
 * call; a payload or tensors that it accepts must be safe to run. Tensors are the
 * inputs, then the outputs of the call; run() sees the same with their data.
 *
 * Memory: scratch has need.scratch_bytes or more and keeps nothing between calls. A
 * plan may put a tensor into it: when tensor.data is scratch + the offset that place()
 * tells, there is nothing to copy. A hostile file may let tensors overlap in any other
 * way too: such a call may compute nonsense but must stay inside of their bytes, so
 * bytes are copied with memmove().
 */
typedef struct ScDelegate ScDelegate;
struct ScDelegate {
    const char *id; /* as in the file: "SomeBackend" */
    void *user;     /* the delegate's own configuration */
    /* Called before every run too, so it should be quick. */
    ScStatus (*measure)(const ScDelegate *self, const ScDelegatePayload *payload,
                        ScDelegateNeed *out_need);
    /* Where input or output `index` (outputs behind inputs) lies in the scratch, dense
     * in the order in which the tensor is passed, so that a plan can put it there.
     * SC_E_NOT_FOUND: it has no such place. */
    ScStatus (*place)(const ScDelegate *self, const ScDelegatePayload *payload,
                      uint32_t index, size_t *out_offset, size_t *out_bytes);
    /* Checks everything about payload and tensors once, before the first run. A
     * tensor's data may still be NULL. */
    ScStatus (*prepare)(const ScDelegate *self, const ScDelegatePayload *payload,
                        const ScTensor *tensors, uint32_t n_tensors);
    ScStatus (*run)(const ScDelegate *self, const ScDelegatePayload *payload,
                    const ScTensor *tensors, uint32_t n_tensors, void *scratch,
                    size_t scratch_bytes);
    void (*release)(const ScDelegate *self); /* power off; may be NULL */
};

/*
 * The row of the kernel table that runs delegate calls; `sconce kernels` writes it where
 * a program has some, so that others don't link what it takes. In a table by hand it
 * stands in its place by name.
 */
#define SC_DELEGATE_NAME "sconce::delegate"
#define SC_DELEGATE_KERNEL \
    { SC_DELEGATE_NAME, "D", sc_sconce_delegate_x, '*' }
ScStatus sc_sconce_delegate_x(ScCall *call);

/* ---- methods ------------------------------------------------------------- */

/* Buffers that a method needs. Every one is aligned to SC_FILE_ALIGN. */
typedef struct ScNeed {
    size_t workspace_bytes; /* the runtime's own tables */
    uint32_t n_memories;    /* arenas in use */
    size_t memory_bytes[SC_MAX_MEMORIES];
} ScNeed;

/* method NULL = the first one. */
ScStatus sc_need(const ScModel *model, const char *method, ScNeed *out_need);

typedef struct ScConfig {
    ScKernelTable kernels;
    void *workspace; /* need.workspace_bytes */
    size_t workspace_bytes;
    void *memory[SC_MAX_MEMORIES]; /* need.memory_bytes[i] each */
    size_t memory_bytes[SC_MAX_MEMORIES];
    /* The memories hold zeros already, as .bss does after start-up: sc_init() and
     * sc_init_bound() need not clear them. */
    bool memory_is_zero;
    const ScDelegate *const *delegates; /* for programs that call some */
    uint32_t n_delegates;
    void *scratch; /* of delegate calls: sc_need_scratch() */
    size_t scratch_bytes;
} ScConfig;

/*
 * Scratch memory that the delegate calls of a method need in config.scratch, and its
 * alignment: that of the largest. Calls take turns in it. A call whose last argument,
 * behind inputs and outputs, is a uint8 tensor has its scratch in the memory plan
 * (`sconce compile` does that) and needs nothing here. Looks at config's delegates
 * only. SC_E_NO_DELEGATE: one isn't among them; SC_E_UNSUPPORTED: a payload isn't
 * aligned to SC_FILE_ALIGN; else what measure() says.
 */
ScStatus sc_need_scratch(const ScModel *model, const char *method, const ScConfig *config,
                         size_t *out_bytes, size_t *out_align);

/*
 * What sc_need() and sc_init() find out about the first method of one file, found
 * out when the firmware is built: `sconce kernels a.pte -o kernels.c` writes it, for
 * each file, as constants. It belongs to exactly those bytes.
 */
typedef struct ScBound {
    const ScKernelTable *kernels;
    const uint16_t *rows;   /* of kernels: one an instruction */
    const uint16_t *args;   /* first argument of each instruction; NULL: look each up */
    const uint8_t *kinds;   /* what the arguments are: kind */
    const uint32_t *tables; /* and position in the file, or the int, or place in ints */
    const int32_t *ints;    /* lists of ints: length, items */
    const uint32_t *slots;  /* values that change at run time, rising */
    const uint32_t *states; /* values that start with bytes of the file */
    uint32_t n_slots;
    uint32_t n_states;
    uint32_t plan;      /* file position of the method */
    uint32_t pte_bytes; /* of the whole file */
    ScNeed need;        /* of sc_init_bound(): less than what sc_need() gives */
} ScBound;

/* A method with its memory. Fields are private; about 150 bytes. */
typedef struct ScMethod {
    const ScModel *model;
    ScConfig config;
    const ScBound *bound; /* NULL after sc_init() */
    const uint16_t *rows; /* row of the kernel table of each instruction */
    uint32_t plan;        /* file offset of the execution plan */
    uint32_t values;      /* of its vectors */
    uint32_t instructions;
    uint32_t operators;
    uint32_t inputs;
    uint32_t outputs;
    uint32_t n_slots;     /* values that change at run time */
    uint32_t error_index; /* see sc_error_index() */
} ScMethod;

/*
 * Binds kernels and buffers and resets the state. SC_E_NO_KERNEL,
 * SC_E_NO_DELEGATE (or the kernel table lacks SC_DELEGATE_KERNEL), SC_E_UNSUPPORTED (the
 * call doesn't fit the kernel's signature, or is one that delegates can't get: with None,
 * lists, moved or resizable tensors), or what a delegate's prepare() says: sc_error_index()
 * is the index of the instruction, sc_operator_name() the operator. SC_E_MEMORY: a buffer,
 * scratch too, is missing, too small or misaligned. model and what config points to are
 * kept.
 */
ScStatus sc_init(const ScModel *model, const char *method, const ScConfig *config,
                 ScMethod *out_method);

/*
 * The same for a file that is part of the firmware, in a small part of the time and
 * with less workspace: bound->need, whose sizes model.h has as constants. Trusts
 * what sc_open() trusts and that `bound` was made from these bytes; searches no
 * names and compares no arguments with signatures, since `sconce kernels` has done
 * so. config->kernels isn't looked at; delegates are prepared as by sc_init().
 * SC_E_ARG: the file has another size than that of `bound`; SC_E_MEMORY as above.
 */
ScStatus sc_init_bound(const ScModel *model, const ScBound *bound, const ScConfig *config,
                       ScMethod *out_method);

uint32_t sc_input_count(const ScMethod *method);
uint32_t sc_output_count(const ScMethod *method);

/*
 * The tensor of an input or output. data is where to write or read: inside
 * the arena when the plan put it there, else what sc_set_input() gave.
 * SC_E_SHAPE when that input or output isn't a tensor.
 */
ScStatus sc_input(const ScMethod *method, uint32_t index, ScTensor *out_tensor);
ScStatus sc_output(const ScMethod *method, uint32_t index, ScTensor *out_tensor);

/*
 * Copies n_bytes into a planned input; keeps the pointer of an unplanned one
 * (which must then stay valid while the method runs). n_bytes must be exactly
 * sc_tensor_bytes(); dtype, sizes and layout are those sc_input() tells.
 */
ScStatus sc_set_input(ScMethod *method, uint32_t index, void *data, size_t n_bytes);

/* Where an output without a place in the arena is to be written; kept like the
 * pointer of sc_set_input(). SC_E_ARG when it has a place. */
ScStatus sc_set_output(ScMethod *method, uint32_t index, void *data, size_t n_bytes);

/* Called after each instruction, for traces; returning an error stops the run. */
typedef ScStatus (*ScHook)(void *user, const ScMethod *method, uint32_t instruction,
                           ScCall *call);

/* As stock's ET_MAX_INSTRUCTIONS. */
#define SC_DEFAULT_MAX_INSTRUCTIONS 10000000u

typedef struct ScRunOptions {
    uint32_t max_instructions; /* 0 = SC_DEFAULT_MAX_INSTRUCTIONS */
    ScHook hook;               /* NULL = none */
    void *hook_user;
} ScRunOptions;

/*
 * Runs the method once; options NULL = defaults. State (mutated buffers) is
 * kept between runs. On failure the outputs are undefined and
 * sc_error_index() tells the instruction.
 *
 * A run leaves nothing of planned inputs: their bytes are used again after
 * their last use, perhaps for an output. So inputs are written before every
 * run, and outputs are read before the next input is written.
 */
ScStatus sc_run(ScMethod *method, const ScRunOptions *options);

/* Puts the state back to the values stored in the file. Clears every memory, so
 * inputs in the arena have to be set again. */
ScStatus sc_reset(ScMethod *method);

/* Calls release() of the delegates that the program names, where they have one. The
 * next run works again. */
void sc_release(ScMethod *method);

/* Index of the instruction the last failed call stopped at. */
uint32_t sc_error_index(const ScMethod *method);
/* Operator name of an instruction, e.g. "aten::add.out", or a delegate's id, cut to
 * n_bytes with its terminating 0; empty when it is neither call. */
void sc_operator_name(const ScMethod *method, uint32_t instruction, char *out_name,
                      size_t n_bytes);

/* The payload of a delegate call, for whoever explains what went wrong; aligned or not.
 * SC_E_ARG: the instruction calls no delegate. */
ScStatus sc_delegate_payload_find(const ScMethod *method, uint32_t instruction,
                                  ScDelegatePayload *out_payload);

/* ---- names, scales and layouts of inputs and outputs ---------------------- */

typedef enum ScLayout { SC_LAYOUT_CONTIGUOUS = 0, SC_LAYOUT_CHANNELS_LAST = 1 } ScLayout;

/* From the "sconce.io" segment; a stock file has none: SC_E_NOT_FOUND. */
typedef struct ScIoInfo {
    const char *name; /* of the PyTorch argument; borrows the file */
    float scale;      /* real = scale * (q - zero_point); 0 = not quantized */
    int32_t zero_point;
    ScLayout layout;
} ScIoInfo;

ScStatus sc_input_info(const ScModel *model, uint32_t index, ScIoInfo *out_info);
ScStatus sc_output_info(const ScModel *model, uint32_t index, ScIoInfo *out_info);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Program: kernel calls by name over buffers: what a .pte is.
 *
 * A stock .pte is read into this form and no further (its operators hold
 * multipliers, not scales). Values are interned: equal ints, lists, strings
 * and constants are one value each.
 */
#ifndef SC_PROGRAM_PROGRAM_H
#define SC_PROGRAM_PROGRAM_H

#include "compiler/base/context.h"
#include "compiler/base/file.h"
#include "compiler/base/npy.h"
#include "compiler/base/text.h"

typedef uint32_t ScPid; /* index into ScProgram.values */
#define SC_PID_NONE UINT32_MAX

/* Numbers of the .pte union KernelTypes. */
typedef enum ScPKind {
    SC_P_NULL = 1,
    SC_P_INT = 2,
    SC_P_BOOL = 3,
    SC_P_DOUBLE = 4,
    SC_P_TENSOR = 5,
    SC_P_STRING = 6,
    SC_P_INTS = 7,
    SC_P_DOUBLES = 8,
    SC_P_BOOLS = 9,
    SC_P_TENSORS = 10,
    SC_P_OPTIONAL_TENSORS = 11
} ScPKind;

typedef enum ScPStorage {
    SC_P_UNPLANNED, /* the caller gives the pointer */
    SC_P_CONST,     /* constants[index] */
    SC_P_BUFFER     /* buffers[index] + byte_offset */
} ScPStorage;

typedef struct ScPTensor {
    ScDtype dtype;
    uint8_t rank;
    int32_t sizes[SC_MAX_RANK]; /* logical order */
    uint8_t dim_order[SC_MAX_RANK];
    ScPStorage storage;
    uint32_t index;
    uint64_t byte_offset; /* a view into a buffer; 0 for constants */
    uint8_t dynamism;     /* .pte TensorShapeDynamism; 0 = static */
    const char *fqn;      /* ExtraTensorInfo, or NULL */
} ScPTensor;

typedef struct ScPValue {
    ScPKind kind;
    const char *name; /* for people; may be NULL */
    uint32_t n;       /* of the list kinds */
    union {
        int64_t i;
        bool b;
        double d;
        const char *s;
        ScPTensor *tensor;
        const ScPid *items; /* INTS (values of kind INT), TENSORS, OPTIONAL_TENSORS
                               (SC_PID_NONE = None) */
        const double *doubles;
        const bool *bools;
    } as;
} ScPValue;

/* Bytes that live for a while. Lifetime and place are filled in by
 * schedule.c and plan.c. */
typedef struct ScPBuffer {
    uint64_t n_bytes;
    uint32_t memory;     /* 0-based; state has its own */
    bool is_state;       /* keeps its bytes between runs */
    bool is_io;          /* a model input (live from the start) or output (to the end) */
    uint32_t initial;    /* state: index in constants of the first value, or
                            SC_PID_NONE = zeros */
    int32_t first, last; /* instructions that touch it first and last; -1 = from
                            the start; first > last = never */
    uint64_t offset;
    bool planned;
    /*
     * Scratch of a delegate call, and buffers that lie inside of it by design: an
     * input dies where the call reads it, an output is born where the call writes
     * it; in that one instruction both live on the same bytes (tie.c).
     */
    bool is_scratch;
    bool born_inside, dies_inside; /* of the scratch of the first, the last call */
    uint32_t tied;                 /* 0 = free; else lies at a fixed distance from */
    int64_t tied_at;               /* buffers[tied - 1]: its offset + tied_at */
} ScPBuffer;

typedef struct ScPConst {
    const void *data;
    uint64_t n_bytes;
} ScPConst;

typedef enum ScPInstKind {
    SC_P_CALL = 1, /* numbers of the .pte union InstructionArguments */
    SC_P_DELEGATE = 2,
    SC_P_MOVE = 3,       /* args: from, to */
    SC_P_JUMP_FALSE = 4, /* args: condition; target */
    SC_P_FREE = 5        /* args: value */
} ScPInstKind;

typedef struct ScPInst {
    ScPInstKind kind;
    uint32_t index;  /* CALL: operators[], DELEGATE: delegates[] */
    uint32_t target; /* JUMP_FALSE: instruction */
    ScPid *args;     /* CALL: schema order, outputs, then the repeated return */
    uint32_t n_args;
    uint32_t n_outputs; /* how many of args, before the return, are written (of a
                           delegate call its scratch, the last, too);
                           0 when imported from a file (unknown) */
    /* The argument (index into args) whose buffer the output may take over
     * when it dies here, -1 = none. Said by the backend. */
    int32_t in_place;
    const char *where; /* node that it came from, for diagnostics and profiles */
} ScPInst;

/* A compile spec of a delegate: what its runtime part is told at load time. */
typedef struct ScPSpec {
    const char *key;
    const void *value;
    uint64_t n_bytes;
} ScPSpec;

typedef struct ScPDelegate {
    const char *id; /* "EthosUBackend" */
    const void *payload;
    uint64_t n_bytes;
    const ScPSpec *specs;
    uint32_t n_specs;
    /* The linked delegate of this id, and what it says of the payload; NULL: nobody
     * asked, or there is none. */
    const ScDelegate *linked;
    ScStatus measured;
    ScDelegateNeed need; /* when measured is SC_OK */
} ScPDelegate;

/* Bytes of the file that payloads refer to by name; "sconce.io" isn't among them. */
typedef struct ScPNamed {
    const char *key;
    const void *data;
    uint64_t n_bytes;
} ScPNamed;

typedef struct ScPIo {
    ScPid value;
    const char *name;
    double scale; /* 0 = not quantized */
    int64_t zero_point;
    ScLayout layout;
} ScPIo;

typedef struct ScProgram {
    ScArena *arena;
    const char *name; /* of the method: "forward" */
    ScPValue *values;
    size_t n_values, cap_values;
    ScPBuffer *buffers;
    size_t n_buffers, cap_buffers;
    ScPConst *constants;
    size_t n_constants, cap_constants;
    const char **operators; /* "aten::add.out" */
    size_t n_operators, cap_operators;
    ScPDelegate *delegates;
    size_t n_delegates, cap_delegates;
    ScPNamed *named;
    size_t n_named, cap_named;
    ScPInst *insts;
    size_t n_insts, cap_insts;
    ScPIo *inputs;
    size_t n_inputs, cap_inputs;
    ScPIo *outputs;
    size_t n_outputs, cap_outputs;
    uint64_t memory_bytes[SC_MAX_MEMORIES]; /* filled in by plan.c */
    uint64_t memory_bound[SC_MAX_MEMORIES]; /* its lower bound */
    uint32_t n_memories;
    struct ScPIndex *index; /* intern.c: finds equal values and constants */
} ScProgram;

enum { SC_MEMORY_ARENA = 0, SC_MEMORY_STATE = 1 };

ScProgram *sc_program_new(ScArena *arena, const char *name);

/* Interned: the same value gives the same id. Items are copied. */
ScPid sc_program_null(ScProgram *program);
ScPid sc_program_int(ScProgram *program, int64_t value);
ScPid sc_program_bool(ScProgram *program, bool value);
ScPid sc_program_double(ScProgram *program, double value);
ScPid sc_program_string(ScProgram *program, const char *value);
ScPid sc_program_ints(ScProgram *program, const int64_t *items, size_t n);
ScPid sc_program_doubles(ScProgram *program, const double *items, size_t n);
ScPid sc_program_bools(ScProgram *program, const bool *items, size_t n);
/* optional: items may be SC_PID_NONE. Members must have lower ids. */
ScPid sc_program_tensors(ScProgram *program, const ScPid *items, size_t n, bool optional);
/* Equal bytes are one constant; equal tensors on it are one value. data is
 * borrowed. */
ScPid sc_program_const(ScProgram *program, const char *name, ScDtype dtype, uint32_t rank,
                       const int64_t *dims, ScLayout layout, const void *data);
/* A new tensor on `buffer`. */
ScPid sc_program_tensor(ScProgram *program, const char *name, ScDtype dtype, uint32_t rank,
                        const int64_t *dims, ScLayout layout, uint32_t buffer,
                        uint64_t byte_offset);
uint32_t sc_program_buffer(ScProgram *program, uint64_t n_bytes);

/* kernel "aten::add.out". args without the repeated return: it is added
 * (the output itself, or a tensor list for several). The last n_outputs of
 * args are written. With n_outputs 0 (aten::copy_) the return is argument 0. */
ScPInst *sc_program_call(ScProgram *program, const char *kernel, const ScPid *args,
                         size_t n_args, size_t n_outputs, int in_place, const char *where);

/* The same without a return, and nothing known of what is written: for operators that
 * give back numbers. */
ScPInst *sc_program_call_raw(ScProgram *program, const char *kernel, const ScPid *args,
                             size_t n_args, const char *where);
/* Numbers that instructions change: values of their own, never shared. */
ScPid sc_program_counter(ScProgram *program, int64_t start);
ScPid sc_program_flag(ScProgram *program, bool start);
/* Goes to instruction `target` when the value is false; the target may be set later. */
size_t sc_program_jump_false(ScProgram *program, ScPid value, uint32_t target,
                             const char *where);

size_t sc_ptensor_bytes(const ScPTensor *tensor);
bool sc_ptensor_is_contiguous(const ScPTensor *tensor);

void sc_program_print(const ScProgram *program, ScBuf *out);
ScStatus sc_program_parse(Sc *sc, const char *where, const char *text, size_t n_bytes,
                          ScProgram **out_program);
/* Indices in range, kinds, members before lists, views inside buffers; when
 * planned also: no two live buffers overlap, everything inside its memory. */
ScStatus sc_program_check(Sc *sc, const ScProgram *program);

/* ---- passes over Programs ------------------------------------------------------ */

/* Orders instructions for a low peak, keeping data dependences; fills in
 * buffer lifetimes; lets outputs take over dying inputs (in_place). */
ScStatus sc_program_schedule(Sc *sc, ScProgram *program);
/* Offsets in every memory, aligned to SC_FILE_ALIGN: never above greedy by
 * size; memory_bound is the largest sum of live bytes. */
ScStatus sc_program_plan(Sc *sc, ScProgram *program);

/* Reads a .pte whose structure sc_verify() accepted. file must stay mapped. */
ScStatus sc_program_read(Sc *sc, const char *where, ScBytes file, ScProgram **out_program);

/* Fills in linked, measured and need; model is the file that is being read. */
typedef void (*ScMeasureFn)(Sc *sc, const ScModel *model, ScPDelegate *delegate);
/* The same, with somebody to ask what delegates read and write: buffers are told apart
 * better. The scratch of calls that have it in the plan is recognised by that, too. */
ScStatus sc_program_read_measured(Sc *sc, const char *where, ScBytes file,
                                  ScMeasureFn measure, ScProgram **out_program);

/* What to do about a fault that sc_verify_with_data() found. */
const char *sc_fault_todo(const ScVerifyReport *fault);

/* A value of a file that is read when bytes of it belong to another one already. */
typedef struct ScHazard {
    uint32_t value, other; /* of the file's vector of values */
    int32_t read_at;       /* instruction; their number = the program's end */
    int32_t written_at;    /* -1 = as an input */
    uint64_t offset;       /* the bytes that both have */
    uint64_t n_bytes;
    uint32_t memory;
} ScHazard;

typedef struct ScReadOptions {
    ScBytes data;        /* the .ptd; its bytes become constants and named data */
    const char *method;  /* NULL = the first */
    ScMeasureFn measure; /* NULL = nobody asks */
    /* Set: filled with what is wrong with the file's own memory plan (hazard.c). A
     * program with jumps or moves can't be checked: SC_E_UNSUPPORTED. */
    ScHazard **out_hazards;
    size_t *out_n_hazards;
} ScReadOptions;
ScStatus sc_program_read_with(Sc *sc, const char *where, ScBytes file,
                              const ScReadOptions *options, ScProgram **out_program);

#endif

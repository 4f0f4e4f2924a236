/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce/compiler.h - the host API: what the command `sconce` can do, as calls.
 *
 * A session owns everything that its calls return (texts, bytes, diagnostics)
 * until sc_session_free(). Sessions are independent of each other; one session
 * is used by one thread at a time. No call prints, exits or aborts. A call
 * that fails leaves at least one error in the session's diagnostics and writes
 * no file.
 */
#ifndef SCONCE_COMPILER_H
#define SCONCE_COMPILER_H

#include "sconce/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ScSeverity { SC_ERROR, SC_WARNING } ScSeverity;

/* Reads `where: error: what; why; what to do`. why and todo may be NULL. */
typedef struct ScDiag {
    ScSeverity severity;
    ScStatus status;
    const char *where; /* file, and below it op, module path, source line */
    const char *what;
    const char *why;
    const char *todo;
} ScDiag;

typedef struct ScSession ScSession;

/* NULL when memory is exhausted. */
ScSession *sc_session_new(void);
void sc_session_free(ScSession *session);
/* In the order in which they arose. */
const ScDiag *sc_session_diags(const ScSession *session, size_t *out_n);

typedef enum ScFormat { SC_TEXT, SC_JSON } ScFormat;

/* Text that the session owns, 0-terminated. */
typedef struct ScText {
    const char *data;
    size_t n_bytes;
} ScText;

/* ---- compile --------------------------------------------------------------- */

typedef struct ScCompileOptions {
    /* model.pt2, or graph text (.scg); or a .pte whose memories are planned anew: then
     * only output, stock_ops and the limits may be set. */
    const char *input;
    const char *data;      /* NULL, or the .ptd with weights of a .pte: they go inside */
    const char *target;    /* name of a target or path of a .yaml; NULL = "host" */
    const char *output;    /* model.pte; NULL = compile and report only */
    bool stock_ops;        /* only operators that stock ExecuTorch has */
    const char *dump_dir;  /* NULL, or where graph and program text go, one file a pass */
    const char *skip_pass; /* NULL, or the name of one simplify pass to leave out */
    /* NULL, or samples of the inputs (.npy, .npz or a folder of .npy): the model is
     * quantized to int8 where an engine of the target computes in int8. */
    const char *calibrate;
    /* How ranges are found: NULL or "minmax" (measured to be best), "mse". */
    const char *observer;
    bool int8_io;     /* inputs and outputs are int8 too */
    bool nchw_inputs; /* rank-4 inputs of a quantized model stay NCHW (else NHWC) */
    /* Limits in bytes, 0 = none: of the RAM for tensors and workspace, and of the .pte
     * (runtime and kernels come on top). A program that needs more fails, SC_E_LIMIT. */
    uint64_t max_ram, max_flash;
} ScCompileOptions;

/* out_report: what was built: sizes, memory plan and its lower bound, operators. */
ScStatus sc_compile(ScSession *session, const ScCompileOptions *options, ScFormat format,
                    ScText *out_report);

/* ---- run ------------------------------------------------------------------- */

typedef struct ScRunFileOptions {
    const char *model;         /* .pt2 or .pte */
    const char *data;          /* NULL, or the .ptd that has weights of the .pte */
    const char *const *inputs; /* .npy, one a model input, in order, in the
                                  logical shape of the PyTorch model */
    size_t n_inputs;
    const char *out_dir;       /* gets out0.npy, out1.npy, ... ; NULL = none. Numbers are
                                  arrays without dimensions; an output None writes nothing */
    uint32_t n_runs;           /* 0 = 1; state is kept between them */
    bool profile;              /* time, or instructions, per operator in the report */
    const char *method;        /* of a .pte with several; NULL = the first */
    uint32_t max_instructions; /* a run that needs more fails, SC_E_LIMIT; 0 = the
                                  runtime's limit, 10,000,000 */
    /* NULL = this computer. "qemu": a .pte runs on the simulated board of the
     * target's core; the report says whether its bytes are this computer's, and
     * counts instructions. */
    const char *on;
    const char *target; /* with `on`: a target with a core */
} ScRunFileOptions;

ScStatus sc_run_file(ScSession *session, const ScRunFileOptions *options, ScFormat format,
                     ScText *out_report);

typedef struct ScBundleOptions {
    const char *model; /* .bpte: a program with inputs and what it should make of them */
    const char *data;  /* NULL, or the .ptd of its program */
    /* Largest |got - expected| that passes; negative: for integers none, for floats
     * 1e-5 and 1e-4 of the expected number, for other orders of additions. */
    double tolerance;
} ScBundleOptions;

/* Runs every test case of every method, each from the stored state on, and compares. */
ScStatus sc_run_bundle(ScSession *session, const ScBundleOptions *options, ScFormat format,
                       ScText *out_report, bool *out_passed);

/* ---- judge ----------------------------------------------------------------- */

typedef struct ScEvalOptions {
    const char *model; /* .pt2 or .pte */
    /* Samples of the inputs (.npy, .npz or a folder of .npy) in the numbers of the
     * PyTorch model, whatever the program's inputs are made of. */
    const char *data;
    /* NULL, or .npy of whole numbers: a class for each prediction, that is for each
     * row of output 0; negative = unknown, not counted. */
    const char *labels;
    /* NULL, or calibration samples: a .pt2 is also quantized for `target`, and int8
     * is compared with float. */
    const char *calibrate;
    const char *target;
    bool int8_io;   /* the int8 program has int8 inputs and outputs */
    const char *on; /* NULL, or "qemu": also on the simulated core of `target` */
} ScEvalOptions;

/* Top-1 accuracy; with `calibrate` also how often int8 says what float says, and
 * the SQNR of each output; with `on` also for how many samples the core gives the
 * bytes of this computer. */
ScStatus sc_eval(ScSession *session, const ScEvalOptions *options, ScFormat format,
                 ScText *out_report);

typedef struct ScCompareOptions {
    const char *model; /* .pt2 */
    const char *calibrate;
    const char *target;
    const char *data; /* what to compare on; NULL = the calibration samples */
    bool int8_io;
    bool sensitivity; /* also: what each value alone costs at the outputs */
} ScCompareOptions;

/*
 * Every value of the int8 program against the same value in float, worst first:
 * SQNR in dB and the largest error. The int8 numbers are those of the kernels.
 */
ScStatus sc_compare(ScSession *session, const ScCompareOptions *options, ScFormat format,
                    ScText *out_report);

/* Which programs and images beside this library are there, and how to get the
 * rest. What is missing is no error. */
ScStatus sc_doctor(ScSession *session, ScFormat format, ScText *out_report);

/* ---- look ------------------------------------------------------------------ */

/* .pt2: graph, operators, weights. .pte (also stock's): operators, values,
 * memory plan, sizes, delegates, dead constants. .scg: the graph, checked. .ptd: what
 * is in it by name. .bpte: its test cases. */
ScStatus sc_inspect(ScSession *session, const char *path, ScFormat format,
                    ScText *out_text);
/* The same for a .pte: with the .ptd that has its weights, or NULL; of one of its methods,
 * NULL = the first. */
ScStatus sc_inspect_with(ScSession *session, const char *path, const char *data,
                         const char *method, ScFormat format, ScText *out_text);

/*
 * Whether a .pte's own memory plan keeps each value until its last use; the report names
 * the pairs that don't. Views have no instruction of their own: a value that is replaced
 * as a whole before a view of it is first read can't be told from a view of the other
 * value. SC_E_UNSUPPORTED for programs with jumps or moves. data: a .ptd, or NULL.
 */
ScStatus sc_check_plan(ScSession *session, const char *path, const char *data,
                       ScFormat format, ScText *out_report, bool *out_sound);

/* What each delegate call of a .pte would run, as the delegate's engine tells it:
 * commands of an NPU, for instance. */
ScStatus sc_inspect_payloads(ScSession *session, const char *path, ScFormat format,
                             ScText *out_text);

/* Operators that can be imported; matrix adds which backend takes them. */
ScStatus sc_ops(ScSession *session, bool matrix, ScFormat format, ScText *out_text);
/* docs/ops.md: each operator with the dtypes that each engine has a kernel for. */
ScStatus sc_ops_markdown(ScSession *session, ScText *out_text);
ScStatus sc_targets(ScSession *session, ScFormat format, ScText *out_text);

/* C source of the kernel table that these programs need, and of what loading finds out
 * about each: sc_kernel_table and sc_bound[], for sc_init_bound(). */
ScStatus sc_kernels(ScSession *session, const char *const *pte_paths, size_t n_paths,
                    ScText *out_source);
/* C header with what firmware must know of one program: sizes of its buffers, and
 * bytes, layout, scale and zero point of its inputs and outputs. */
ScStatus sc_header(ScSession *session, const char *pte_path, ScText *out_header);
/* Writes `text` to `path` whole or not at all; "-" is standard output. */
ScStatus sc_write_text(ScSession *session, const char *path, ScText text);

#ifdef __cplusplus
}
#endif

#endif

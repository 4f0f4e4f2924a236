/* SPDX-License-Identifier: Apache-2.0 */
/* What `sconce --help` and `sconce VERB --help` say. */
#include "cli/help.h"

#include <string.h>

static const char overview[] =
    "sconce - PyTorch models on microcontrollers\n"
    "\n"
    "usage: sconce VERB ...\n"
    "\n"
    "  compile   a torch.export archive (.pt2) becomes an ExecuTorch program (.pte)\n"
    "  run       runs a .pte, or a .pt2 as it is, on this computer\n"
    "  inspect   says what is in a .pt2 or .pte: operators, memory plan, sizes\n"
    "  kernels   writes the C table of the kernels that some .pte files need\n"
    "  ops       lists the operators that can be imported, and who runs them\n"
    "  targets   lists the chips and boards that can be compiled for\n"
    "\n"
    "Each verb has a --help with an example, and --json for machines.\n"
    "In PyTorch, an archive is made by\n"
    "\n"
    "    ep = torch.export.export(model.eval(), (example_input,))\n"
    "    torch.export.save(ep, \"model.pt2\")\n"
    "\n"
    "and then\n"
    "\n"
    "    sconce compile model.pt2 -o model.pte\n"
    "    sconce run model.pte --input x.npy -o out\n"
    "\n"
    "Exit status: 0 done, 1 it failed, 2 bad use or bad input.\n";

static const char compile_text[] =
    "usage: sconce compile MODEL.pt2 [options] -o MODEL.pte\n"
    "\n"
    "Compiles a torch.export archive and prints what was built: operators, sizes,\n"
    "the memory plan and the bound below which no plan can go.\n"
    "\n"
    "  -o, --output FILE   the .pte to write; without it, only the report is printed\n"
    "  --target NAME       a target of `sconce targets`, or a .yaml file (default host)\n"
    "  --ops stock         only operators that stock ExecuTorch has, so that it can run\n"
    "                      the file too (default: all that our runtime has)\n"
    "  --calibrate FILE    samples of the inputs (.npy, .npz, or a folder of .npy): the\n"
    "                      model becomes int8 where an engine of the target can\n"
    "  --int8-io           its inputs and outputs become int8 too (default --float-io)\n"
    "  --input-layout L    nhwc (default) or nchw: how images lie in the int8 model's\n"
    "                      input buffer\n"
    "  --dump DIR          write the graph after each stage as text into DIR\n"
    "  --skip-pass NAME    leave out one simplify pass: fold-batch-norm, fold-constants,\n"
    "                      drop-dead-channels, sweep; the results stay the same, the\n"
    "                      cost doesn't\n"
    "  --json              the report as JSON\n"
    "\n"
    "example:\n"
    "    sconce compile mobilenet.pt2 --target host --ops stock -o mobilenet.pte\n"
    "\n"
    "All three dialects are taken: plain torch.export.export(), and after\n"
    "run_decompositions({}) or run_decompositions(). What can't be compiled is named\n"
    "with its place in the model and what to write instead; then no file is written.\n";

static const char run_text[] =
    "usage: sconce run MODEL.pte|MODEL.pt2 --input X.npy [--input Y.npy ...] [options]\n"
    "\n"
    "Runs a program with the same runtime and kernels as on the device. A .pt2 runs\n"
    "without being compiled: nothing is simplified, so it checks `sconce compile`.\n"
    "\n"
    "  --input FILE        a .npy, one for each model input, in the order of forward();\n"
    "                      in the shape of the PyTorch model, whatever the layout inside\n"
    "  -o, --output DIR    gets out0.npy, out1.npy, ...\n"
    "  --on qemu           run a .pte on the simulated board of --target's core, compare\n"
    "                      its bytes with this computer's, count its instructions\n"
    "                      (images: `make boards`; see `sconce targets`)\n"
    "  --target NAME       with --on: a target with a core, see `sconce targets`\n"
    "  --runs N            run N times; state is kept between runs (default 1)\n"
    "  --profile           time, or instructions, per operator\n"
    "  --json              the report as JSON\n"
    "\n"
    "example:\n"
    "    sconce run model.pte --input x.npy -o out && python3 -c \\\n"
    "      'import numpy; print(numpy.load(\"out/out0.npy\"))'\n";

static const char inspect_text[] =
    "usage: sconce inspect FILE [--json]\n"
    "\n"
    "Says what is in a file. A .pt2: the graph as it was imported, its operators and\n"
    "weights. A .pte (also one that ExecuTorch wrote): operators, values, memory plan,\n"
    "sizes, delegates, and constants that nothing uses. A .scg: graph text, checked.\n"
    "\n"
    "example:\n"
    "    sconce inspect model.pte\n";

static const char kernels_text[] =
    "usage: sconce kernels A.pte [B.pte ...] -o kernels.c [--header model.h]\n"
    "\n"
    "Writes the table of just the kernels that these programs need, as C. Compile it\n"
    "with your firmware and give it to sc_init(): the linker then takes nothing else.\n"
    "\n"
    "  -o, --output FILE   the .c to write (default: standard output)\n"
    "  --header FILE       with one program: a header with the sizes of its buffers and\n"
    "                      the layout, scale and zero point of its inputs and outputs\n"
    "  --json              the source as a string in JSON\n"
    "\n"
    "example:\n"
    "    sconce kernels wake_word.pte denoise.pte -o kernels.c\n";

static const char ops_text[] =
    "usage: sconce ops [--matrix] [--json]\n"
    "\n"
    "Lists the operators that can be imported. With --matrix, for each engine: the\n"
    "kernel that runs it, or how it is handled otherwise: decomposed into others,\n"
    "a view (no bytes move), removed, or '-' when it can't be run.\n"
    "\n"
    "example:\n"
    "    sconce ops --matrix | grep conv\n";

static const char targets_text[] =
    "usage: sconce targets [--json]\n"
    "\n"
    "Lists the built-in targets with their engines; the first engine is the host that\n"
    "runs what no other one takes. Your own: a .yaml like targets/host.yaml, given to\n"
    "`sconce compile --target my_board.yaml`.\n"
    "\n"
    "example:\n"
    "    sconce targets --json\n";

const char *help_text(const char *verb) {
    static const struct {
        const char *verb, *text;
    } rows[] = {{"compile", compile_text}, {"run", run_text}, {"inspect", inspect_text},
                {"kernels", kernels_text}, {"ops", ops_text}, {"targets", targets_text}};
    for (size_t i = 0; verb && i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].verb, verb) == 0) {
            return rows[i].text;
        }
    }
    return overview;
}

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
    "  eval      accuracy on labelled samples: float, int8, simulated core\n"
    "  compare   int8 against float, value by value, worst first\n"
    "  doctor    says which tools are here and how to get the others\n"
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
    "usage: sconce compile MODEL.pt2|MODEL.pte [options] -o MODEL.pte\n"
    "\n"
    "Compiles a torch.export archive and prints what was built: operators, sizes,\n"
    "the memory plan and the bound below which no plan can go.\n"
    "A .pte (also one that ExecuTorch wrote) only gets its memories planned anew:\n"
    "scratch memory of delegates goes where nothing else lives, and what they read\n"
    "and write goes into it where it needs no copy then. --ops stock leaves it outside.\n"
    "\n"
    "  -o, --output FILE   the .pte to write; without it, only the report is printed\n"
    "  --data FILE         a .ptd with weights that a .pte was exported without: they go\n"
    "                      into the new one\n"
    "  --target NAME       a target of `sconce targets`, or a .yaml file (default host)\n"
    "  --ops stock         only operators that stock ExecuTorch has, so that it can run\n"
    "                      the file too (default: all that our runtime has)\n"
    "  --calibrate FILE    samples of the inputs (.npy, .npz, or a folder of .npy): the\n"
    "                      model becomes int8 where an engine of the target can\n"
    "  --observer NAME     how ranges are found: minmax (default), or mse: the range\n"
    "                      that loses the least energy of a histogram\n"
    "  --int8-io           its inputs and outputs become int8 too (default --float-io)\n"
    "  --input-layout L    nhwc (default) or nchw: how images lie in the int8 model's\n"
    "                      input buffer\n"
    "  --max-ram BYTES     fail, and say what helps, when tensors and workspace need more\n"
    "  --max-flash BYTES   the same for the .pte; runtime and kernels come on top (64K)\n"
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
    "A .bpte brings inputs and expected outputs: every test case runs, the largest\n"
    "errors are printed, and the exit status is 1 when one is beyond the tolerance.\n"
    "\n"
    "  --input FILE        a .npy, one for each model input, in the order of forward();\n"
    "                      in the shape of the PyTorch model, whatever the layout inside;\n"
    "                      float32 is quantized for an int8 input\n"
    "  -o, --output DIR    gets out0.npy, out1.npy, ...; a number has no dimensions\n"
    "  --data FILE         a .ptd with weights that the .pte was exported without\n"
    "  --tolerance X       with a .bpte: the largest error that passes (default: integers\n"
    "                      exactly, floats 1e-5 + 1e-4 of the expected number)\n"
    "  --on qemu           run a .pte on the simulated board of --target's core, compare\n"
    "                      its bytes with this computer's, count its instructions\n"
    "                      (images: `make boards`; see `sconce targets`)\n"
    "  --target NAME       with --on: a target with a core, see `sconce targets`\n"
    "  --runs N            run N times; state is kept between runs (default 1)\n"
    "  --method NAME       of a .pte with several (default: the first)\n"
    "  --max-instructions N  stop a run that needs more: a loop that doesn't end\n"
    "                      (default 10000000)\n"
    "  --profile           time, or instructions, per operator\n"
    "  --json              the report as JSON\n"
    "\n"
    "example:\n"
    "    sconce run model.pte --input x.npy -o out && python3 -c \\\n"
    "      'import numpy; print(numpy.load(\"out/out0.npy\"))'\n";

static const char inspect_text[] =
    "usage: sconce inspect FILE [--npu | --check-plan] [--method NAME] [--data X.ptd]\n"
    "                           [--json]\n"
    "\n"
    "Says what is in a file. A .pt2: the graph as it was imported, its operators and\n"
    "weights. A .pte (also one that ExecuTorch wrote): operators, values, memory plan,\n"
    "sizes, delegates, and constants that nothing uses. A .scg: graph text, checked.\n"
    "A .ptd: what it holds by name. A .bpte: its test cases.\n"
    "\n"
    "  --method NAME       of a .pte with several (default: the first)\n"
    "  --check-plan        whether the .pte's memory plan keeps every value until its\n"
    "                      last use; pairs that don't are printed, exit status 1\n"
    "  --data FILE         a .ptd with weights that the .pte was exported without\n"
    "  --npu               what each delegate call of a .pte would run, as far as the\n"
    "                      delegate's engine can tell\n"
    "  --json              the same as JSON\n"
    "\n"
    "example:\n"
    "    sconce inspect model.pte\n";

static const char kernels_text[] =
    "usage: sconce kernels A.pte [B.pte ...] -o kernels.c [--header model.h]\n"
    "\n"
    "Writes the table of just the kernels that these programs need, as C. Compile it\n"
    "with your firmware and give it to sc_init(): the linker then takes nothing else.\n"
    "sc_bound[], behind it, has what loading finds out about each program, for files\n"
    "that are linked in: sc_init_bound() loads in 1,000 instructions.\n"
    "\n"
    "  -o, --output FILE   the .c to write (default: standard output)\n"
    "  --header FILE       with one program: a header with the sizes of its buffers and\n"
    "                      the layout, scale and zero point of its inputs and outputs\n"
    "  --json              the source as a string in JSON\n"
    "\n"
    "example:\n"
    "    sconce kernels wake_word.pte denoise.pte -o kernels.c\n";

static const char ops_text[] =
    "usage: sconce ops [--matrix] [--json] | --markdown\n"
    "\n"
    "Lists the operators that can be imported. With --matrix, for each engine: the\n"
    "kernel that runs it, or how it is handled otherwise: decomposed into others,\n"
    "a view (no bytes move), removed, or '-' when it can't be run. --markdown prints\n"
    "docs/ops.md: the same with the dtypes that the kernels take.\n"
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

static const char eval_text[] =
    "usage: sconce eval MODEL.pt2|MODEL.pte --data X.npy [options]\n"
    "\n"
    "Runs labelled samples and counts how often the model is right: the largest number\n"
    "of its first output is its answer. A .pt2 runs in float; with --calibrate and\n"
    "--target it is quantized too, and int8 is compared with float.\n"
    "\n"
    "  --data FILE         samples of the inputs: .npy [N, ...], .npz with an array for\n"
    "                      each input, or a folder of .npy; as the PyTorch model has them\n"
    "  --labels FILE       .npy of whole numbers, one a sample; negative ones don't count\n"
    "  --calibrate FILE    samples to quantize a .pt2 with, in the same forms\n"
    "  --target NAME       what to quantize for, or the core of a .pte\n"
    "  --int8-io           the int8 program's inputs and outputs are int8\n"
    "  --on qemu           also on a simulated core: its accuracy, and whether its bytes\n"
    "                      are those of this computer\n"
    "  --json              the report as JSON\n"
    "\n"
    "example:\n"
    "    sconce eval model.pt2 --data test_x.npy --labels test_y.npy \\\n"
    "        --calibrate calibration_x.npy --target my_board.yaml\n";

static const char compare_text[] =
    "usage: sconce compare MODEL.pt2 --calibrate X.npy --target NAME [options]\n"
    "\n"
    "Quantizes as `sconce compile` does, runs float and int8 side by side and prints for\n"
    "every value SQNR (signal to quantization noise, dB) and largest error, worst\n"
    "first. docs/quantization.md says how to read it and what to do.\n"
    "\n"
    "  --calibrate FILE    samples to quantize with (.npy, .npz, or a folder of .npy)\n"
    "  --target NAME       what to quantize for\n"
    "  --data FILE         what to compare on (default: the calibration samples)\n"
    "  --int8-io           inputs and outputs are int8\n"
    "  --sensitivity       also run the float model with only one value rounded to int8,\n"
    "                      for each value: what it alone costs at the outputs (slower)\n"
    "  --json              the report as JSON\n"
    "\n"
    "example:\n"
    "    sconce compare model.pt2 --calibrate calibration_x.npy --target my_board.yaml\n";

static const char doctor_text[] =
    "usage: sconce doctor [--json]\n"
    "\n"
    "Says which programs Sconce can use beside itself (the Arm compiler, QEMU, images\n"
    "for simulated boards) are here, in which version, and how to get the others.\n"
    "Compiling and running on this computer needs none of them.\n"
    "\n"
    "example:\n"
    "    sconce doctor\n";

const char *help_text(const char *verb) {
    static const struct {
        const char *verb, *text;
    } rows[] = {
        {"compile", compile_text}, {"run", run_text},         {"inspect", inspect_text},
        {"kernels", kernels_text}, {"ops", ops_text},         {"targets", targets_text},
        {"eval", eval_text},       {"compare", compare_text}, {"doctor", doctor_text}};
    for (size_t i = 0; verb && i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].verb, verb) == 0) {
            return rows[i].text;
        }
    }
    return overview;
}

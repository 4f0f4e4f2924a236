# SPDX-License-Identifier: Apache-2.0
"""Quantizes networks with PT2E and exports them: q/dq nodes, int8 weights.

`python quantized.py FOLDER`; use cache.py. XNNPACK's quantizer, per tensor and
per channel; outputs are those of torch on the quantized graph. manifest.json
tells the scale of the last quantized value, which is what one LSB of a
difference inside the network is worth at an output.
"""

import json
import sys
from pathlib import Path

import torch
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer, get_symmetric_quantization_config)
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

import export
import zoo

# name -> (network, one scale a channel, dialect that is saved besides the plain one)
CASES = {
    "q_dscnn": ("dscnn", False),
    "q_dscnn_per_channel": ("dscnn", True),
    "q_resnet8_per_channel": ("resnet8", True),
    "q_autoencoder": ("autoencoder", False),
}
N_CALIBRATION = 8


def quantize(network, per_channel):
    example = zoo.inputs(network, 0)
    graph = torch.export.export(zoo.make(network), example).module(check_guards=False)
    quantizer = XNNPACKQuantizer().set_global(
        get_symmetric_quantization_config(is_per_channel=per_channel))
    prepared = prepare_pt2e(graph, quantizer)
    gen = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for _ in range(N_CALIBRATION):
            prepared(*[torch.randn(x.shape, generator=gen) * 1.5 for x in example])
    return convert_pt2e(prepared), example


def last_scale(program):
    """Scale of the last value that is dequantized, in graph order."""
    scales = [node.args[1] for node in program.graph.nodes
              if "dequantize_per_tensor" in str(node.target)]
    return float(scales[-1])


def make_model(folder, name, network, per_channel):
    model, example = quantize(network, per_channel)
    plain = torch.export.export(model, example)
    dialects = {"plain": plain, "func": plain.run_decompositions({}),
                "core": plain.run_decompositions()}
    files = {}
    for dialect, program in dialects.items():
        files[dialect] = f"{name}.{dialect}.pt2"
        torch.export.save(program, folder / files[dialect])
    cases = [zoo.inputs(network, number) for number in range(export.N_CASES)]
    return {"pt2": files, "scale": last_scale(plain),
            "cases": export.save_cases(folder, name, model, cases)}


def main(folder):
    manifest = {name: make_model(folder, name, *what) for name, what in CASES.items()}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

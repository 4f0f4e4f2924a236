# SPDX-License-Identifier: Apache-2.0
"""Exports every network of zoo.py in the three dialects that users save.

`python export.py FOLDER`; use cache.py, which keeps the result. FOLDER gets
NAME.plain.pt2 (torch.export alone), NAME.func.pt2 (run_decompositions({})),
NAME.core.pt2 (run_decompositions()), inputs and eager outputs as .npy, and
manifest.json, which support.load_models() reads.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

import zoo

N_CASES = 2


def tensors(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def save_cases(folder, name, run, cases):
    """Writes inputs and outputs; gives their names for the manifest."""
    entries = []
    for number, inputs in enumerate(cases):
        with torch.no_grad():
            outputs = tensors(run(*inputs))
        entry = {"inputs": [], "outputs": []}
        for kind, values in (("inputs", inputs), ("outputs", outputs)):
            for i, value in enumerate(values):
                file = f"{name}.case{number}.{kind[:-1]}{i}.npy"
                np.save(folder / file, np.ascontiguousarray(value.numpy()))
                entry[kind].append(file)
        entries.append(entry)
    return entries


def check_inputs_matter(name, model, cases):
    """A network that ignores its input would hide most mistakes."""
    with torch.no_grad():
        a, b = (tensors(model(*case))[0] for case in cases)
    change = float((a - b).abs().max() / a.abs().max())
    if change < 0.03:
        raise SystemExit(f"{name}: two inputs change the output by {change:.3g} only")


def export_model(folder, name):
    model = zoo.make(name)
    cases = [zoo.inputs(name, number) for number in range(N_CASES)]
    plain = torch.export.export(model, cases[0])
    dialects = {"plain": plain, "func": plain.run_decompositions({}),
                "core": plain.run_decompositions()}
    check_inputs_matter(name, model, cases)
    files = {}
    for dialect, program in dialects.items():
        files[dialect] = f"{name}.{dialect}.pt2"
        torch.export.save(program, folder / files[dialect])
    return {"pt2": files, "cases": save_cases(folder, name, model, cases)}


def main(folder):
    manifest = {name: export_model(folder, name) for name in zoo.MODELS}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's schema strings for the rows of compiler/ops.

torch_schema.py aten.relu.default ...   prints each operator's schema
torch_schema.py --fill FILE...          replaces `.schema = "?"` in rows
"""
import pathlib
import re
import sys

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401 registers quantized_decomposed

ROW = re.compile(r'\.name = "([^"]+)",(\s+)\.schema = "\?"')


def schema(name):
    op = torch.ops
    for part in name.split("."):
        op = getattr(op, part)
    return str(op._schema)


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fill(path):
    text = path.read_text()
    path.write_text(ROW.sub(
        lambda m: f'.name = "{m[1]}",{m[2]}.schema = {literal(schema(m[1]))}', text))


def main(args):
    if not args or args[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    if args[0] == "--fill":
        for path in args[1:]:
            fill(pathlib.Path(path))
    else:
        for name in args:
            print(schema(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: Apache-2.0
"""The list of operator graphs, filled by graphs_*.py, and what their files share."""

CASES = {}
def case(name, make):
    assert name not in CASES, f"two cases named {name}"
    CASES[name] = make


def pair(n):
    return n if isinstance(n, tuple) else (n, n)


def same(size, kernel, stride=1, dilation=1):
    """Padding (before, after) for which the output has ceil(size / stride) rows."""
    rows = -(-size // stride)
    total = max((rows - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def same_pads(h, w, kernel, stride=(1, 1), dilation=(1, 1)):
    return (*same(h, kernel[0], stride[0], dilation[0]),
            *same(w, kernel[1], stride[1], dilation[1]))

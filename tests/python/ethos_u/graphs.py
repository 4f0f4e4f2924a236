# SPDX-License-Identifier: Apache-2.0
"""The graphs of the simulator's test: CASES, name -> function(Graph).

A name starts with its family (`conv-`, `pool-`, `add-` ...). `build(name)` gives the
function an empty Graph seeded from the name; it adds inputs, operators and outputs.
"""

import zlib

from . import graphs_conv, graphs_layout, graphs_ops, graphs_random
from .builder import Graph
from .graphs_base import CASES
from .graphs_vela import LOST, REFUSED, WRONG, WRONG_SMALLEST
from .networks import NETWORKS

# An output of this many elements must have more than MANY distinct values, unless the
# case computes something small: it would hardly show a wrong rule.
LARGE, MANY = 100, 20
FEW_VALUES = ("argmax-", "clz-", "clamp-narrow", "conv-shift-56-",
              "conv-shift-50-int16")

# Families of several operators, whose schedule depends on the memory there is.
SEVERAL = ("chain-", "residual-", "inverted-", "random-", "u-net", "reader-",
           "resize-nearest-conv", "concat-of-", "slice-conv-", "attention-", "softmax-")

for _module in (graphs_conv, graphs_ops, graphs_layout, graphs_random):
    _module.add_cases()


def build(name):
    """The finished Graph of a case, a network, or one that Vela can't do."""
    make = {**CASES, **NETWORKS, **LOST, **REFUSED, **WRONG, **WRONG_SMALLEST}[name]
    graph = Graph(seed=zlib.crc32(name.encode()))
    make(graph)
    return graph

# SPDX-License-Identifier: Apache-2.0
"""Programs written by our .pte writer run in stock ExecuTorch.

Each case is the text form of a Program (compiler/program/print.c) with what it
computes in numpy. tests/tools/text_to_pte.c plans and writes it; stock loads
the file with InternalConsistency. Results are exact unless a tolerance is said.
"""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SCONCE", ROOT / "build" / "sconce")).resolve().parent

X = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2) - 3
Y = np.linspace(-1, 1, 8, dtype=np.float32).reshape(1, 2, 2, 2)

CASES = {
    # a constant, an alpha, one output
    "add_constant": ("""
        const 0 = f32[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
        buffer 0 = 32  buffer 1 = 32
        %0 = f32[1,2,2,2] buffer 0
        %1 = f32[1,2,2,2] const 0
        %2 = f32[1,2,2,2] buffer 1
        input %0 "x"  output %2 "y"
        call aten::add.out(%0, %1, 2 -> %2)
        """, [X], lambda x: [x + 2 * np.arange(1, 9, dtype=np.float32).reshape(x.shape)]),
    # a chain in place: every output takes over its input, the model's too
    "in_place_chain": ("""
        buffer 0 = 32  buffer 1 = 32  buffer 2 = 32  buffer 3 = 32
        %0 = f32[1,2,2,2] buffer 0
        %1 = f32[1,2,2,2] buffer 1
        %2 = f32[1,2,2,2] buffer 2
        %3 = f32[1,2,2,2] buffer 3
        input %0 "x"  output %3 "y"
        call aten::relu.out(%0 -> %1) in_place 0
        call aten::add.out(%1, %1, 1 -> %2) in_place 0
        call aten::mul.out(%2, %2 -> %3) in_place 0
        """, [X], lambda x: [(2 * np.maximum(x, 0)) ** 2]),
    # ints, null, bool, double; lists; a view of the result
    "softmax_of_sum": ("""
        buffer 0 = 32  buffer 1 = 16  buffer 2 = 16
        %0 = f32[1,2,2,2] buffer 0
        %1 = f32[1,2,2] buffer 1
        %2 = f32[4] buffer 1
        %3 = f32[4] buffer 2
        input %0  output %3
        call aten::sum.IntList_out(%0, [1], false, null -> %1)
        call aten::_softmax.out(%2, 0, false -> %3)
        """, [X], lambda x: [np.exp(s := x.sum(1).reshape(-1).astype(np.float64))
                             / np.exp(s).sum()]),
    # a list of tensors in, several outputs and their list out
    "cat_and_split": ("""
        buffer 0 = 32  buffer 1 = 32  buffer 2 = 64  buffer 3 = 16  buffer 4 = 48
        %0 = f32[1,2,2,2] buffer 0
        %1 = f32[1,2,2,2] buffer 1
        %2 = f32[1,4,2,2] buffer 2
        %3 = f32[1,1,2,2] buffer 3
        %4 = f32[1,3,2,2] buffer 4
        input %0 "a"  input %1 "b"  output %4  output %3
        call aten::cat.out(t[%0, %1], 1 -> %2)
        call aten::split_with_sizes_copy.out(%2, [1, 3], 1 -> t[%3, %4])
        """, [X, Y], lambda a, b: [np.concatenate([a, b], 1)[:, 1:],
                                   np.concatenate([a, b], 1)[:, :1]]),
    # two outputs of one call, one of them int64; only one is used
    "max_with_indices": ("""
        buffer 0 = 32  buffer 1 = 16  buffer 2 = 32
        %0 = f32[1,2,2,2] buffer 0
        %1 = f32[1,2,2] buffer 1
        %2 = i64[1,2,2] buffer 2
        input %0  output %1  output %2
        call aten::max.dim_max(%0, 1, false -> %1, %2)
        """, [X], lambda x: [x.max(1), x.argmax(1)]),
    # an empty tensor, a scalar tensor, None among tensors, an unused input
    "index_with_none": ("""
        const 0 = i64[1, 0, 1]
        buffer 0 = 32  buffer 1 = 48  buffer 2 = 0  buffer 3 = 4
        %0 = f32[1,2,2,2] buffer 0
        %1 = i64[3] const 0
        %2 = f32[1,3,2,2] buffer 1
        %3 = f32[0] buffer 2
        %4 = f32[] buffer 3
        input %0  input %4 "unused"  output %2  output %3
        call aten::index.Tensor_out(%0, o[none, %1] -> %2)
        call aten::full.out([0], 1.0 -> %3)
        """, [X, np.array(2.0, np.float32)],
        lambda x, unused: [x[:, [1, 0, 1]], np.zeros(0, np.float32)]),
    # channels last: NHWC bytes under NCHW sizes
    "channels_last": ("""
        buffer 0 = 32  buffer 1 = 32
        %0 = f32[1,2,2,2] buffer 0
        %1 = f32[1,2,2,2]{0,2,3,1} buffer 1
        input %0  output %1 channels_last
        call dim_order_ops::_to_dim_order_copy.out(%0, false, [0, 2, 3, 1] -> %1)
        """, [X], lambda x: [x]),
    "quantize": ("""
        buffer 0 = 32  buffer 1 = 8
        %0 = f32[1,2,2,2] buffer 0
        %1 = i8[1,2,2,2] buffer 1
        input %0  output %1 "q" scale 0.5 zero_point 3
        call quantized_decomposed::quantize_per_tensor.out(%0, 0.5, 3, -128, 127, 1 -> %1)
        """, [X], lambda x: [np.clip(np.round(x / 0.5) + 3, -128, 127).astype(np.int8)]),
    # an output that is a constant, an output that is the input
    "pass_through": ("""
        const 0 = i32[7, -7]
        buffer 0 = 32
        %0 = f32[1,2,2,2] buffer 0
        %1 = i32[2] const 0
        input %0  output %1  output %0
        """, [X], lambda x: [np.array([7, -7], np.int32), x]),
}


def write(tmp_path, text, *options):
    source, target = tmp_path / "program.txt", tmp_path / "program.pte"
    source.write_text(f'program "forward"\n{text}\n')
    tool = BUILD / "text_to_pte"
    assert tool.exists(), f"{tool} isn't there: configure with -DSC_TESTS=ON and build"
    done = subprocess.run([tool, *options, source, target], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.parametrize("options", [(), ("--schedule",)], ids=["planned", "scheduled"])
@pytest.mark.parametrize("name", CASES)
def test_written_program_runs_in_stock(name, options, tmp_path, stock):
    text, inputs, reference = CASES[name]
    outputs = stock(write(tmp_path, text, *options), inputs)
    expected = reference(*inputs)
    assert len(outputs) == len(expected)
    for got, want in zip(outputs, expected):
        assert got.shape == want.shape
        # 1e-6 relative: float32 against numpy's order of summation
        np.testing.assert_allclose(got, want.astype(got.dtype), rtol=1e-6, atol=1e-7)


STATE = """
    const 0 = f32[10.0, 20.0]
    buffer 0 = 8  buffer 1 = 8  buffer 2 = 8  buffer 3 = 8
    buffer 4 = 8 in memory 1 state initial 0
    buffer 5 = 8 in memory 1 state
    buffer 6 = 4
    %0 = f32[2] buffer 0
    %1 = f32[2] buffer 1
    %2 = f32[2] buffer 2
    %3 = f32[2] buffer 4
    %4 = f32[2] buffer 5
    %5 = f32[1] buffer 4 + 4
    %6 = f32[1] buffer 6
    input %0 "x"  output %1 "sum"  output %2 "total"  output %6 "twice"
    call aten::add.out(%5, %5, 1 -> %6)
    call aten::add.out(%0, %3, 1 -> %1)
    call aten::add.out(%0, %4, 1 -> %2)
    call aten::copy_(%3, %1, false)
    call aten::copy_(%4, %2, false)
    """


def test_written_state_starts_as_stored_and_is_kept_between_runs(tmp_path):
    import torch
    from executorch.runtime import Runtime, Verification

    path = write(tmp_path, STATE)

    def load():
        program = Runtime.get().load_program(
            path, verification=Verification.InternalConsistency)
        return program.load_method("forward")

    method = load()
    x = torch.tensor([1.0, 2.0])
    got = [[y.tolist() for y in method.execute([x.clone()])] for _ in range(3)]
    assert got == [[[11, 22], [1, 2], [40]], [[12, 24], [2, 4], [44]],
                   [[13, 26], [3, 6], [48]]]
    again = load().execute([x])
    assert [y.tolist() for y in again] == [[11, 22], [1, 2], [40]]


def test_written_metadata_is_what_stock_shows(tmp_path):
    from executorch.runtime import Runtime, Verification

    program = Runtime.get().load_program(
        write(tmp_path, STATE), verification=Verification.InternalConsistency)
    meta = program.load_method("forward").metadata
    assert (meta.num_inputs(), meta.num_outputs()) == (1, 3)
    tensor = meta.input_tensor_meta(0)
    assert tuple(tensor.sizes()) == (2,)
    assert tensor.is_memory_planned()

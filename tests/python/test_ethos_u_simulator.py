# SPDX-License-Identifier: Apache-2.0
"""Our Ethos-U simulator against the TOSA reference model: zero differing bytes.

A graph goes two ways: through the reference model, and through Arm's compiler Vela
into our simulator (build/ethos_u_run). All cases run on U55-128 and U65-512, one in four
on each of eleven other targets (all with ETHOS_U_ALL=1; of those that short memory changes
one in two). Needs the packages of
tests/requirements-npu.txt, in an environment of their own: `make ethos-u`.
"""

from dataclasses import dataclass

import pytest

pytest.importorskip("tosa_serializer", reason="runs by itself: make ethos-u")

import support  # noqa: E402
from ethos_u import campaign, graphs, vela  # noqa: E402

ALL = list(vela.TARGETS)
PAIR = list(vela.PAIR)
NETWORK_INPUTS = 3

# What the cases must make use of (ethos_u/stream.py), so that a smaller list of them
# or another Vela doesn't leave a rule without a test.
USED = """
    conv-8-to-8 conv-8-to-16 conv-8-to-32 conv-16-to-16 conv-16-to-8 conv-16-to-32
    conv-round-double conv-round-natural conv-order-depth conv-order-kernel
    conv-step-x1 conv-step-x2 conv-step-x3 conv-step-y1 conv-step-y2 conv-step-y3
    conv-pad-top conv-pad-left conv-pad-right conv-pad-bottom dilation-x2 dilation-y2
    depthwise-8-to-8 depthwise-8-to-16 depthwise-16-to-16 depthwise-16-to-8
    depthwise-round-double depthwise-round-natural depthwise-step-x3
    pool-max-8-to-8 pool-max-16-to-16 pool-average-8-to-8 pool-average-16-to-16
    pool-average-8-to-16 pool-average-pad-top pool-average-pad-right
    pool-average-round-double pool-average-round-natural pool-average-scale-channel
    pool-average-scale-global pool-sum-32-to-32 pool-sum-32-to-8
    add-8-to-8 add-16-to-16 add-32-to-32 add-scale-mode-0 add-scale-mode-1
    add-scale-mode-2 sub-scale-mode-0 sub-scale-mode-1 sub-scale-mode-2 add-swapped
    sub-swapped mul-swapped add-scalar mul-scalar sub-scalar mul-8-to-8 mul-16-to-16
    mul-32-to-32 mul-32-to-8 min-32-to-32 max-32-to-32 abs-8-to-8 abs-16-to-16
    abs-32-to-32 clz-32-to-32 shr-32-to-32 shl-32-to-32 add-round-double
    add-round-natural mul-round-double mul-round-natural
    broadcast-h broadcast-w broadcast-c upscale-1 upscale-2
    ifm-bricks ifm-rows ofm-bricks ofm-rows ifm-tile-2 ofm-tile-2
    ofm-stride-x-negative ofm-stride-y-negative acc-0 acc-1 two-cores
    table-0 table-1 table-7 dma-region-0-to-inside dma-region-0-to-region-1
    dma-region-0-to-region-2 ifm-region-1 ifm-region-2 ofm-region-2 weight-region-0
    weight-region-1 weight-region-2
""".split()


@dataclass
class Prepared:
    cases: list   # of campaign.Prepared, one a graph
    runs: list    # of campaign.Run, one a graph and target (networks: and inputs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ethos_u")


@pytest.fixture(scope="module")
def simulator():
    if not campaign.COMMAND.exists():
        pytest.fail(f"{campaign.COMMAND.name} isn't built: run `make build`, or set "
                    "ETHOS_U_RUN")
    return campaign.COMMAND


def prepared(folder, names, targets=None, **options):
    wanted = {name: targets or vela.targets_of(index, name.startswith(graphs.SEVERAL))
              for index, name in enumerate(names)}
    cases = campaign.prepare(folder, wanted, **options)
    return Prepared(cases, [run for case in cases for run in case.runs])


@pytest.fixture(scope="module")
def operators(folder):
    return prepared(folder, graphs.CASES)


@pytest.fixture(scope="module")
def networks(folder):
    return prepared(folder, graphs.NETWORKS, ALL, extra_inputs=NETWORK_INPUTS - 1)


def note(text):
    support.NOTES.append(text)


def listed(lines, most=30):
    more = [f"... and {len(lines) - most} more"] if len(lines) > most else []
    return "\n  ".join(["", *map(str, lines[:most]), *more])


def assert_equal(folder, runs, *options):
    said = campaign.simulate(folder, runs, *options)
    found = campaign.differences(runs, said)
    note(campaign.summary(runs, found))
    assert not found, listed(found)


# -- the cases themselves


@pytest.mark.parametrize("kind", ["operators", "networks"])
def test_cases_compile_and_are_defined(kind, request):
    cases = request.getfixturevalue(kind).cases
    problems = [f"{case.case}: {case.problem}" for case in cases if case.problem]
    assert not problems, listed(problems)
    note(f"ethos-u: {len(cases)} {kind}, all TOSA_VALID, all compiled")


@pytest.mark.parametrize("kind", ["operators", "networks"])
def test_expected_outputs_have_many_values(kind, request):
    flat = [f"{case.case}: output {index} has {values} values, {size} elements"
            for case in request.getfixturevalue(kind).cases
            for index, (values, size) in enumerate(zip(case.values, case.sizes))
            if size >= graphs.LARGE and values <= graphs.MANY
            and not case.case.startswith(graphs.FEW_VALUES)]
    assert not flat, listed(flat)


def test_cases_make_use_of_everything(operators, networks):
    used = set().union(*(run.features for run in operators.runs + networks.runs))
    missing = [name for name in USED if name not in used]
    assert not missing, f"no stream has: {' '.join(missing)}"


# -- what Vela can't do


@pytest.mark.parametrize("name", graphs.REFUSED)
def test_vela_still_refuses(name):
    graph = graphs.build(name)
    with pytest.raises(vela.Refused):
        vela.compile(graph.serialize(), vela.TARGETS["u55-128"])


@pytest.mark.parametrize("name", graphs.LOST)
def test_vela_still_loses_inputs_or_outputs(name):
    graph = graphs.build(name)
    made = vela.compile(graph.serialize(), vela.TARGETS["u55-128"])
    assert (len(made.inputs), len(made.outputs)) != (len(graph.inputs),
                                                     len(graph.outputs))


@pytest.mark.parametrize("graphs_of, targets", [
    (graphs.WRONG, PAIR), (graphs.WRONG_SMALLEST, ["u55-32"])], ids=["any", "smallest"])
def test_vela_still_compiles_these_wrongly(graphs_of, targets, folder, simulator):
    """Fails when a Vela is right: then these become cases."""
    cases = prepared(folder, graphs_of, targets)
    problems = [f"{case.case}: {case.problem}" for case in cases.cases if case.problem]
    assert not problems, listed(problems)
    said = campaign.simulate(folder / f"wrong-{targets[0]}", cases.runs)
    found = {d.run.name for d in campaign.differences(cases.runs, said)}
    right = [run.name for run in cases.runs if run.name not in found]
    assert not right, listed(right)
    note(f"ethos-u: {len(cases.cases)} graphs that Vela compiles wrongly for "
         f"{' and '.join(targets)}, kept apart")


# -- the simulator


def test_operators_equal_reference(operators, folder, simulator):
    assert_equal(folder / "operators", operators.runs)


def test_networks_equal_reference(networks, folder, simulator):
    assert_equal(folder / "networks", networks.runs)


# One case whose stream lets two kernels run side by side that should not: POOL writes its
# rows in reverse (a negative stride), and BLOCKDEP 3 of the next one lets that read the
# first rows while the last ones, which they are, are still being written. The bytes are
# right here, since the simulator runs one operation after the other.
HAZARDOUS = {"random-118"}
STRICT = [*PAIR, "u55-128-size", "u65-256-16k"]


def test_strict_mode_finds_what_is_known(operators, networks, folder, simulator):
    """Vela's own streams: no hazard, no overflow, nothing read that wasn't written."""
    runs = [run for run in operators.runs + networks.runs if run.target in STRICT]
    said = campaign.simulate(folder / "strict", runs, "--strict")
    found = {name.partition("@")[0] for name in said}
    assert found == HAZARDOUS, listed([f"{name}: {text}" for name, text in said.items()])
    note(f"ethos-u: {len(runs)} runs in strict mode, findings only in "
         f"{' '.join(sorted(HAZARDOUS))}")

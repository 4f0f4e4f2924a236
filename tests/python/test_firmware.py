# SPDX-License-Identifier: Apache-2.0
"""The image of one model: what the host predicts is what the linked ELF has."""

import json
import re
import subprocess

import numpy as np
import pytest

from support import ROOT, assert_refused

SEED = 20240611


@pytest.fixture(scope="module")
def calibration(tmp_path_factory):
    """32 random samples for DS-CNN."""
    path = tmp_path_factory.mktemp("calibration") / "samples.npy"
    rng = np.random.default_rng(SEED)
    np.save(path, rng.standard_normal((32, 1, 49, 10)).astype(np.float32))
    return path


@pytest.fixture(scope="module")
def compile_int8(sconce, zoo, calibration):
    """compile_int8(output, *more): DS-CNN for a Cortex-M33."""
    return lambda output, *more: sconce(
        "compile", zoo["dscnn"].pt2["plain"], "--target", "cortex-m33", "--calibrate",
        calibration, "--int8-io", "-o", output, *more)


@pytest.fixture(scope="module")
def image(sconce, compile_int8, tmp_path_factory):
    """(.pte, folder of the build)."""
    folder = tmp_path_factory.mktemp("firmware")
    pte = folder / "model.pte"
    assert compile_int8(pte).returncode == 0
    for command in (["cmake", "-S", ROOT / "examples" / "firmware", "-B", folder / "build",
                     "-DSC_CPU=cortex-m33", f"-DMODEL={pte}", f"-DSCONCE={sconce.path}"],
                    ["cmake", "--build", folder / "build", "-j2"]):
        done = subprocess.run(command, text=True, capture_output=True, timeout=600)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return pte, folder / "build"


def sections(elf):
    out = subprocess.run(["arm-none-eabi-size", "-A", elf], text=True, capture_output=True,
                         check=True).stdout
    return {m[1]: int(m[2]) for m in re.finditer(r"^(\.\S+)\s+(\d+)", out, re.M)}


def header(path):
    return {m[1]: int(m[2]) for m in
            re.finditer(r"^#define SC_MODEL_(\w+) (\d+)\b", path.read_text(), re.M)}


def test_image_sections_are_the_predicted_bytes(sconce, image):
    pte, build = image
    size, told = sections(build / "firmware.elf"), header(build / "model.h")
    report = json.loads(sconce("inspect", pte, "--json", check=True).stdout)
    arena = sum(m["bytes"] for m in report["memories"])
    assert size[".model"] == told["PTE_BYTES"] == pte.stat().st_size == report["sizes"]["file"]
    assert size[".model_ram"] == told["RAM_BYTES"]
    assert told["MEMORY0_BYTES"] == arena
    assert told["RAM_BYTES"] == -(-arena // 16) * 16 + -(-told["WORKSPACE_BYTES"] // 16) * 16
    assert size[".data"] == 0
    assert size[".bss"] <= 512, "the runtime's structures"


def test_image_limits_that_just_fit_are_accepted_and_one_byte_less_refused(
        compile_int8, image, tmp_path):
    pte, build = image
    told = header(build / "model.h")
    ram, flash = told["RAM_BYTES"], told["PTE_BYTES"]
    fits = compile_int8(tmp_path / "fits.pte", "--max-ram", ram, "--max-flash", flash)
    assert fits.returncode == 0, fits.stderr
    assert (tmp_path / "fits.pte").read_bytes() == pte.read_bytes()
    for option, limit, mentions in (("--max-ram", ram - 1, ("live together", f"{ram:,}")),
                                    ("--max-flash", flash - 1, ("constants", f"{flash:,}"))):
        done = compile_int8(tmp_path / "no.pte", option, limit)
        assert_refused(done, mentions=(*mentions, option, "1 B more"))
        assert not (tmp_path / "no.pte").exists()


def test_image_too_large_in_float_says_calibrate(sconce, zoo, tmp_path):
    done = sconce("compile", zoo["dscnn"].pt2["plain"], "--target", "cortex-m33", "--max-ram",
                  "40K", "-o", tmp_path / "no.pte")
    assert_refused(done, mentions=("--calibrate", "40,960"))


@pytest.mark.parametrize("text", ["", "0", "-1", "64k", "1G", "12x", "99999999999"])
def test_image_limit_that_is_no_size_is_refused(sconce, tmp_path, text):
    done = sconce("compile", tmp_path / "none.pt2", f"--max-ram={text}")
    assert done.returncode == 2
    assert "--max-ram" in done.stderr


def test_image_stack_bound_is_above_what_the_run_used(image):
    _, build = image
    elf = build / "firmware.elf"
    done = subprocess.run([ROOT / "tools" / "stack_bound.py", elf, "--su", build, "--json"],
                          text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    bound = json.loads(done.stdout)
    run = subprocess.run(["qemu-system-arm", "-M", "mps2-an505", "-nodefaults", "-display",
                          "none", "-semihosting", "-kernel", elf], text=True, timeout=120,
                         stdin=subprocess.DEVNULL, capture_output=True)
    used = int(re.search(r"bytes of stack (\d+)", run.stderr)[1])
    assert run.returncode == 0
    assert used <= bound["stack_bytes"] <= 2 * used, bound
    assert bound["stack_bytes"] <= 4096


@pytest.mark.parametrize("body, says", [
    ("int main(void) { return *(volatile int *)8 ? main() * main() : 1; }", "recursion"),
    ("int use(char *); int main(void) { char a[*(volatile int *)8]; return use(a); }\n"
     "int use(char *a) { return a[0]; }", "bound"),
    ("int main(void) { volatile char a[4096]; a[1] = 2; return a[1]; }", None),
])
def test_stack_bound_of_small_programs(tmp_path, body, says):
    (tmp_path / "a.c").write_text(body)
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m33", "-O1", "-fno-optimize-sibling-calls",
                    "-nostdlib", "-Wl,-e,main", tmp_path / "a.c", "-o", tmp_path / "a.elf"],
                   check=True, capture_output=True)
    done = subprocess.run([ROOT / "tools" / "stack_bound.py", tmp_path / "a.elf", "--entry",
                           "main", "--json"], text=True, capture_output=True)
    if says is None:
        assert done.returncode == 0, done.stderr
        assert 4096 <= json.loads(done.stdout)["stack_bytes"] <= 4200
    else:
        assert done.returncode != 0
        assert says in done.stderr

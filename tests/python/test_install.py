# SPDX-License-Identifier: Apache-2.0
"""`cmake --install` gives what find_package(sconce) promises to others."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PTE = ROOT / "tests" / "fuzz" / "corpus" / "pte" / "stock_convs.pte"

LISTS = """
cmake_minimum_required(VERSION 3.20)
project(consumer LANGUAGES C)
set(CMAKE_C_STANDARD 11)
find_package(sconce 0.1 REQUIRED {components})
add_executable(consumer main.c)
target_link_libraries(consumer PRIVATE {targets})
"""

# Firmware: opens a program that is aligned in a static buffer.
FIRMWARE = r"""
#include <sconce/runtime.h>
#include <stdio.h>
static _Alignas(SC_FILE_ALIGN) unsigned char file[1 << 16];
int main(int argc, char **argv) {
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    size_t n = f ? fread(file, 1, sizeof file, f) : 0;
    ScModel model;
    ScNeed need;
    if (sc_verify(file, n, NULL) || sc_open(file, n, &model) || sc_need(&model, NULL, &need))
        return 1;
    printf("%s %d\n", sc_method_name(&model, 0), need.memory_bytes[0] > 0);
    return 0;
}
"""

HOST = r"""
#include <sconce/compiler.h>
#include <stdio.h>
int main(void) {
    ScText text;
    ScSession *session = sc_session_new();
    int failed = sc_ops(session, false, SC_TEXT, &text) != SC_OK || text.n_bytes == 0;
    sc_session_free(session);
    puts(failed ? "failed" : "listed");
    return failed;
}
"""


def run(*command, cwd=None):
    result = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """The build that is under test, installed into a folder of its own."""
    build = Path(os.environ.get("SCONCE", ROOT / "build" / "sconce")).resolve().parent
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", build, "--prefix", folder)
    return folder


def consume(tmp_path, prefix, source, components, targets):
    (tmp_path / "main.c").write_text(source)
    (tmp_path / "CMakeLists.txt").write_text(
        LISTS.format(components=components, targets=targets))
    run("cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", tmp_path / "b")
    return tmp_path / "b" / "consumer"


def test_install_has_command_and_headers(prefix):
    assert "sconce" in run(prefix / "bin" / "sconce", "--help")
    headers = sorted(p.name for p in (prefix / "include" / "sconce").iterdir())
    assert headers == ["compiler.h", "runtime.h"]


def test_runtime_consumer_opens_a_program(tmp_path, prefix):
    program = consume(tmp_path, prefix, FIRMWARE, "", "sconce::device")
    assert run(program, PTE) == "forward 1\n"
    linked = run("ldd", program)
    assert "jansson" not in linked and "yaml" not in linked


def test_compiler_consumer_lists_operators(tmp_path, prefix):
    program = consume(tmp_path, prefix, HOST, "COMPONENTS device compiler",
                      "sconce::compiler")
    assert run(program) == "listed\n"


def test_headers_compile_as_cpp(tmp_path, prefix):
    source = tmp_path / "all.cpp"
    source.write_text("#include <sconce/compiler.h>\nint main() { return SC_OK; }\n")
    run("c++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
        f"-I{prefix}/include", "-c", source, "-o", tmp_path / "all.o")


def test_no_path_of_the_build_is_left_in_the_package(prefix):
    for file in (prefix / "lib" / "cmake" / "sconce").iterdir():
        assert str(ROOT) not in file.read_text(), file

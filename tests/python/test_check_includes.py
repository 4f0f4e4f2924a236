# SPDX-License-Identifier: Apache-2.0
"""tools/check_includes.py finds each kind of breach, and nothing in what is sound."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "check_includes.py"
SPDX_C = "/* SPDX-License-Identifier: Apache-2.0 */\n"

# A small sound house; every test adds one file to it.
HOUSE = {
    "include/sconce/runtime.h": "#include <stdint.h>\n",
    "include/sconce/compiler.h": '#include "sconce/runtime.h"\n',
    "runtime/flatbuf.h": "#include <stddef.h>\n",
    "runtime/model.c": '#include "runtime/flatbuf.h"\n#include "sconce/runtime.h"\n',
    "kernels/num.h": "#include <stdint.h>\n",
    "compiler/base/arena.h": "#include <setjmp.h>\n",
    "compiler/graph/graph.h": '#include "compiler/base/arena.h"\n',
    "compiler/ops/ops.h": '#include "compiler/graph/graph.h"\n',
    "compiler/program/program.h": '#include "compiler/base/arena.h"\n',
    "compiler/lower/lower.h": '#include "compiler/backend.h"\n',
    "compiler/import/pt2.h": '#include "compiler/ops/ops.h"\nextern char *a = "aten.x";\n',
    "compiler/backend.h": '#include "compiler/program/program.h"\n',
    "compiler/pipeline.c": '#include "compiler/import/pt2.h"\n#include <stdio.h>\n',
    "backends/a/device/k.h": '#include "kernels/num.h"\n',
    "backends/a/device/k_mve.c": '#include <arm_mve.h>\n#include "backends/a/device/k.h"\n',
    "backends/a/host/b.c": '#include "compiler/backend.h"\nchar *x = "cortex_m aten";\n',
    "backends/b/host/b.h": "",
    "cli/main.c": '#include "sconce/compiler.h"\n#include <stdio.h>\n',
    "tests/unit/base/t.c": '#include "runtime/flatbuf.h"\n#include "compiler/ops/ops.h"\n',
}

# (file, content below the licence line, line of the breach, part of the message)
BREACHES = [
    ("runtime/x.c", "#include <stdio.h>", 2, "<stdio.h> isn't freestanding"),
    ("runtime/x.c", "#include <math.h>", 2, "<math.h> isn't freestanding"),
    ("runtime/x.c", '#include "kernels/num.h"', 2, "may not see kernels/num.h"),
    ("runtime/x.c", '#include "sconce/compiler.h"', 2, "may not see include/sconce/compiler.h"),
    ("runtime/x.c", "#include <sconce/compiler.h>", 2, "may not see"),
    ("kernels/x.c", "\n#include <arm_mve.h>", 3, "<arm_mve.h> isn't freestanding"),
    ("kernels/x.c", '#include "compiler/base/arena.h"', 2, "may not see"),
    ("backends/a/device/x.c", '#include "compiler/backend.h"', 2, "may not see"),
    ("backends/a/device/x.c", '#include "../../b/host/b.h"', 2, "may not see backends/b"),
    ("backends/a/host/x.c", '#include "backends/b/host/b.h"', 2, "may not see backends/b"),
    ("backends/a/sim/x.c", "#include <stdlib.h>", 2, "isn't freestanding"),
    ("compiler/base/x.c", '#include "compiler/graph/graph.h"', 2, "may not see"),
    ("compiler/graph/x.c", '#include "compiler/program/program.h"', 2, "may not see"),
    ("compiler/ops/x.c", '#include "compiler/import/pt2.h"', 2, "may not see"),
    ("compiler/import/x.c", '#include "compiler/backend.h"', 2, "may not see"),
    ("compiler/program/x.c", '#include "compiler/graph/graph.h"', 2, "may not see"),
    ("compiler/passes/x.c", '#include "compiler/import/pt2.h"', 2, "may not see"),
    ("compiler/x.c", '#include "backends/a/device/k.h"', 2, "may not see backends/a"),
    ("compiler/attic/x.c", "#include <stdio.h>", 2, "no room"),
    ("cli/x.c", '#include "compiler/pipeline.h"', 2, "no file here"),
    ("cli/x.c", '#include "compiler/backend.h"', 2, "may not see"),
    ("cli/x.c", '#include "model.h"', 2, "no file here"),
    ("cli/x.c", '  #  include "compiler/backend.h"', 2, "may not see"),
    ("compiler/x.c", "#include HEADER", 2, "macro"),
    ("compiler/x.c", "\n\nint ethos_u;", 4, "engine or chip name: 'ethos'"),
    ("runtime/x.c", 'char *s = "CadenceBackend";', 2, "engine or chip name"),
    ("python/x.py", "target = 'imxrt685'", 2, "engine or chip name"),
    ("compiler/passes/x.c", 'char *s = "aten.relu.default";', 2, "aten outside"),
    ("runtime/x.c", 'char *s = "/* "; char *t = "aten::add.out"; /* " */', 2, "aten outside"),
]

SOUND = [
    ("runtime/x.c", "/* as aten::add.out of the Cortex-M\n on an Ethos-U */"),
    ("runtime/x.c", "// #include <stdio.h>"),
    ("runtime/x.c", "/*\n#include <stdio.h>\n*/"),
    ("compiler/x.c", "int flatten, attention, laten;"),
    ("compiler/import/x.c", 'char *s = "torch.ops.aten.relu";'),
    ("backends/a/device/conv_dsp.c", "#include <arm_acle.h>"),
    ("tests/unit/x.c", '#include "backends/b/host/b.h"\nchar *s = "aten cortex";'),
    ("examples/x.c", '#include "model.h"'),
    (".cache/x.c", "#include <nothing.h>"),
]


def put(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def house(tmp_path):
    for path, text in HOUSE.items():
        put(tmp_path, path, SPDX_C + text)
    return tmp_path


def check(root):
    result = subprocess.run([sys.executable, TOOL, root], capture_output=True, text=True)
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()


def test_sound_house_passes(house):
    code, lines = check(house)
    assert (code, lines) == (0, [f"includes: {len(HOUSE)} files keep to their rooms"])


@pytest.mark.parametrize("path, text, line, message", BREACHES)
def test_breach_is_found_at_its_line(house, path, text, line, message):
    licence = SPDX_C if path.endswith(".c") else "# SPDX-License-Identifier: Apache-2.0\n"
    put(house, path, licence + text + "\n")
    code, lines = check(house)
    assert code == 1
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{path}:{line}: ")
    assert message in lines[0]


@pytest.mark.parametrize("path, text", SOUND)
def test_sound_file_is_left_alone(house, path, text):
    put(house, path, SPDX_C + text + "\n")
    assert check(house)[0] == 0


@pytest.mark.parametrize("path, text, found", [
    ("runtime/x.c", "int a;\n", True),
    ("runtime/x.c", "\n" + SPDX_C, True),
    ("tools/x.sh", "#!/bin/sh\necho\n", True),
    ("tools/x.sh", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n", False),
    ("CMakeLists.txt", "project(x)\n", True),
    ("targets/x.yaml", "name: x\n", True),
    ("examples/data.bin", "anything", False),
    ("tests/fuzz/corpus/yaml/x.yaml", "name: x\n", False),
])
def test_licence_line_is_asked_for(house, path, text, found):
    put(house, path, text)
    code, lines = check(house)
    assert code == (1 if found else 0)
    assert not found or lines == [f"{path}:1: licence: the first line must say "
                                  "SPDX-License-Identifier: Apache-2.0"]


def test_bad_use_exits_2(tmp_path):
    for arguments in (["--help"], [tmp_path / "none"]):
        result = subprocess.run([sys.executable, TOOL, *arguments], capture_output=True)
        assert result.returncode == 2


def test_this_repository_keeps_its_rules():
    code, lines = check(TOOL.parent.parent)
    assert code == 0, "\n".join(lines)

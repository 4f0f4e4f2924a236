# SPDX-License-Identifier: Apache-2.0
# The verbs of a user and of a developer. `make` alone lists them. The work is
# done by cmake and by tools/; nothing here needs to be known to use those.
BUILD ?= build
JOBS ?= $(shell nproc)
VENV ?= .cache/venv
NPU_VENV ?= .cache/venv-npu
SECONDS_EACH ?= 60
export VENV NPU_VENV

QUIET = >/dev/null

.PHONY: help build boards bench demo check test asan clang fuzz fuzz-smoke size setup clean \
	unit format-check includes pytest pytest-asan ethos-u

help:
	@echo "make build   the command build/sconce; needs a C compiler, jansson, libyaml"
	@echo "make demo    trained networks: float here, int8 on two simulated cores; no Python"
	@echo "make boards  runner images of six Cortex-M for QEMU, into build/boards"
	@echo "make bench   instructions and bytes of five networks on two cores, docs/bench.md"
	@echo "make check   unit tests, include order, format, fuzz corpus: under 2 minutes"
	@echo "make test    everything, as CI runs it; installs what it needs and is missing"
	@echo "make asan    the unit tests and the corpus under ASan and UBSan"
	@echo "make ethos-u NPU simulator and disassembler against Arm's own tools, 4 minutes"
	@echo "make clang   builds everything with clang-14, warnings are errors"
	@echo "make fuzz    new inputs for each reader, SECONDS_EACH=$(SECONDS_EACH) seconds each"
	@echo "make size    bytes of the runtime core on a Cortex-M33"
	@echo "make setup   only installs: compilers (Debian 12, root), Python packages"
	@echo "make clean   removes what was built, keeps downloads and exported models"

build:
	@cmake -S . -B $(BUILD) $(QUIET)
	@cmake --build $(BUILD) -j$(JOBS) --target sconce $(QUIET)

boards:
	@tools/boards.sh $(BUILD)/boards

# networks that tests/models/cache.py left in .cache; without, those of examples/
bench: build boards
	@tools/bench.py --sconce $(BUILD)/sconce --boards $(BUILD)/boards \
		--work $(BUILD)/bench --output docs/bench.md

demo:
	@tools/setup.sh demo
	@$(MAKE) --no-print-directory build
	@tools/boards.sh $(BUILD)/boards cortex-m33 cortex-m55
	@examples/demo.sh $(BUILD)/sconce $(BUILD)/demo

unit:
	@cmake -S . -B $(BUILD) -DSC_TESTS=ON $(QUIET)
	@cmake --build $(BUILD) -j$(JOBS) $(QUIET)
	@tools/run_unit_tests.sh $(BUILD)

includes:
	@python3 tools/check_includes.py

format-check:
	@git ls-files '*.c' '*.h' | xargs clang-format-14 --dry-run --Werror
	@echo "format: $$(git ls-files '*.c' '*.h' | wc -l) files are as clang-format-14 wants them"

check: unit includes format-check

clang:
	@cmake --preset clang $(QUIET)
	@cmake --build build-clang -j$(JOBS) $(QUIET)
	@echo "clang-14: everything builds without a warning"

asan:
	@cmake --preset asan $(QUIET)
	@cmake --build build-asan -j$(JOBS) $(QUIET)
	@tools/run_unit_tests.sh build-asan

fuzz:
	@tools/fuzz.sh -max_total_time=$(SECONDS_EACH)

# the same inputs every time, so that it can't fail by bad luck
fuzz-smoke:
	@tools/fuzz.sh -runs=3000 -seed=1

size:
	@tools/size.sh

setup:
	@tools/setup.sh system
	@tools/setup.sh venv
	@tools/setup.sh npu

pytest: unit boards
	@SCONCE=$(BUILD)/sconce $(VENV)/bin/python -m pytest -q -rs tests/python

# Arm's compiler and our simulator against the TOSA reference model
ethos-u: unit
	@ETHOS_U_RUN=$(BUILD)/ethos_u_run ETHOS_U_INSPECT=$(BUILD)/ethos_u_inspect \
		$(NPU_VENV)/bin/python -m pytest -q -rs \
		tests/python/test_ethos_u_simulator.py tests/python/test_ethos_u_rules.py \
		tests/python/test_ethos_u_inspect.py

# damaged files and stock's programs once more, with every access checked
pytest-asan: asan
	@SCONCE=build-asan/sconce $(VENV)/bin/python -m pytest -q -rs \
		tests/python/test_cli.py tests/python/test_stock_programs.py \
		tests/python/test_stock_files.py tests/python/test_hostile.py -k 'not on_a_core'

test:
	@tools/setup.sh system
	@tools/setup.sh venv
	@tools/setup.sh npu
	@tools/test_all.sh

clean:
	@rm -rf $(BUILD) build-asan build-clang build-fuzz

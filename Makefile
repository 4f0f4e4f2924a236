# SPDX-License-Identifier: Apache-2.0
# The verbs of a user and of a developer. `make` alone lists them. The work is
# done by cmake and by tools/; nothing here needs to be known to use those.
BUILD ?= build
JOBS ?= $(shell nproc)
VENV ?= .cache/venv
SECONDS_EACH ?= 60
export VENV

CMAKE_GCC = cmake -S . -B $(BUILD) -DCMAKE_C_COMPILER=gcc -DSC_TESTS=ON
CLANG = cmake -S . -DCMAKE_C_COMPILER=clang-14 -DSC_TESTS=ON -DCMAKE_BUILD_TYPE=Release
QUIET = >/dev/null

.PHONY: help build demo check test asan clang fuzz size setup clean \
	unit format-check includes corpus pytest

help:
	@echo "make build   the command build/sconce; needs a C compiler, jansson, libyaml"
	@echo "make demo    compiles a small trained network, runs it, says what happened"
	@echo "make check   unit tests, include order, format, fuzz corpus: under 2 minutes"
	@echo "make test    everything, as CI runs it; installs what it needs and is missing"
	@echo "make asan    the unit tests and the corpus under ASan and UBSan"
	@echo "make clang   builds everything with clang-14, warnings are errors"
	@echo "make fuzz    new inputs for each reader, SECONDS_EACH=$(SECONDS_EACH) seconds each"
	@echo "make size    bytes of the runtime core on a Cortex-M33"
	@echo "make setup   only installs: compilers (Debian 12, root), Python packages"
	@echo "make clean   removes what was built, keeps downloads and exported models"

build:
	@cmake -S . -B $(BUILD) $(QUIET)
	@cmake --build $(BUILD) -j$(JOBS) --target sconce

demo: build
	@examples/demo/demo.sh $(BUILD)/sconce $(BUILD)/demo

unit:
	@$(CMAKE_GCC) $(QUIET)
	@cmake --build $(BUILD) -j$(JOBS) $(QUIET)
	@tools/run_unit_tests.sh $(BUILD)

includes:
	@python3 tools/check_includes.py

format-check:
	@git ls-files '*.c' '*.h' | xargs clang-format-14 --dry-run --Werror
	@echo "format: $$(git ls-files '*.c' '*.h' | wc -l) files are as clang-format-14 wants them"

check: unit includes format-check corpus

clang:
	@$(CLANG) -B build-clang $(QUIET)
	@cmake --build build-clang -j$(JOBS) $(QUIET)
	@echo "clang-14: everything builds without a warning"

asan:
	@$(CLANG) -B build-asan -DSC_SANITIZE=ON $(QUIET)
	@cmake --build build-asan -j$(JOBS) $(QUIET)
	@tools/run_unit_tests.sh build-asan

corpus:
	@tools/fuzz.sh replay

fuzz:
	@tools/fuzz.sh run $(SECONDS_EACH)

size:
	@tools/size.sh

setup:
	@tools/setup.sh system
	@tools/setup.sh venv

pytest: unit
	@SCONCE=$(BUILD)/sconce $(VENV)/bin/python -m pytest -q -rs tests/python

test:
	@tools/setup.sh system
	@tools/setup.sh venv
	@tools/test_all.sh

clean:
	@rm -rf $(BUILD) build-asan build-clang build-fuzz

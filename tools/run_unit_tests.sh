#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the C unit tests of a build folder and prints how many cases passed.
set -euo pipefail
build=$1
log=$build/unit_tests.log
if ! ctest --test-dir "$build" -j"$(nproc)" --output-on-failure >"$log" 2>&1; then
    cat "$log"
    exit 1
fi
programs=$(sed -n 's/.*100% tests passed.* out of \([0-9]*\)$/\1/p' "$log")
cases=$(awk '/\[  PASSED  \] [0-9]+ test/ { n += $4 } END { print n + 0 }' \
    "$build/Testing/Temporary/LastTest.log")
replayed=$(awk '/^[0-9]+ files replayed/ { n += $1 } END { print n + 0 }' \
    "$build/Testing/Temporary/LastTest.log")
if [ "${programs:-0}" -eq 0 ]; then
    echo "unit tests: error: none ran" >&2
    exit 1
fi
echo "unit tests ($build): $programs programs passed: $cases cases, $replayed corpus files"

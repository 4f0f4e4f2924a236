#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make test` does once everything is installed: each stage in turn, its time,
# and a summary with counts at the end. The first failing stage ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
log=build/test_all.log
: >"$log"

stage() {
    local started=$SECONDS
    echo "-- make $1"
    if ! make --no-print-directory "$1" 2>&1 | tee -a "$log"; then
        echo "test: error: stage \`make $1\` failed" >&2
        exit 1
    fi
    echo "   ($((SECONDS - started)) s)"
}

for name in check clang asan fuzz-smoke size demo pytest ethos-u pytest-asan; do
    stage "$name"
done
echo
echo "== all stages passed in $SECONDS s"
grep -E '^(unit tests|include|format|fuzz|runtime core|demo)' "$log" | sed 's/^/   /'
grep -E '^ethos-u' "$log" | sed 's/^/   /'
grep -E '^[0-9]+ passed' "$log" | sed 's/^/   pytest: /'

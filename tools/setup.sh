#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what building and testing need and is missing; does nothing when all is there.
#   tools/setup.sh demo     what `make demo` needs (Debian 12; needs root or sudo)
#   tools/setup.sh system   compilers and libraries for everything
#   tools/setup.sh venv     Python packages of tests/requirements.txt, into $VENV
#   tools/setup.sh npu      those of tests/requirements-npu.txt, into $NPU_VENV
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-.cache/venv}
NPU_VENV=${NPU_VENV:-.cache/venv-npu}

# package, and a command that succeeds when it is installed by whatever way; the first
# part is all that the demo needs
needs_demo() {
    cat <<'EOF'
build-essential         gcc --version && make --version
cmake                   cmake --version
pkg-config              pkg-config --version
libjansson-dev          pkg-config --exists jansson
libyaml-dev             pkg-config --exists yaml-0.1
gcc-arm-none-eabi       arm-none-eabi-gcc --version
libnewlib-arm-none-eabi test -n "$(arm-none-eabi-gcc -print-file-name=libc.a | grep /)"
binutils-arm-none-eabi  arm-none-eabi-size --version
qemu-system-arm         qemu-system-arm --version
EOF
}
needs() {
    needs_demo
    cat <<'EOF'
libcmocka-dev           pkg-config --exists cmocka
clang-14                clang-14 --version
libclang-rt-14-dev      test -n "$(find /usr/lib/llvm-14 -name 'libclang_rt.fuzzer-*.a')"
clang-format-14         clang-format-14 --version
python3                 python3 --version
python3-venv            python3 -c 'import venv, ensurepip'
EOF
}

install_system() {
    local missing=() package probe
    while read -r package probe; do
        bash -c "$probe" >/dev/null 2>&1 || missing+=("$package")
    done < <("$1")
    if [ ${#missing[@]} -eq 0 ]; then
        echo "setup: all system packages are there"
        return
    fi
    local sudo=
    if [ "$(id -u)" -ne 0 ]; then
        sudo="sudo -n"
    fi
    if ! command -v apt-get >/dev/null || { [ -n "$sudo" ] && ! $sudo true 2>/dev/null; }; then
        echo "setup: error: missing packages: ${missing[*]}; installing them needs" \
            "apt-get and root; install them (Debian names) and try again" >&2
        exit 1
    fi
    echo "setup: installing ${missing[*]}"
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" >/dev/null
}

# Requirements file and environment. A stamp with the requirements inside: changed
# requirements are installed again.
install_venv() {
    if cmp -s "$1" "$2/installed.txt"; then
        echo "setup: $2 is up to date"
        return
    fi
    echo "setup: installing Python packages into $2 (a few minutes, once)"
    [ -x "$2/bin/python" ] || python3 -m venv "$2"
    if ! "$2/bin/pip" install -q --disable-pip-version-check -r "$1" >"$2/pip.log" 2>&1; then
        tail -20 "$2/pip.log" >&2
        echo "setup: error: pip failed; see $2/pip.log; is the package index reachable?" >&2
        exit 1
    fi
    cp "$1" "$2/installed.txt"
}

case ${1:-} in
demo) install_system needs_demo ;;
system) install_system needs ;;
venv) install_venv tests/requirements.txt "$VENV" ;;
npu) install_venv tests/requirements-npu.txt "$NPU_VENV" ;;
*)
    echo "usage: tools/setup.sh demo|system|venv|npu" >&2
    exit 2
    ;;
esac

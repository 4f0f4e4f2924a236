# SPDX-License-Identifier: Apache-2.0
# Warnings are errors, with gcc and clang alike.
add_compile_options(
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wvla -Wdouble-promotion
  -Wmissing-prototypes -Wstrict-prototypes -Wundef -Wcast-qual -Wwrite-strings
  -Wformat=2 -fno-common -ffp-contract=off)

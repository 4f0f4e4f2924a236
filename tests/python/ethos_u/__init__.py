# SPDX-License-Identifier: Apache-2.0
"""Graphs for Arm's compiler, and what the TOSA reference model makes of them."""

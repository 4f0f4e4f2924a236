# SPDX-License-Identifier: Apache-2.0
"""The TOSA reference model (Arm's, package tosa-tools): what a graph's outputs are."""

import tosa_reference_model as model

from .quiet import captured


class NotValid(Exception):
    """The graph's result is not defined by TOSA, so it can't be a test."""


def run(tosa, inputs):
    """Outputs of a .tosa file as arrays. NotValid if any result is unpredictable."""
    with captured() as text:
        try:
            outputs, status = model.run(tosa, list(inputs), verbosity="NONE")
        except ValueError as error:
            raise NotValid(f"{error}: {text()}") from None
        if status != model.GraphStatus.TOSA_VALID:
            raise NotValid(f"{status.name}: {text()}")
    return outputs

# SPDX-License-Identifier: Apache-2.0
"""Catches what native libraries print: both tools here write to the descriptors."""

import os
import sys
import tempfile
from contextlib import contextmanager


@contextmanager
def captured():
    """Standard output and error go to a file; the value gives its text so far."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)

        def text():
            sys.stdout.flush()
            sys.stderr.flush()
            file.seek(0)
            lines = file.read().decode(errors="replace").splitlines()
            return "\n".join(line for line in lines if "TOSA spec" not in line)

        try:
            yield text
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for target, source in zip((1, 2), kept):
                os.dup2(source, target)
                os.close(source)

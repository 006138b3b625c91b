"""What a process does with memory that it has freed."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from simulator.core.memory import keep_freed
if sys.argv[1] == "keep":
    keep_freed()
np.ones(1 << 20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    panels = [np.ones(1 << 16) for _ in range(16)]
    del panels
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="no other library can be told")
def test_panels_that_come_again_take_the_memory_of_those_that_went():
    """Twenty rounds of 8 MB, 2,048 pages: once to the process that keeps them."""
    asked = [[sys.executable, "-c", FAULTS, how] for how in ("keep", "give")]
    kept, given = (int(subprocess.run(call, capture_output=True, text=True, check=True).stdout) for call in asked)
    assert kept < 2 * 2_048
    assert given > 5 * kept

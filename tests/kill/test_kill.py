"""SIGKILL at file operations of every command that writes: a seeded sample; ``python -m tests.kill`` does all of them.

``UNDERTOW_KILL_SAMPLE`` asks for another number of operations a command.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .commands import COMMANDS

_ROOT = Path(__file__).resolve().parents[2]
_SAMPLE = os.environ.get("UNDERTOW_KILL_SAMPLE", "6")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked"),
]


@pytest.mark.parametrize("name", COMMANDS)
def test_whatever_kills_it_whenever_nothing_partial_is_left(name):
    assert f"{name}: {_SAMPLE} of " in hunted(name, "--sample", _SAMPLE)


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_whoever_asks_it_to_end_whenever_nothing_partial_is_left_and_what_it_says_is_true(name):
    assert f"{name}: 4 signals" in hunted(name, "--signals", "4")


def hunted(*words: str) -> str:
    """In a process of its own: threads of libraries do not survive a fork, and it has none."""
    own = {"PYTHONPATH": str(_ROOT), "NUMBA_DISABLE_JIT": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "tests.kill", *words]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout

"""SIGKILL at file operations of every command that writes: a seeded sample; ``python -m tests.kill`` does all of them.

``UNDERTOW_KILL_SAMPLE`` asks for another number of operations a command. And a round of each kind of
``python -m tests.kill.rounds``: workers and whole sweeps that are killed in the middle, on each backend that is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import WHOLE

from .commands import COMMANDS
from .rounds import BACKENDS, WHAT, is_there

_ROOT = Path(__file__).resolve().parents[2]
_SAMPLE = os.environ.get("UNDERTOW_KILL_SAMPLE", "6" if WHOLE else "2")
_ROUNDS = "2" if WHOLE else "1"
EVERY = [(backend, what) for backend in BACKENDS for what in WHAT[backend]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked"),
]


@pytest.mark.parametrize("name", COMMANDS)
def test_whatever_kills_it_whenever_nothing_partial_is_left(name):
    assert f"{name}: {_SAMPLE} of " in hunted("tests.kill", name, "--sample", _SAMPLE)


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_whoever_asks_it_to_end_whenever_nothing_partial_is_left_and_what_it_says_is_true(name):
    assert f"{name}: 4 signals" in hunted("tests.kill", name, "--signals", "4")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes below another are read from /proc")
@pytest.mark.parametrize(
    ("backend", "what"),
    [(name, what) for name in BACKENDS for what in WHAT[name]]
    if WHOLE
    else [("processes", "worker"), ("shards", "run")],
)
def test_a_sweep_that_loses_a_worker_or_is_killed_whole_loses_and_changes_nothing(backend, what):
    if not is_there(backend):
        pytest.skip(f"{BACKENDS[backend]} is not installed")
    said = hunted("tests.kill.rounds", "--backend", backend, "--what", what, "--rounds", _ROUNDS, jit=True)
    assert said == f"sweep {backend}/{what}: {_ROUNDS} rounds, 0 faults\n"


def hunted(module: str, *words: str, jit: bool = False) -> str:
    """In a process of its own: threads of libraries do not survive a fork, and it has none."""
    own = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **({} if jit else {"NUMBA_DISABLE_JIT": "1"})}
    own["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-m", module, *words]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout

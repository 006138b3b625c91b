"""``python -m tests.benchmarks.fresh WHAT``: what only a new process can tell, as one line of JSON.

``memory``: peak resident memory of W3 above the interpreter with its imports. ``first``: the first calls with a
warm cache on disk. ``compile``: compilation of everything the default scenario needs, where the cache is empty.
Processor time stands beside elapsed time: on a busy machine they differ.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from numba.core import event

from . import ours, workloads
from .sizes import FULL


def memory(threads: int = 2) -> dict[str, float]:
    """Megabytes: peak after the imports, and of W3 (prices, preparation, replay) above that."""
    ours.one_run(workloads.single(2, 2), workloads.calendar_policy(), workloads.plain_terms())  # imports what is lazy
    before = peak_megabytes()
    bands, every = FULL.grid()
    contestant = ours.policies(workloads.single(), bands, every, workloads.plain_terms(), threads=threads)
    contestant.run()
    return {"imports": before, "above": peak_megabytes() - before}


def first(threads: int = 2) -> dict[str, float]:
    """Seconds of the first calls of a process: one run with everything kept, and many runs."""
    from simulator import simulate, simulate_many

    work = workloads.single()
    market, policy = work.market(volume=True), workloads.band_policy(work)
    terms = workloads.full_terms(1e8)
    return {
        **_seconds("simulate", lambda: simulate(market, policy, **terms)),
        **_seconds("simulate_many", lambda: simulate_many(market, {"band": policy}, **terms)),
    }


def compile_default() -> dict[str, float]:
    """Seconds of machine code generation while the default scenario runs and its report is written."""
    from scenarios.cli import main

    clock = CompilerClock()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(sys.stderr),
        event.install_listener("numba:compile", clock),
    ):
        main(["run", "--out", str(Path(folder) / "out"), "--quiet"])
    return {"compilation": clock.seconds, "compilation processor": clock.processor}


class CompilerClock(event.Listener):
    """Seconds spent compiling; what one compilation sets off is part of it."""

    def __init__(self) -> None:
        self.seconds = self.processor = 0.0
        self._depth = 0
        self._since = (0.0, 0.0)

    def on_start(self, event: event.Event) -> None:
        """A kernel begins to be compiled."""
        if self._depth == 0:
            self._since = (time.perf_counter(), time.thread_time())
        self._depth += 1

    def on_end(self, event: event.Event) -> None:
        """It is done."""
        self._depth -= 1
        if self._depth == 0:
            self.seconds += time.perf_counter() - self._since[0]
            self.processor += time.thread_time() - self._since[1]


def peak_megabytes() -> float:
    """Peak resident memory of this program, not of the one that started it (which ``getrusage`` may report)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024.0
    raise OSError("/proc/self/status has no VmHWM")


def _seconds(name: str, call: Callable[[], object]) -> dict[str, float]:
    """Elapsed and processor time of a call."""
    elapsed, processor = time.perf_counter(), time.process_time()
    call()
    return {name: time.perf_counter() - elapsed, f"{name} processor": time.process_time() - processor}


if __name__ == "__main__":
    print(json.dumps({"memory": memory, "first": first, "compile": compile_default}[sys.argv[1]]()))

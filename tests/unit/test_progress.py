"""Progress of long work on a pipe: what is said, when, and how much time is left."""

from __future__ import annotations

from types import SimpleNamespace

from numba.core import event

from scenarios import progress as module
from scenarios.progress import Lines, announced
from simulator.core.jit import kernel


def test_time_left_is_that_of_the_steps_so_far(monkeypatch, capsys):
    clock = iter([0.0, 20.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    lines = Lines()
    lines("policies", 0, 4)
    lines("policies", 1, 4)
    assert capsys.readouterr().err.splitlines()[-1] == "policies: 1/4 in 20.0 s, about 60 s left"


def test_a_step_that_waited_for_kernels_says_nothing_of_the_others(monkeypatch, capsys):
    clock = iter([0.0, 200.0, 211.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    lines = Lines()
    lines("policies", 0, 4)
    lines.compiling()
    lines.compiling()
    lines("policies", 1, 4)
    lines("policies", 2, 4)
    said = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("compiling kernels, once") for line in said) == 1
    assert said[-2:] == ["policies: 1/4 in 200.0 s", "policies: 2/4 in 211.0 s, about 22 s left"]


def test_kernels_of_ours_are_announced_and_nobody_elses():
    @kernel
    def theirs(x):  # of a file that is none of ours: compiled in memory each time
        return x + 1

    heard = []
    with announced(lambda: heard.append(1)):
        theirs(1)
        ours = SimpleNamespace(_cache=type("KernelCache", (), {})())
        with event.trigger_event("numba:compile", data={"dispatcher": ours}):
            pass
    with event.trigger_event("numba:compile", data={"dispatcher": ours}):
        pass
    assert heard == [1]

"""Work on threads: all of it once, reported where it was asked for, ended by the first failure."""

from __future__ import annotations

import threading

import pytest

from simulator.core.errors import ParameterError
from simulator.engine.spread import spread, threads


@pytest.mark.parametrize("workers", [1, 2, 5, 50])
def test_every_number_is_worked_on_once(workers):
    seen, told = [], []

    def work(number):
        seen.append(number)
        return number

    spread(work, 20, workers, told.append)
    assert sorted(seen) == list(range(20))
    assert sum(told) == sum(range(20))


def test_others_take_part_and_only_this_thread_reports():
    both = threading.Barrier(2, timeout=10)  # passed only if two threads are at work at once
    who = set()
    spread(lambda _: both.wait() * 0 + 1, 2, 2, lambda _: who.add(threading.current_thread()))
    assert who == {threading.current_thread()}


def test_one_worker_starts_no_thread(monkeypatch):
    monkeypatch.setattr("simulator.engine.spread.Thread", None)
    told = []
    spread(lambda number: 1, 3, 1, told.append)
    assert told == [1, 1, 1]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_failure_on_any_thread_ends_it_and_is_raised(elsewhere):
    begun = []
    other = threading.Event()
    here = threading.current_thread()

    def work(number):
        begun.append(number)
        if (threading.current_thread() is not here) == elsewhere:
            other.set()
            raise ValueError(f"number {number}")
        other.wait(10)
        return 1

    with pytest.raises(ValueError, match="number"):
        spread(work, 1000, 2, lambda _: None)
    assert len(begun) < 1000


def test_nothing_to_do():
    spread(lambda number: 1 / 0, 0, 3, lambda _: None)


def test_an_interrupt_while_threads_start_lets_none_go_on(monkeypatch):
    """Ctrl-C between two starts: the thread already at work must not work through all there is behind our back."""
    begun, gate = [], threading.Event()

    class Interrupted(threading.Thread):
        def start(self):
            super().start()
            raise KeyboardInterrupt

    def work(number):
        begun.append(number)
        gate.wait(10)
        return 1

    monkeypatch.setattr("simulator.engine.spread.Thread", Interrupted)
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        spread(work, 1000, 3, lambda _: None)
    gate.set()
    for other in set(threading.enumerate()) - before:
        other.join(10)
    assert len(begun) <= 1


def test_a_failing_report_ends_it():
    begun = []

    def refuse(more):
        raise OSError("the terminal has gone")

    with pytest.raises(OSError, match="terminal"):
        spread(lambda number: begun.append(number) or 1, 1000, 1, refuse)
    assert begun == [0]


def test_workers_are_at_least_one():
    assert threads(3) == 3
    assert threads(None) >= 1
    for none in (0, -1, 1.5, "2"):
        with pytest.raises(ParameterError, match=f"workers must be a whole number from 1 .* not {none!r}"):
            threads(none)

"""Spreading work over threads; kernels release the GIL, so that they gain from it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from numbers import Integral
from threading import Lock, Thread

from simulator.core.errors import ParameterError


def threads(workers: int | None) -> int:
    """How many threads are meant: as many as stated, or one a core.

    Raises
    ------
    ParameterError
        If fewer than one is stated.
    """
    if workers is not None and not (isinstance(workers, Integral) and workers >= 1):
        raise ParameterError(f"workers must be a whole number from 1 (None for one a core), not {workers!r}")
    return workers or os.cpu_count() or 1


class _Numbers:
    """The numbers from 0 to ``count``, drawn one by one by several threads until one of them stops it all."""

    def __init__(self, count: int) -> None:
        self._next, self._count, self._lock = 0, count, Lock()

    def draw(self) -> int | None:
        """The next number, or ``None`` when there is no other."""
        with self._lock:
            number = self._next
            self._next += 1
        return number if number < self._count else None

    def stop(self) -> None:
        """Let nobody draw another."""
        with self._lock:
            self._next = self._count


def spread(work: Callable[[int], int], count: int, workers: int, report: Callable[[int], None]) -> None:
    """Call ``work`` with each number from 0 to ``count`` on ``workers`` threads, of which this is one.

    A pool of threads would leave this one waiting beside them: on two cores, three threads take turns. ``report`` is
    called on this thread with the sum of what calls have returned since it was last called.

    Raises
    ------
    BaseException
        What any call raises; what is under way elsewhere is finished first, and nothing else is begun.
    """
    numbers = _Numbers(count)
    done: deque[int] = deque()
    failed: deque[BaseException] = deque()

    def take_part(after: Callable[[], None]) -> None:
        try:
            while (number := numbers.draw()) is not None:
                done.append(work(number))
                after()
        except BaseException as error:  # noqa: BLE001  # raised below, on the calling thread
            numbers.stop()
            failed.append(error)

    def tell() -> None:
        report(sum(done.popleft() for _ in range(len(done))))

    others = [Thread(target=take_part, args=(lambda: None,), daemon=True) for _ in range(min(workers, count) - 1)]
    try:
        for other in others:
            other.start()
        take_part(tell)
        for other in others:
            other.join()
    finally:  # interrupted, or no thread to be had: nothing else is begun
        numbers.stop()
    if failed:
        raise failed[0]
    if done:
        tell()

"""Progress of long work: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

_SECONDS_BETWEEN_LINES = 10.0


class Progress(Protocol):
    """Receives how far each stage has come. What was done at a stage's first call does not count for its rate."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps of ``stage`` are finished."""
        ...

    def say(self, text: str) -> None:
        """What is known already, before the long work."""
        ...

    def close(self) -> None:
        """No stage is running any more."""
        ...


def reporter(quiet: bool) -> Progress:
    """What suits this standard error."""
    if quiet:
        return Silent()
    return ProgressBar() if sys.stderr.isatty() else Lines()


@contextmanager
def progressing(quiet: bool) -> Iterator[Progress]:
    """Progress of the long work of a block; it is closed however that ends, before anything else is printed."""
    progress = reporter(quiet)
    try:
        yield progress
    finally:
        progress.close()


class Silent:
    """Says nothing."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Lines:
    """One plain line when a stage ends, and every ten seconds while it lasts."""

    def __init__(self) -> None:
        self._started: dict[str, tuple[float, int]] = {}
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Write a line if one is due."""
        now = time.monotonic()
        started, before = self._started.setdefault(stage, (now, done))
        if done < total and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        spent, steps = now - started, done - before
        left = f", about {spent / steps * (total - done):.0f} s left" if steps > 0 and done < total else ""
        print(f"{stage}: {done}/{total} in {spent:.1f} s{left}", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Write it."""
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Nothing to close."""


class ProgressBar:
    """A bar with rate and time left."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: Any = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move the bar; a new stage starts a new one."""
        from tqdm import tqdm

        if stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = tqdm(total=total, initial=done, desc=stage, file=sys.stderr, leave=True)
        self._bar.update(max(done - self._bar.n, 0))

    def say(self, text: str) -> None:
        """Write it below the bar."""
        self.close()
        self._stage = ""
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the bar where it stands."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

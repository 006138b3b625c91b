"""Progress of long work: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

_SECONDS_BETWEEN_LINES = 10.0
_COMPILING: Final = "compiling kernels, once for this version: a minute or so (kept in the user's cache folder)"


class Progress(Protocol):
    """Receives how far each stage has come. What was done at a stage's first call does not count for its rate."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps of ``stage`` are finished."""
        ...

    def say(self, text: str) -> None:
        """What is known already, before the long work."""
        ...

    def compiling(self) -> None:
        """A kernel is being compiled: the step that waits for it says nothing of the rate of those to come."""
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
        with announced(progress.compiling):
            yield progress
    finally:
        progress.close()


@contextmanager
def announced(compiling: Callable[[], None]) -> Iterator[None]:
    """Call ``compiling`` whenever a kernel of ours is compiled within a block; none is that is read from the cache."""
    from numba.core import event

    class Listener(event.Listener):  # type: ignore[misc]
        def on_start(self, event: Any) -> None:
            if type(getattr(event.data["dispatcher"], "_cache", None)).__name__ == "KernelCache":
                compiling()

        def on_end(self, event: Any) -> None:
            pass

    with event.install_listener("numba:compile", Listener()):
        yield


class Silent:
    """Says nothing."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""

    def compiling(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Lines:
    """One plain line when a stage ends, and every ten seconds while it lasts."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._counted: dict[str, tuple[float, int]] = {}
        self._last = 0.0
        self._announced = self._compiled = False

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Write a line if one is due."""
        now = time.monotonic()
        started = self._started.setdefault(stage, now)
        if self._compiled or stage not in self._counted:
            self._counted[stage], self._compiled = (now, done), False
        since, before = self._counted[stage]
        if done < total and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        steps = done - before
        left = f", about {(now - since) / steps * (total - done):.0f} s left" if steps > 0 and done < total else ""
        print(f"{stage}: {done}/{total} in {now - started:.1f} s{left}", file=sys.stderr, flush=True)

    def compiling(self) -> None:
        """Say so once, and count the rate anew from the next step on."""
        self._compiled = True
        if not self._announced:
            self._announced = True
            self.say(_COMPILING)

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
        self._announced = False

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

    def compiling(self) -> None:
        """Say so once, above the bar, whose rate follows the latest steps."""
        if not self._announced:
            self._announced = True
            from tqdm import tqdm

            tqdm.write(_COMPILING, file=sys.stderr)

    def close(self) -> None:
        """Leave the bar where it stands."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

"""SIGTERM ends a command as Ctrl-C does: what is half-written goes, what can be gone on with stays."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

INTERRUPTED: Final = 130
#: 128 and the signal's number, as a shell reports it: whoever sent it sees that it was obeyed, not a user's Ctrl-C.
TERMINATED: Final = 143


class Terminated(KeyboardInterrupt):
    """The process was asked to end."""


@contextmanager
def unwinding() -> Iterator[None]:
    """Raise :class:`Terminated` on SIGTERM, once; a second one does not disturb the tidying up.

    A handler that is there already, or that is told to ignore it, is left alone.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminated(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def stopped(error: KeyboardInterrupt) -> tuple[str, int]:
    """What to say of an interruption, and the exit status."""
    return ("terminated", TERMINATED) if isinstance(error, Terminated) else ("interrupted", INTERRUPTED)

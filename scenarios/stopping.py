"""SIGTERM ends a command as Ctrl-C does: what is half-written goes, what can be gone on with stays."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

INTERRUPTED: Final = 130
#: 128 and the signal's number, as a shell reports it: whoever sent it sees that it was obeyed, not a user's Ctrl-C.
TERMINATED: Final = 143
_before: Final[dict[Path, int]] = {}  # targets of this command, and which folder lay there (0: none)


class Terminated(KeyboardInterrupt):
    """The process was asked to end."""


@contextmanager
def unwinding() -> Iterator[None]:
    """Raise :class:`Terminated` on SIGTERM, once; a second one does not disturb the tidying up.

    A handler that is there already, or that is told to ignore it, is left alone.
    """
    _before.clear()
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


def awaiting(target: Path) -> None:
    """Remember what lies where a command is going to write."""
    _before.setdefault(target.absolute(), _identity(target))


def left() -> str:
    """What an interrupted command has written: a folder is there whole or not at all."""
    there = [target for target, before in _before.items() if _identity(target) not in (before, 0)]
    return f"{there[0]} was written" if there else "nothing was written"


def _identity(folder: Path) -> int:
    try:
        return folder.stat().st_ino
    except OSError:
        return 0

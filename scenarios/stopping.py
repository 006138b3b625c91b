"""SIGTERM ends a command as Ctrl-C does: what is half-written goes, what can be gone on with stays."""

from __future__ import annotations

import _thread
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

INTERRUPTED: Final = 130
#: 128 and the signal's number, as a shell reports it: whoever sent it sees that it was obeyed, not a user's Ctrl-C.
TERMINATED: Final = 143
_AGAIN_SECONDS: Final = 0.02
_waiting: Final[list[threading.Timer]] = []  # signals that come again
_before: Final[dict[Path, int]] = {}  # targets of this command, and which folder lay there (0: none)


class Terminated(KeyboardInterrupt):
    """The process was asked to end."""


@contextmanager
def unwinding() -> Iterator[None]:
    """Raise :class:`Terminated` on SIGTERM, once; a second one does not disturb the tidying up.

    It and Ctrl-C wait where what they raise would be lost: in callbacks of the compiler of kernels and of the garbage
    collector. A handler that is there already, or that is told to ignore it, is left alone.
    """
    _before.clear()
    own = {}
    if threading.current_thread() is threading.main_thread():
        own = {sent: default for sent, (default, _) in _HANDLERS.items() if signal.getsignal(sent) == default}
    for sent in own:
        signal.signal(sent, _HANDLERS[sent][1])
    try:
        yield
    finally:
        for waiting in _waiting:
            waiting.cancel()  # the command has ended before
        _waiting.clear()
        for sent, default in own.items():
            signal.signal(sent, default)


def _terminated(sent: int, frame: FrameType | None) -> None:
    if _waits(sent, frame):
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def _interrupted(sent: int, frame: FrameType | None) -> None:
    if not _waits(sent, frame):
        raise KeyboardInterrupt


_HANDLERS: Final = {
    signal.SIGTERM: (signal.SIG_DFL, _terminated),
    signal.SIGINT: (signal.default_int_handler, _interrupted),
}


def _waits(sent: int, frame: FrameType | None) -> bool:
    """Whether nothing can be raised here; the signal then comes again.

    Python only prints what is raised in a callback of C or of its garbage collector, and goes on. LLVM hands over the
    machine code of a kernel in one, which is also where a signal that came while it compiled is heard first.
    """
    if not any(_loses_errors(above) for above, _ in traceback.walk_stack(frame)):
        return False
    again = threading.Timer(_AGAIN_SECONDS, _send, [sent])
    again.daemon = True
    again.start()
    _waiting.append(again)
    return True


def _send(sent: int) -> None:
    """Send the main thread a signal: one that ends what it waits for, where the system has such."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, sent)
    else:
        _thread.interrupt_main(signal.Signals(sent))


def _loses_errors(frame: FrameType) -> bool:
    name, module = frame.f_code.co_name, frame.f_globals.get("__name__")
    return name == "__del__" or name.startswith("_raw_object_cache_") or module in ("weakref", "_weakrefset")


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

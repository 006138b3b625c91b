"""A command in a forked child that kills itself at one of its file operations.

Operations are what Python's audit events name (openings for writing, renames, removals, folders made and removed), just
before they happen; every write through the product's one door (``simulator/core/files.py``) when it is half done; and
every flush to the disk. A child has everything imported and compiled already, so that it takes a fraction of a second.
"""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from scenarios.stopping import INTERRUPTED

_EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"}
_SENT = {signal.SIGINT, signal.SIGTERM}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Operations:
    """Counts the operations below a folder, and dies at one of them (at none for 0)."""

    def __init__(self, root: Path, last: int) -> None:
        self.root, self.last, self.count = str(root.resolve()), last, 0

    def step(self, half_done: Callable[[], object] | None = None) -> None:
        """Count one; if it is the last, leave it half done and die."""
        self.count += 1
        if self.count == self.last:
            if half_done is not None:
                half_done()
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, event: str, values: tuple[Any, ...]) -> None:
        """Hear an audit event."""
        if event in _EVENTS or (event == "open" and _is_writing(values[1], values[2])):
            path = values[0]
            # names within a tree that is being removed are relative to an open folder
            if isinstance(path, str | bytes | os.PathLike) and self._is_below(os.fsdecode(path)):
                self.step()

    def _is_below(self, path: str) -> bool:
        return not Path(path).is_absolute() or path.startswith(self.root)

    def install(self) -> None:
        """Watch this process from now on."""
        from simulator.core import files

        files._opened = self._opened
        os.fsync = self._between(os.fsync)
        sys.addaudithook(self.watch)

    def _opened(self, path: Path) -> BinaryIO:
        from simulator.core import files

        files._check(path)
        return _Watched(self, path)

    def _between(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def calling(*values: Any, **more: Any) -> Any:
            self.step()
            made = call(*values, **more)
            self.step()
            return made

        return calling


class _Watched(io.BufferedWriter):
    """An open file, each write to which is an operation that may end half done."""

    def __init__(self, operations: Operations, path: Path) -> None:
        super().__init__(io.FileIO(path, "wb"))
        self._operations = operations

    def write(self, content: Any) -> int:
        """Write it all, or half of it and die."""
        self._operations.step(lambda: self._half(content))
        return super().write(content)

    def _half(self, content: Any) -> None:
        super().write(memoryview(content)[: len(content) // 2])
        self.flush()


def _is_writing(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITES)


def forked(words: Sequence[str], root: Path, log: Path, last: int = 0) -> tuple[int, int]:
    """Carry out a command in a child; return its exit status (-9 if it was killed) and the operations it took."""
    child, pipe = _begun(words, Operations(root, last), log)
    with os.fdopen(pipe) as told:
        count = told.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(count or 0)


def signalled(words: Sequence[str], root: Path, log: Path, sent: int, seconds: float) -> int:
    """Carry out a command in a child that gets a signal after some seconds; return its exit status."""
    child, pipe = _begun(words, Operations(root, 0), log)
    with os.fdopen(pipe) as told:
        if not select.select([told], [], [], seconds)[0]:
            os.kill(child, sent)
        told.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _begun(words: Sequence[str], operations: Operations, log: Path) -> tuple[int, int]:
    """A child that carries out a command, and a pipe on which it tells how many operations that took.

    Signals wait until the command begins: one that is sent at once reaches it, not what leads to it.
    """
    reading, writing = os.pipe()
    open_to = signal.pthread_sigmask(signal.SIG_BLOCK, _SENT)
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os._exit(_answer(words, operations, log, writing, open_to))
        finally:
            os._exit(INTERRUPTED)  # after the command had ended: a child must not come back into the parent's stack
    signal.pthread_sigmask(signal.SIG_SETMASK, open_to)
    os.close(writing)
    return child, reading


def _answer(words: Sequence[str], operations: Operations, log: Path, pipe: int, open_to: set[int]) -> int:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    try:
        from scenarios.cli import main

        operations.install()
        signal.pthread_sigmask(signal.SIG_SETMASK, open_to)
        status = main(words)
        signal.pthread_sigmask(signal.SIG_BLOCK, _SENT)
        sys.stdout.flush()
    except KeyboardInterrupt:  # before the command could hear it, or after
        status = INTERRUPTED
    except BaseException:  # noqa: BLE001 - a child must not come back into the parent's stack
        traceback.print_exc()
        status = 99
    os.write(pipe, str(operations.count).encode())
    return status

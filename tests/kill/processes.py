"""Processes below another and those of a round, as Linux tells of them in ``/proc``."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

#: What the command lines of workers hold, by backend: of joblib, of Dask, of Ray (which has agents of its own, too).
WORKERS = {"processes": (b"popen_loky",), "dask": (b"spawn_main",), "ray": (b"ray::_answer", b"ray::IDLE")}


def below(pid: int) -> list[int]:
    """The processes begun by one, and by these, the last begun first."""
    children = []
    for task in Path("/proc").glob(f"{pid}/task/*/children"):  # any of its threads may have begun one
        try:
            children += [int(pid) for pid in task.read_text().split()]
        except OSError:
            continue
    return [*(deeper for child in reversed(children) for deeper in below(child)), *reversed(children)]


def works(pid: int) -> bool:
    """Whether a process is there and not only waits to be forgotten by the one that began it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def workers(pid: int, backend: str) -> list[int]:
    """Those of a backend below a process."""
    return [one for one in below(pid) if any(name in _read(one, "cmdline") for name in WORKERS[backend])]


def marked(word: str) -> list[int]:
    """Every working process that was begun with a word in its environment."""
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [pid for pid in pids if works(pid) and word.encode() in _read(pid, "environ")]


def kill(pids: list[int]) -> None:
    """SIGKILL to each that is still there."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def within(seconds: float, holds: Callable[[], bool], step: float = 0.05) -> bool:
    """Whether something comes about in so many seconds."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(step)
    return holds()


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""

"""Tear-sheets in processes of their own: a sheet takes a second, and they are independent.

The parent starts early, so that QuantStats is imported while signals are still being computed, and hands over pickled
:class:`TearSheet` (``number``, ``job``, ``page``: one tab-separated line on standard input). On Linux one process
imports, which takes as long as two sheets, and copies itself for each sheet; elsewhere, where copies of a process are
not safe with all libraries, there are several that draw one sheet after the other. Each line is answered with its
number and ``ok``, or the error.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import shutil
import signal
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from .tearsheet import TearSheet, write_tearsheet

_COPIED: Final = sys.platform == "linux"
_GONE: Final = -1  # what a process that ends answers, whatever it was asked


class SheetWorkers:
    """Processes that draw ``count`` sheets at a time (none for a ``count`` of 0); use as a context manager."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._temporary = folder / ".tmp"  # of libraries: a killed worker cannot remove its own
        self._temporary.mkdir()
        processes, copies = (min(count, 1), count) if _COPIED else (count, 0)
        self._workers = [_start(self._temporary, copies) for _ in range(processes)]
        self._answers: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._waiting: dict[int, str] = {}  # names of sheets by number
        for worker in self._workers:
            threading.Thread(target=self._listen, args=(worker,), daemon=True).start()

    def _listen(self, worker: subprocess.Popen[str]) -> None:
        assert worker.stdout is not None  # opened as a pipe
        for line in worker.stdout:
            number, _, answer = line.strip().partition("\t")
            self._answers.put((int(number), answer))
        worker.stdout.close()
        self._answers.put((_GONE, ""))

    def __enter__(self) -> SheetWorkers:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        for worker in self._workers:
            if kind is not None:
                _end(worker)
        self._close()
        for worker in self._workers:
            worker.wait()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _close(self) -> None:
        """Tell all workers that no sheet follows."""
        for worker in self._workers:
            if worker.stdin is not None:
                worker.stdin.close()

    def submit(self, name: str, sheet: TearSheet, page: Path) -> None:
        """Hand a sheet to the next worker."""
        number = len(self._waiting)
        job = self._folder / f".job-{number}.pickle"
        job.write_bytes(pickle.dumps(sheet))
        stdin = self._workers[number % len(self._workers)].stdin
        assert stdin is not None  # opened as a pipe
        self._waiting[number] = name
        stdin.write(f"{number}\t{job}\t{page}\n")
        stdin.flush()

    def finished(self) -> int:
        """Sheets that are ready and have not been asked for."""
        return self._answers.qsize()

    def results(self) -> Iterator[str]:
        """Each sheet's name as it is ready, until all are; raise if one failed. No other can be submitted."""
        self._close()
        alive = len(self._workers)
        while self._waiting:
            number, answer = self._answers.get()
            if number == _GONE:
                alive -= 1
                if alive:
                    continue  # of those that are left to wait for
                number = next(iter(self._waiting))
            name = self._waiting.pop(number)
            if answer != "ok":
                raise RuntimeError(f"tear-sheet of {name!r} failed: {answer or 'its process ended'}")
            yield name


def _start(temporary: Path, copies: int) -> subprocess.Popen[str]:
    home = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-c", f"from reports.worker import serve; serve({copies})"]
    environment = {**os.environ, "PYTHONPATH": path, "MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore"}
    environment["TMPDIR"] = str(temporary.resolve())
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        command,
        start_new_session=True,  # Ctrl-C reaches the parent, which ends its workers
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
    )


def _end(worker: subprocess.Popen[str]) -> None:
    """Kill a worker and its copies, which are in its process group."""
    if _COPIED:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
    else:
        worker.kill()


def serve(copies: int) -> None:
    """Write sheets until standard input ends, in up to ``copies`` copies of this process; in itself for none."""
    if copies:
        gc.disable()  # what a sheet leaves behind goes with its copy
    answers, sys.stdout = sys.stdout.fileno(), sys.stderr  # what libraries print is not an answer
    _without_network()
    import quantstats  # noqa: F401 - its import is the slow part

    drawn: dict[int, int] = {}  # numbers of sheets by the process that draws them
    for line in sys.stdin:
        number, job, page = line.rstrip("\n").split("\t")
        if not copies:
            _answer(answers, int(number), _draw(Path(job), Path(page)))
            continue
        if len(drawn) == copies:
            _wait(answers, drawn)
        drawn[_copy(answers, int(number), Path(job), Path(page))] = int(number)
    while drawn:
        _wait(answers, drawn)


def _without_network() -> None:
    """Let this process have no yfinance and no widgets: no sheet downloads or asks, and importing them takes 0.3 s."""
    sys.modules["yfinance"] = types.ModuleType("yfinance")  # quantstats imports it, whatever it is used for
    sys.modules["ipywidgets"] = None  # type: ignore[assignment]  # seaborn goes without


def _copy(answers: int, number: int, job: Path, page: Path) -> int:
    """Draw a sheet in a copy of this process, which answers and ends; the copy's process number."""
    process = os.fork()
    if process:
        return process
    try:
        _answer(answers, number, _draw(job, page))
    except BaseException:  # noqa: BLE001 - the copy must not go on as if it were the original
        os._exit(1)
    os._exit(0)


def _wait(answers: int, drawn: dict[int, int]) -> None:
    """Wait until one of the copies has ended, and answer for it where it could not."""
    process, status = os.wait()
    number = drawn.pop(process)
    if status:
        _answer(answers, number, f"its process ended ({os.waitstatus_to_exitcode(status)})")


def _draw(job: Path, page: Path) -> str:
    """Write a sheet; ``ok``, or what went wrong."""
    try:
        write_tearsheet(pickle.loads(job.read_bytes()), page)  # noqa: S301 - written by our parent
        job.unlink()
    except Exception as error:  # noqa: BLE001 - passed to the parent, which raises
        return f"{type(error).__name__}: {error}".replace("\n", " ")
    return "ok"


def _answer(answers: int, number: int, answer: str) -> None:
    os.write(answers, f"{number}\t{answer}"[:1000].encode() + b"\n")  # short enough to be written in one piece

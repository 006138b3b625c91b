"""Tear-sheets in processes of their own: a sheet takes seconds, and they are independent.

The parent starts workers early, so that they import QuantStats while signals are still being computed, and hands
each a pickled :class:`TearSheet` (``job``, ``page``: one tab-separated line on its standard input). The worker
answers each line with ``ok``, or with the error.
"""

from __future__ import annotations

import os
import pickle
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from .tearsheet import TearSheet, write_tearsheet


class SheetWorkers:
    """A few worker processes (none for a ``count`` of 0); use as a context manager."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._temporary = folder / ".tmp"  # of libraries: a killed worker cannot remove its own
        self._temporary.mkdir()
        self._workers = [_start(self._temporary) for _ in range(count)]
        self._answers: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._names: list[list[str]] = [[] for _ in self._workers]
        self._jobs = 0
        for number, worker in enumerate(self._workers):
            threading.Thread(target=self._listen, args=(number, worker), daemon=True).start()

    def _listen(self, number: int, worker: subprocess.Popen[str]) -> None:
        assert worker.stdout is not None  # opened as a pipe
        for line in worker.stdout:
            self._answers.put((number, line.strip()))
        worker.stdout.close()
        self._answers.put((number, ""))

    def __enter__(self) -> SheetWorkers:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        for worker in self._workers:
            if kind is not None:
                worker.kill()
            if worker.stdin is not None:
                worker.stdin.close()
            worker.wait()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def submit(self, name: str, sheet: TearSheet, page: Path) -> None:
        """Hand a sheet to the next worker."""
        number = self._jobs % len(self._workers)
        job = self._folder / f".job-{self._jobs}.pickle"
        job.write_bytes(pickle.dumps(sheet))
        stdin = self._workers[number].stdin
        assert stdin is not None  # opened as a pipe
        stdin.write(f"{job}\t{page}\n")
        stdin.flush()
        self._jobs += 1
        self._names[number].append(name)

    def finished(self) -> int:
        """Sheets that are ready and have not been asked for."""
        return self._answers.qsize()

    def results(self) -> Iterator[str]:
        """Each sheet's name as it is ready, until all are; raise if one failed."""
        for _ in range(self._jobs):
            number, answer = self._answers.get()
            name = self._names[number].pop(0)
            if answer != "ok":
                raise RuntimeError(f"tear-sheet of {name!r} failed: {answer or 'its process ended'}")
            yield name
        self._jobs = 0


def _start(temporary: Path) -> subprocess.Popen[str]:
    home = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-c", "from reports.worker import serve; serve()"]
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


def serve() -> None:
    """Write sheets until standard input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print is not an answer
    import quantstats  # noqa: F401 - its import is the slow part

    for line in sys.stdin:
        job, page = line.rstrip("\n").split("\t")
        try:
            source = Path(job)
            write_tearsheet(pickle.loads(source.read_bytes()), Path(page))  # noqa: S301 - written by our parent
            source.unlink()
            answer = "ok"
        except Exception as error:  # noqa: BLE001 - passed to the parent, which raises
            answer = f"{type(error).__name__}: {error}".replace("\n", " ")
        answers.write(answer + "\n")
        answers.flush()

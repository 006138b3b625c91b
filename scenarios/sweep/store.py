"""The work folder of a sweep: a plan, and every finished chunk. What is there survives a kill at any moment."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reports.files import as_json
from reports.sweep import METRICS
from simulator.core.errors import ScenarioError
from simulator.core.files import FULL, make_folder, write_whole
from simulator.core.folders import MARKER, Mark, read_mark, write_mark
from simulator.core.names import quoted
from simulator.core.types import FloatArray

from .chunks import Chunk

#: Of the folder that a finished sweep leaves.
KIND: Final = "sweep"
#: Of the folder in which its chunks wait.
WORK: Final = "sweep in progress"
_PLAN: Final = "plan.json"
_LOCK: Final = "lock"
_REPORT: Final = "report"
#: What a shard was asked for.
ASKED: Final = "asked.json"
_OURS: Final = re.compile(
    rf"({re.escape(MARKER)}|{_PLAN}|{ASKED}|chunk-\d+(-[0-9a-f]+)?\.parquet)(\.part)?|{_LOCK}|{_REPORT}"
)
_OTHER: Final = {
    "paths": "other paths",
    "chunk": "another chunk size",
    "data": "other data",
    "code": "another version of the code",
}


def work_folder(out: Path) -> Path:
    """Where the finished chunks of a sweep wait until all of them are there."""
    return out.with_name(f"{out.name}.work")


class Store:
    """An open work folder; use as a context manager.

    Parameters
    ----------
    folder
        The folder, made if missing.
    fingerprint
        What the sweep is made from, a hash for each part.
    restart
        Whether to throw away what another sweep has left.
    keep
        Whether the folder stays although no chunk has come into it.

    Raises
    ------
    ScenarioError
        If the folder holds another sweep or another process writes to it.
    """

    def __init__(self, folder: Path, fingerprint: Mapping[str, str], restart: bool = False, keep: bool = False) -> None:
        self.folder, self._keep = folder, keep
        self._place = as_json(dict(fingerprint))
        self._made = [parent for parent in folder.absolute().parents if not parent.exists()]
        _check_ours(folder)
        make_folder(folder)
        if read_mark(folder) is None:
            write_mark(folder, Mark(WORK))
        self._lock = _locked(folder)
        try:
            if restart:
                _clear(folder)
            self._begin(fingerprint)
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()
        if self._keep or not self.folder.exists() or any(self.folder.glob("chunk-*.parquet")):
            return
        self.discard()  # nothing in it is worth keeping
        for parent in self._made:  # innermost first
            if not any(parent.iterdir()):
                parent.rmdir()

    def _begin(self, fingerprint: Mapping[str, str]) -> None:
        plan = self.folder / _PLAN
        for left in self.folder.glob("*.part"):
            left.unlink()
        if plan.exists():
            changed = differences(_read_plan(plan), fingerprint)
            if changed:
                raise ScenarioError(
                    f"{self.folder} holds an unfinished sweep with {listed(changed)}: "
                    "--restart begins anew, another --out keeps both"
                )
        else:
            write_whole(plan, as_json(dict(fingerprint)), lasting=True)

    def finished(self, chunks: Sequence[Chunk]) -> set[int]:
        """Numbers of the chunks that are there, each as it was written and in its own place.

        Raises
        ------
        ScenarioError
            If one is not.
        """
        there = set()
        for chunk in chunks:
            for path in self._there.get(chunk.number, ()):
                self._content(chunk, path)
                there.add(chunk.number)
        return there

    def write(self, chunk: Chunk, figures: FloatArray) -> None:
        """Keep a chunk's (jobs, paths, metrics)."""
        jobs, paths = np.meshgrid(np.array(chunk.jobs), np.array(chunk.paths), indexing="ij")
        columns: dict[str, Any] = {"job": jobs.ravel().astype(np.int32), "path": paths.ravel().astype(np.int32)}
        columns |= {metric.name: figures[:, :, number].ravel() for number, metric in enumerate(METRICS)}
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(columns), sink, compression="zstd")
        content = sink.getvalue().to_pybytes()
        path = self.folder / self._name(chunk, content)
        write_whole(path, content, lasting=True)
        self._there.setdefault(chunk.number, []).append(path)

    def read(self, chunk: Chunk) -> FloatArray:
        """(jobs, paths, metrics) of a finished chunk. Each metric is in its own unit; NaN where undefined."""
        path = self._there[chunk.number][0]
        try:
            table = pq.read_table(pa.BufferReader(self._content(chunk, path)))
            flat = np.stack([table[metric.name].to_numpy() for metric in METRICS], axis=-1)
            figures: FloatArray = flat.reshape(len(chunk.jobs), len(chunk.paths), len(METRICS))
        except (OSError, pa.ArrowInvalid, KeyError, ValueError) as error:
            raise ScenarioError(f"{path} is damaged ({type(error).__name__}); delete it and start again") from None
        return figures

    @cached_property
    def _there(self) -> dict[int, list[Path]]:
        """Where chunks lie, by their numbers: the folder is looked through once, however many there are."""
        found: dict[int, list[Path]] = {}
        for path in sorted(self.folder.glob("chunk-*.parquet")):
            found.setdefault(int(path.name.split("-")[1].partition(".")[0]), []).append(path)
        return found

    def _content(self, chunk: Chunk, path: Path) -> bytes:
        content = path.read_bytes()
        if path.name != self._name(chunk, content):
            raise ScenarioError(
                f"{path} is damaged, or not in its place (its digest differs); delete it and start again"
            )
        return content

    def _name(self, chunk: Chunk, content: bytes) -> str:
        """Of a chunk's file: with a digest of the sweep, of the chunk's place in it and of the content."""
        found = hashlib.sha256(f"{self._place}{chunk}\n".encode())
        found.update(content)
        return f"chunk-{chunk.number:06d}-{found.hexdigest()}.parquet"

    def discard(self) -> None:
        """Remove the folder."""
        discard(self.folder)


def discard(folder: Path) -> None:
    """Remove a work folder if it is one; of what else lies in it nothing.

    Chunks go first and the marker last, so that a kill leaves a folder that a sweep can go on from.
    """
    if folder.is_symlink() or not folder.is_dir():
        return
    mark = read_mark(folder)
    begun = set(_names(folder)) <= {f"{MARKER}.part"}  # just being made, or all but removed
    if not begun and (mark is None or mark.kind != WORK):
        return
    _clear(folder)
    for name in (_LOCK, MARKER):
        if set(_names(folder)) <= {_LOCK, MARKER}:
            (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


@contextmanager
def roomy(folder: Path) -> Iterator[None]:
    """Say of a disk that has filled up what is kept in a work folder, and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        kept = "; what is finished is kept there, and the same command goes on from it" if folder.exists() else ""
        said = (error.strerror or str(error)).lower()
        raise ScenarioError(f"{folder}: {said}; make room, or choose another place with --out{kept}") from None


def _read_plan(plan: Path) -> dict[str, str]:
    """What an unfinished sweep is made from; raise :class:`ScenarioError` unless it is as a sweep writes it."""
    try:
        told = json.loads(plan.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not all(isinstance(line, str) for line in told.values()):
        raise ScenarioError(f"{plan}: is damaged, so nothing tells what its chunks belong to; --restart begins anew")
    return told


def opened_plan(folder: Path) -> dict[str, str]:
    """What the unfinished sweep in a folder is made from; nothing where it has not begun."""
    _check_ours(folder)
    plan = folder / _PLAN
    return _read_plan(plan) if plan.exists() else {}


def _check_ours(folder: Path) -> None:
    """Raise unless a work folder is missing, empty, or ours and nothing else's."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ScenarioError(f"{folder}: this folder is needed for the sweep, but a file has its name; move it")
    there = _names(folder) if folder.exists() else []
    mark = read_mark(folder)
    if there and (mark is None or mark.kind != WORK) and not set(there) <= {MARKER, f"{MARKER}.part"}:
        raise ScenarioError(
            f"{folder}: this folder is needed for the sweep, but is not one that this version made; move it away"
        )
    strange = [name for name in there if not _OURS.fullmatch(name)]
    if strange:
        raise ScenarioError(f"{folder}: holds {quoted(strange[0])}, which no sweep wrote; move it away")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _clear(folder: Path) -> None:
    """Remove the plan, chunks and unfinished report of a work folder."""
    for name in _names(folder):  # chunks before the plan
        if not _OURS.fullmatch(name) or name in (_LOCK, MARKER):
            continue
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The parts in which two fingerprints differ."""
    return [name for name in dict.fromkeys([*now, *before]) if before.get(name) != now.get(name)]


def listed(parts: Sequence[str]) -> str:
    """The parts for people to read."""
    return " and ".join(_OTHER.get(part, f"another {part}") for part in parts)


def _locked(folder: Path) -> IO[bytes]:
    """An open file that only one process holds; the system lets go of it when the process ends, however it ends."""
    lock = (folder / _LOCK).open("wb")
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise ScenarioError(
                f"{folder}: another sweep is writing here; wait for it or choose another --out"
            ) from None
    return lock

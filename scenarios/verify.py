"""Whether an output folder is as it was written: ``manifest.json`` has the SHA-256 of every file, and of itself."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from reports.files import as_json
from simulator.core.errors import DataError, ScenarioError
from simulator.core.files import inside, write_whole
from simulator.core.folders import MARKER, Mark, cut_short, ended, mark_text, read_mark, seal, strangers, write_mark

MANIFEST: Final = "manifest.json"


def complete(folder: Path, kind: str) -> None:
    """Write the digests of everything in a folder into its manifest, the last file that is written there.

    Parameters
    ----------
    folder
        With everything in it, a manifest too.
    kind
        What the folder is, for its marker.
    """
    path = folder / MANIFEST
    told = json.loads(path.read_text(encoding="utf-8"))
    told.pop("sha256", None)
    seal(folder, kind)
    told["files"] = {name: _digest(folder / name) for name in _files(folder)}
    write_whole(path, _sealed(told))


def complete_sheet(folder: Path, whole: bool) -> None:
    """End the writing of a tear-sheet: with its digests in the manifest, if the folder was whole before.

    The marker comes last: until then, what a kill leaves is known as a sheet cut short, which the next takes back.
    """
    mark = read_mark(folder)
    if mark is None:
        raise ScenarioError(f"{folder}: {MARKER} is missing or damaged")
    final = ended(mark)
    if whole:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        told.pop("sha256", None)
        told["files"] = {name: _digest(folder / name) for name in _files(folder)}
        told["files"][MARKER] = hashlib.sha256(mark_text(final).encode()).hexdigest()
        write_whole(folder / MANIFEST, _sealed(told))
    write_mark(folder, final)


def faults(folder: Path) -> list[str]:
    """A line for each file that is missing, changed or was not written by us; none for a whole folder.

    Raises
    ------
    ScenarioError
        If it is no finished output folder.
    """
    if not folder.is_dir():
        raise ScenarioError(f"{folder}: no such folder; name the output folder of a run, sweep, audit or study")
    mark, told = read_mark(folder), _manifest(folder)
    if told is None and _is_saved(folder, mark):
        return _saved(folder)
    if mark is None and told is None:
        raise ScenarioError(f"{folder}: is no output folder of this version (no {MARKER}, no {MANIFEST} with digests)")
    if mark is not None and mark.pid is not None:
        raise ScenarioError(f"{folder}: is still being written, or its process was killed")
    return list(_found(folder, mark, told))


def _is_saved(folder: Path, mark: Mark | None) -> bool:
    """Whether it is, or was, a saved forecast, whose manifest is of its own kind."""
    from signals.stress.saved.folder import FORMAT, KIND

    try:
        held = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        held = None
    return (mark is not None and mark.kind == KIND) or (isinstance(held, dict) and held.get("format") == FORMAT)


def _saved(folder: Path) -> list[str]:
    """What whoever reads a saved forecast would refuse it for, and what was not saved with it."""
    from signals.stress.saved.folder import read

    try:
        facts, _ = read(folder)
    except DataError as error:
        return [str(error).removeprefix(f"{folder}{os.sep}").removeprefix(f"{folder}: ")]
    ours = {*facts["files"], MANIFEST, MARKER}
    return [f"{name}: was not saved with the forecast" for name in _files(folder) if name not in ours]


def is_whole(folder: Path) -> bool:
    """Whether a folder is finished and as it was written."""
    try:
        return not faults(folder)
    except ScenarioError:
        return False


def check_file(folder: Path, name: str) -> None:
    """Raise :class:`ScenarioError` if one file of a finished folder is not as its manifest says."""
    told = _manifest(folder)
    wrong = f"{MANIFEST}: is not as it was written" if told is None else _fault(folder, name, told["files"].get(name))
    if wrong:
        raise ScenarioError(f"{folder}: {wrong}")


def check_sources(folder: Path) -> None:
    """Raise :class:`ScenarioError` if a figure that tear-sheets are made of is not as the manifest says.

    A folder without digests, or none of ours, is for others to judge.
    """
    told = _manifest(folder)
    for name in () if told is None else told["files"]:
        if name == "metrics.json" or name.startswith("ledger/"):
            check_file(folder, name)


def _found(folder: Path, mark: Mark | None, told: Mapping[str, Any] | None) -> Iterator[str]:
    if mark is None:
        yield f"{MARKER}: is missing or damaged"
    else:
        sheets = [name for name in cut_short(mark) if name.startswith("tearsheets/")]
        yield from (f"{name}: was cut short; undertow tearsheet writes it again" for name in sheets)
        yield from (f"{name}: was not written by the {mark.kind} that is here" for name in strangers(folder, mark))
    if told is None:
        yield f"{MANIFEST}: is missing, or not as it was written"
        return
    for name, expected in told["files"].items():
        wrong = _fault(folder, name, expected)
        if wrong:
            yield wrong


def _fault(folder: Path, name: str, expected: object) -> str:
    path = inside(folder, name)
    if not path.is_file():
        return f"{name}: is missing"
    try:
        return "" if _digest(path) == expected else f"{name}: is not as it was written (its digest differs)"
    except OSError as error:
        return f"{name}: cannot be read ({error.strerror})"


def _manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest, if it is as it was written."""
    try:
        raw = (folder / MANIFEST).read_text(encoding="utf-8")
        told = json.loads(raw)
    except (OSError, ValueError, RecursionError):
        return None
    if not (isinstance(told, dict) and isinstance(told.get("files"), dict) and isinstance(told.get("sha256"), str)):
        return None
    sealed = {key: value for key, value in told.items() if key != "sha256"}
    return told if raw == _sealed(sealed) else None


def _sealed(told: Mapping[str, Any]) -> str:
    """The manifest as text, with a digest of itself."""
    return as_json({**told, "sha256": hashlib.sha256(as_json(dict(told)).encode()).hexdigest()})


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != MANIFEST)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

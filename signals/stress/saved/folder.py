"""A folder of files under a manifest that has the digest of each: it is read whole and unchanged, or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from simulator.core.errors import DataError
from simulator.core.files import write as write_file
from simulator.core.folders import MARKER, Mark, mark_text, staged

from .shape import check_shape

MANIFEST: Final = "manifest.json"
FORMAT: Final = "undertow forecast"
#: In the marker of the folder (``simulator.core.folders``).
KIND: Final = "saved forecast"
VERSION: Final = 1


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def write(folder: Path, facts: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write files and a manifest of ``facts`` to a folder that appears whole or not at all.

    Raises
    ------
    DataError
        If there is something else of that name, or it cannot be written.
    """
    whole = {**facts, "format": FORMAT, "version": VERSION, "files": {name: digest(files[name]) for name in files}}
    try:
        with staged(folder, KIND) as stage:
            for name, content in files.items():
                write_file(stage / name, content)
            write_file(stage / MANIFEST, _sealed(whole))
    except OSError as error:
        raise DataError(f"{folder}: cannot be written: {error.strerror}") from error


def read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the files it lists, each as it was written.

    Raises
    ------
    DataError
        If there is no such folder, it is of another format or version, or a file is missing or changed.
    """
    facts = read_manifest(folder)
    files = {}
    for name, expected in facts["files"].items():
        if Path(name).name != name:
            raise DataError(f"{folder}: the manifest names {name!r}, which is no file of this folder")
        files[name] = _content(folder, name)
        if digest(files[name]) != expected:
            raise DataError(f"{folder / name}: is not as it was saved (its digest differs); save the forecast anew")
    _check_marker(folder, files)
    return facts, files


def _check_marker(folder: Path, names: Collection[str]) -> None:
    """Raise unless the marker is the one of these files."""
    listed = Mark(KIND, tuple(sorted({*names, MANIFEST} - {MARKER})))
    if _content(folder, MARKER) != mark_text(listed).encode():
        raise DataError(f"{folder / MARKER}: is not as it was saved; save the forecast anew")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest alone, as it was written; its ``sha256`` stands for the whole folder.

    Raises
    ------
    DataError
        If there is no such folder, it is of another format or version, or the manifest is missing or changed.
    """
    raw = _content(folder, MANIFEST)
    where = folder / MANIFEST
    try:
        facts = json.loads(raw)
    except ValueError:
        raise DataError(f"{where}: is damaged (it is no JSON); save the forecast anew") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise DataError(f"{where}: is not the manifest of a saved forecast")
    if facts.get("version") != VERSION:
        raise DataError(f"{where}: has format version {facts.get('version')!r}, this version reads {VERSION}")
    sealed = {name: value for name, value in facts.items() if name != "sha256"}
    if raw != _sealed(sealed):
        raise DataError(f"{where}: is not as it was saved (its digest differs); save the forecast anew")
    check_shape(facts, folder)
    return facts


def _content(folder: Path, name: str) -> bytes:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise DataError(f"{folder}: {name} is missing; save the forecast anew") from None
    except OSError as error:
        raise DataError(f"{folder / name}: cannot be read: {error.strerror}") from error


def _sealed(facts: Mapping[str, Any]) -> bytes:
    """The manifest as bytes, with a digest of itself."""
    return _written({**facts, "sha256": digest(_written(facts))})


def _written(facts: Mapping[str, Any]) -> bytes:
    return (json.dumps(facts, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()

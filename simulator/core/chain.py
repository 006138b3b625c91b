"""Chains of records: JSON lines, each with the hash of the one before, so that no line can be changed quietly.

A line that was changed, removed, added in between or moved no longer fits its neighbours. Lines cut off the end leave a
chain that is whole in itself: that shows only against the hash of the last line, the head, kept somewhere else.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

#: What the first line names as the hash of the one before.
GENESIS: Final = "0" * 64
Kind = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    """Whether a value is text."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """Whether a value is a number, of a size that arithmetic can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def are_texts(value: Any) -> bool:
    """Whether a value is a list of texts."""
    return isinstance(value, list) and all(map(is_text, value))


def are_numbers(value: Any) -> bool:
    """Whether a value is a table of numbers by name."""
    return isinstance(value, dict) and all(map(is_number, value.values()))


#: What every line has besides what it says, and of what kind.
LINKS: Final[Mapping[str, Kind]] = {"number": is_number, "previous": is_text, "hash": is_text}


def line_of(told: Mapping[str, Any]) -> str:
    """A record as the one line that stands for it, without its end."""
    return json.dumps(dict(told), sort_keys=True, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)


def linked(told: Mapping[str, Any], number: int, previous: str) -> dict[str, Any]:
    """A record as the ``number``-th of a chain, after the one with the hash ``previous``."""
    whole = {**told, "number": number, "previous": previous}
    return {**whole, "hash": _hash(whole)}


def faults(content: bytes, keys: Mapping[str, Kind], head: str | None = None) -> list[str]:
    """What is wrong with a chain, a line each that names the entry; none for a whole one.

    Parameters
    ----------
    content
        The lines.
    keys
        What each of them holds, :data:`LINKS` among them, and of what kind it must be.
    head
        The hash of the last entry as it is known from somewhere else.
    """
    found, previous = [], GENESIS
    *lines, rest = content.split(b"\n")
    if rest:
        found.append(f"entry {len(lines) + 1}: is cut short, or its line end was changed")
        lines.append(rest)
    for number, line in enumerate(lines, start=1):
        told = parsed(line, keys)
        wrong = "is not as it was written" if told is None else _wrong(told, number, previous)
        if wrong:
            found.append(f"entry {number}: {wrong}")
        previous = told["hash"] if told is not None else ""
    if head is not None and previous not in (head, ""):
        found.append(f"the head is {previous}, not {head}: entries are missing at the end, or were added")
    return found


def parsed(line: bytes, keys: Mapping[str, Kind]) -> dict[str, Any] | None:
    """What a line holds if not a byte of it was changed, and it can be one of these."""
    try:
        told = json.loads(line)
        if not isinstance(told, dict) or set(told) != set(keys) or line_of(told).encode() != line:
            return None
        if not all(fits(told[key]) for key, fits in keys.items()):
            return None
    except (ValueError, RecursionError):
        return None
    return told if _hash(told) == told["hash"] else None


def _hash(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(line_of({key: told[key] for key in told if key != "hash"}).encode()).hexdigest()


def _wrong(told: Mapping[str, Any], number: int, previous: str) -> str:
    """How a line that is whole in itself fails to fit; nothing is said after a line that is not."""
    if told["number"] != number:
        return f"says it is number {told['number']}: entries were removed, added or moved before it"
    if previous and told["previous"] != previous:
        return "does not follow the entry before it: one of the two was replaced"
    return ""


@contextmanager
def alone(folder: Path, patience: float | None = None) -> Iterator[None]:
    """Only one process at a time; the system lets go of the folder when the process ends, however it ends.

    Raises
    ------
    OSError
        If another process keeps it for longer than ``patience`` seconds, where that is stated.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        if patience is None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        else:
            _take(handle, time.monotonic() + patience)
        yield
    finally:
        os.close(handle)


def _take(handle: int, until: float) -> None:
    import fcntl

    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.02)

"""The journal of rulings: JSON lines, each with the hash of the one before, so that no line can be changed quietly.

A line that was changed, removed, added in between or moved no longer fits its neighbours. Lines cut off the end leave a
journal that is whole in itself: that shows only against the hash of the last line, the head, kept somewhere else.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from simulator.core.errors import ScenarioError
from simulator.core.files import make_folder, write_whole
from simulator.core.folders import writing
from simulator.core.names import printable

#: What the first line names as the hash of the one before.
GENESIS: Final = "0" * 64
APPROVED: Final = "approve"
REJECTED: Final = "reject"
_KEYS: Final = {"action", "by", "date", "hash", "number", "overrides", "policy", "previous", "prices", "proposal"} | {
    *("scenario", "targets", "time", "why"),
}


@dataclass(frozen=True)
class Entry:
    """A ruling.

    Attributes
    ----------
    number
        Of the line, from 1.
    action
        ``approve`` or ``reject``.
    scenario, policy, date
        Whose decision it is, and of which session.
    proposal
        SHA-256 of the proposal that was ruled on.
    targets
        Target weights by asset, as proposed.
    overrides
        Shares to trade instead, as traded, by asset; negative to sell.
    prices
        Prices as traded that these shares were priced at.
    by, why, time
        Who ruled, for what reason, and when (UTC).
    previous, hash
        Of the line before, and of this one.
    """

    number: int
    action: str
    scenario: str
    policy: str
    date: str
    proposal: str
    targets: Mapping[str, float]
    overrides: Mapping[str, float]
    prices: Mapping[str, float]
    by: str
    why: str
    time: str
    previous: str = ""
    hash: str = ""

    @property
    def line(self) -> str:
        """The line of the journal."""
        return _canonical(vars(self))


def _canonical(told: Mapping[str, Any]) -> str:
    return json.dumps(dict(told), sort_keys=True, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)


def _hash(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical({key: told[key] for key in told if key != "hash"}).encode()).hexdigest()


def faults(content: bytes, head: str | None = None) -> list[str]:
    """What is wrong with a journal, a line each that names the entry; none for a whole one.

    ``head`` is the hash of the last entry as it is known from somewhere else.
    """
    found, previous = [], GENESIS
    lines = content.split(b"\n")
    if content and lines.pop():
        found.append(f"entry {len(lines) + 1}: is cut short, or its line end was changed")
        lines.append(content.split(b"\n")[-1])
    for number, line in enumerate(lines, start=1):
        told = _parsed(line)
        wrong = "is not as it was written" if told is None else _wrong(told, number, previous)
        if wrong:
            found.append(f"entry {number}: {wrong}")
        previous = told["hash"] if told is not None else ""
    if head is not None and previous != head:
        found.append(f"the head is {previous}, not {head}: entries are missing at the end, or were added")
    return found


def _parsed(line: bytes) -> dict[str, Any] | None:
    """What a line holds if not a byte of it was changed."""
    try:
        told = json.loads(line)
        if not isinstance(told, dict) or set(told) != _KEYS or _canonical(told).encode() != line:
            return None
    except (ValueError, RecursionError):
        return None
    return told if _hash(told) == told["hash"] else None


def _wrong(told: Mapping[str, Any], number: int, previous: str) -> str:
    """How a line that is whole in itself fails to fit; nothing is said after a line that is not."""
    if told["number"] != number:
        return f"says it is number {told['number']}: entries were removed, added or moved before it"
    if previous and told["previous"] != previous:
        return "does not follow the entry before it: one of the two was replaced"
    return ""


def read(path: Path) -> tuple[Entry, ...]:
    """The entries of a journal.

    Raises
    ------
    ScenarioError
        If there is none, or it is not as it was written; naming the first entry that is not.
    """
    if not path.is_file():
        raise ScenarioError(f"{path}: no such journal; undertow approve and undertow reject write one")
    content = path.read_bytes()
    found = faults(content)
    if found:
        raise ScenarioError(f"{path}: {found[0]}; nothing is done on a journal that was changed")
    return tuple(Entry(**json.loads(line)) for line in content.splitlines())


def head_of(entries: tuple[Entry, ...]) -> str:
    """The hash of the last entry."""
    return entries[-1].hash if entries else GENESIS


def append(path: Path, entry: Entry) -> Entry:
    """Add a ruling to a journal, which is begun if there is none; return it as it stands there.

    The journal is there whole before and after, whatever happens in between; of two that rule at once, one waits.

    Raises
    ------
    ScenarioError
        If the journal is not as it was written, or has ruled on that decision already.
    """
    with writing(path), _alone(make_folder(path.parent)):
        there = read(path) if path.exists() else ()
        for other in there:
            if (other.scenario, other.policy, other.date) == (entry.scenario, entry.policy, entry.date):
                said = "approved" if other.action == APPROVED else "rejected"
                raise ScenarioError(
                    f"{path}: the decision of {entry.policy} of {entry.date} was {said} by {printable(other.by)} on "
                    f"{other.time} (entry {other.number}); it is decided once"
                )
        told = {**vars(entry), "number": len(there) + 1, "previous": head_of(there)}
        whole = Entry(**{**told, "hash": _hash(told)})
        write_whole(path, "".join(f"{one.line}\n" for one in (*there, whole)), lasting=True)
    return whole


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process at a time; the system lets go of the folder when the process ends, however it ends."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

"""The journal of rulings: a chain of records (:mod:`simulator.core.chain`), so that no line can be changed quietly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.core import chain
from simulator.core.chain import GENESIS, LINKS
from simulator.core.errors import ScenarioError
from simulator.core.files import make_folder, write_whole
from simulator.core.folders import writing
from simulator.core.names import printable

APPROVED: Final = "approve"
REJECTED: Final = "reject"
_KEYS: Final = {
    **LINKS,
    **dict.fromkeys(("action", "by", "date", "policy", "proposal", "scenario", "time", "why"), chain.is_text),
    **dict.fromkeys(("overrides", "prices", "targets"), chain.are_numbers),
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
        return chain.line_of(vars(self))


def faults(content: bytes, head: str | None = None) -> list[str]:
    """What is wrong with a journal, a line each that names the entry; none for a whole one.

    ``head`` is the hash of the last entry as it is known from somewhere else.
    """
    return chain.faults(content, _KEYS, head)


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
    with writing(path), chain.alone(make_folder(path.parent)):
        there = read(path) if path.exists() else ()
        for other in there:
            if (other.scenario, other.policy, other.date) == (entry.scenario, entry.policy, entry.date):
                said = "approved" if other.action == APPROVED else "rejected"
                decision = f"{printable(entry.policy)} of {printable(entry.date)}"
                raise ScenarioError(
                    f"{path}: the decision of {decision} was {said} by {printable(other.by)} on "
                    f"{printable(other.time)} (entry {other.number}); it is decided once"
                )
        whole = Entry(**chain.linked(vars(entry), len(there) + 1, head_of(there)))
        write_whole(path, "".join(f"{entry.line}\n" for entry in (*there, whole)), lasting=True)
    return whole

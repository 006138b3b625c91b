"""``undertow trials``: every trial ever made of a scenario."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.core.errors import ScenarioError, nearest
from simulator.core.names import printable

if TYPE_CHECKING:
    from .journal import Journal, Trial

_LAST: Final = 40
_ABOUT = (
    "Print every trial ever made of a scenario: each policy of each run and sweep under each set of terms, once. "
    "Without a name, how many there are of each scenario. Exits with 2 where a journal is not as it was written."
)


def add_trials(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    parser = commands.add_parser("trials", help="every trial ever made of a scenario", description=_ABOUT)
    parser.add_argument(
        "name", nargs="?", metavar="SCENARIO", help="a scenario's name or file (default: list them all)"
    )
    parser.add_argument("--last", type=int, default=_LAST, metavar="N", help=f"the last N alone ({_LAST}); 0 for all")
    parser.add_argument("--head", metavar="HASH", help="the last line's hash, as it was printed before")


def run_trials(given: argparse.Namespace) -> int:
    """Carry it out."""
    from .journal import Journal, journals, trials_folder

    folder = trials_folder()
    if folder is None:
        raise ScenarioError("UNDERTOW_TRIALS is off: no journal of trials is kept; name a folder in it, or unset it")
    known = {journal.scenario: journal for journal in journals(folder)}
    if given.last < 0:
        raise ScenarioError(f"--last {given.last}: give a number of trials, or 0 for all")
    if given.name is None:
        print(
            "\n".join(f"{len(journal.read()):>7,}  {name}" for name, journal in known.items())
            or f"{folder}: no trials yet"
        )
        return 0
    name = _named(given.name)
    if name not in known:
        raise ScenarioError(f"no trial of {name!r} in {folder}{nearest(name, known)}; undertow run and sweep make them")
    return _told(Journal(folder, name), given.last, given.head)


def _named(text: str) -> str:
    """The scenario meant: by the name in a file, or as it stands."""
    if not Path(text).is_file():
        return text
    from scenarios.load import load

    return load(text, (), (), ()).scenario.name


def _told(journal: Journal, last: int, head: str | None) -> int:
    found = journal.faults(head)
    for fault in found:
        print(f"undertow: {journal.path}: {fault}", file=sys.stderr)
    if found:
        return 2
    trials = journal.read()
    shown = trials[-last:] if last else trials
    print(f"{journal.scenario}: {len(trials):,} trials{'' if len(shown) == len(trials) else f', the last {last:,}'}\n")
    print("\n".join(table(shown, len(trials) - len(shown))))
    print(f"\n{journal.path}: whole\nhead: {journal.head}")
    return 0


def table(trials: tuple[Trial, ...], before: int = 0) -> list[str]:
    """A head, a rule and a line a trial, numbered after those ``before``."""
    rows = [("", "when (UTC)", "by", "policy", "from", "to", "Sharpe", "what", "changed")]
    for number, trial in enumerate(trials, start=before + 1):
        sharpe = "–" if trial.sharpe is None else f"{trial.sharpe:.2f}"
        shocked = ("shocks",) if trial.shocks and not any(text.startswith("--shock") for text in trial.settings) else ()
        changed = " ".join((*trial.settings, *shocked))
        rows.append(
            (
                f"{number}",
                trial.time[:16],
                trial.by,
                trial.policy,
                trial.start,
                trial.end,
                sharpe,
                trial.digest[:8],
                changed,
            )
        )
    cells = [[printable(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = (0, 6)
    lines = [
        "  ".join(
            text.rjust(widths[place]) if place in right else text.ljust(widths[place]) for place, text in enumerate(row)
        ).rstrip()
        for row in cells
    ]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]

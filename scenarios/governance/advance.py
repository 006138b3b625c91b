"""A live book, carried forward: what approvals have made of it, filled on the bars after their decisions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.files import as_json, write_ledger
from reports.manifest import manifest
from reports.spreadsheets import write_tables
from scenarios.liquidity.day import known
from scenarios.notices import Replayed, notices
from scenarios.output import check_target, staged
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.schema import ScenarioFile
from scenarios.stored import fingerprints
from simulator.core.errors import ScenarioError
from simulator.core.files import write
from simulator.core.folders import read_mark
from simulator.core.names import printable, slug
from simulator.engine import RunResult

from .journal import head_of, read
from .orders import in_flight
from .past import history
from .propose import raw_factor
from .rulings import kept

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

#: What the folder of a live book is.
KIND: Final = "live book"
_NAV: Final = "nav.csv"


def advance(
    file: ScenarioFile,
    to: str,
    out: Path,
    policy: str | None = None,
    journal: Path | None = None,
    data: Path | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> dict[str, Any]:
    """Carry the book of a policy forward to the close of ``to``; return what ``book.json`` holds.

    Orders that were approved are filled as a replay fills them: on the bars after their decision, at the scenario's
    costs and bounds. The folder depends on scenario, data, journal and day alone: a month of single days leaves the
    bytes of one step, and those of a replay. Without a journal every decision is traded.

    Raises
    ------
    UndertowError
        If the scenario or the journal cannot be used, the day is no session or lies before the book, or the book of an
        earlier day comes out otherwise than it was written: data, scenario or journal have changed since.
    """
    progress = progress or Silent()
    check_target(out, KIND)
    past = history(file, policy, data, refit_cache)
    row = past.row(to, "--to")
    committee = kept(journal, file.scenario.name, past.policy)
    scenario, result = past.replayed(row, committee, progress)
    run, lines = result.run, nav_lines(result)
    _check_earlier(out, lines)
    told = {
        "scenario": file.scenario.name,
        "policy": past.policy,
        **_book(result),
        "journal": None if journal is None else {"since": committee.since, "head": head_of(read(journal))},
        "unruled": committee.unruled,
        "notices": list(notices(Replayed(scenario, run.market, run.start, run.stop, {past.policy: result}))),
    }
    asked = {"advance": {"policy": past.policy, "date": told["date"]}, **resolved(scenario.file)}
    prints = {"market": run.market.fingerprint(), **fingerprints(scenario.signals)}
    with staged(out, KIND) as stage:
        write(stage / "book.json", as_json(told))
        write(stage / _NAV, "".join(lines))
        write_tables({past.policy: result}, run.market, stage.path)
        write_ledger(result, slug(past.policy), stage.folder("ledger").path)
        write(stage / "manifest.json", as_json(manifest(asked, prints, file.scenario.seed)))
    return told


def nav_lines(result: RunResult) -> list[str]:
    """``nav.csv`` line by line: a row a session; digits enough to give the same number back."""
    rows = zip(result.sessions, result.daily["nav"], result.daily["cash"], strict=True)
    return ["date,nav,cash\n", *(f"{day},{float(nav)!r},{float(cash)!r}\n" for day, nav, cash in rows)]


def _book(result: RunResult) -> dict[str, Any]:
    last = len(result.sessions) - 1
    shares, marks = result.daily["shares"][last], result.marks[last]
    return {
        "date": str(result.sessions[last]),
        "since": str(result.sessions[0]),
        "nav": known(result.daily["nav"][last]),
        "cash": known(result.daily["cash"][last]),
        "held": {
            asset: {"shares": float(shares[i]) * raw_factor(result, i), "value": known(shares[i] * marks[i])}
            for i, asset in enumerate(result.assets)
            if shares[i] != 0.0
        },
        "in_flight": in_flight(result, own=True),
    }


def _check_earlier(out: Path, lines: list[str]) -> None:
    """Raise unless the book that lies at ``out`` is this one on an earlier day, or the same."""
    if read_mark(out) is None:
        return
    try:
        there = (out / _NAV).read_text(encoding="utf-8").splitlines(keepends=True)
        date = json.loads((out / "book.json").read_text(encoding="utf-8"))["date"]
        navs = [line.split(",")[1] for line in there]
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise ScenarioError(f"--out {out}: its book cannot be read; undertow verify {out} says what is wrong") from None
    if len(there) > len(lines):
        raise ScenarioError(f"--to: the book in {out} is at {date} already; a book only goes forward")
    for was, nav, now in zip(there, navs, lines, strict=False):
        if was != now:
            day = now.partition(",")[0]
            raise ScenarioError(
                f"--out {out}: the book of {day} was {printable(nav)} and comes out at {now.split(',')[1]}: data, "
                "scenario or journal have changed since; put them back, or begin another book"
            )

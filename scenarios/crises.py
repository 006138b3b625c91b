"""The catalogue of shocks: crises as they were measured, composed of shocks, that can strike any book on any date."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np

from simulator.core.market import MarketData
from simulator.core.names import few

from . import kinds
from .shocks.dated import SEVERITY

FOLDER: Final = Path(__file__).with_name("catalog") / "shocks"
_FALL: Final = "market-fall"
_RATES: Final = "rate-shift"
#: What FRED's yields of Treasuries are called, the classes that move with them, and how many assets are named.
_YIELDS: Final = "DGS"
_SAFE: Final = ("treasury", "agency", "aggregate-bond", "inflation-linked")
_NAMED: Final = 3


@dataclass(frozen=True)
class Crisis:
    """A named shock.

    Attributes
    ----------
    name
        As ``--shock`` and ``kind`` spell it.
    title, description
        For people.
    first, last
        When it was.
    source
        Who measured it.
    severity
        How severe it was, in words and figures.
    assumed
        What the figures do not say and is assumed.
    tables
        The shocks that it is composed of, without a first day.
    factors
        By how much series moved that serve as factors besides the market, in their own units.
    authority
        Who published it as a hypothetical; empty for what happened.
    """

    name: str
    title: str
    description: str
    first: date
    last: date
    source: str
    severity: str
    assumed: str
    tables: tuple[Mapping[str, Any], ...]
    factors: Mapping[str, float]
    authority: str = ""

    def told(self, moves: str = "measured") -> str:
        """All that is known of it, in a paragraph, where prices move as :class:`Named` says."""
        when = f"a hypothetical for {self.first} to {self.last}" if self.authority else f"{self.first} to {self.last}"
        assumed = f"Assumed: {self.assumed}"
        if moves == "betas":
            factors = ", ".join(f"{name} {change:+g}" for name, change in self.factors.items())
            assumed = (
                f"Prices do not move as measured but by each asset's betas of the past to the market "
                f"({factors or 'no other factor'} besides, where the scenario has the series). Assumed of the measured "
                f"moves, which here stand in where an asset and its class have no betas: {self.assumed}"
            )
        return f"{self.title} ({when}): {self.severity}. {assumed}. Sources: {self.source}."


@dataclass(frozen=True, kw_only=True)
class Named:
    """A crisis of the catalogue: every shock of it, at its measured size, from any first day on.

    Parameters
    ----------
    start
        First day (``from`` in a scenario file); that of the crisis itself by default.
    severity
        Of all its shocks: 0 changes nothing, 1 is as measured, 2 is that twice over, in logs.
    when
        What it waits for, as any shock does: ``"drawdown:0.1"`` or ``"above:VIX:40"`` for example.
    moves
        ``"measured"``: asset classes move as they did, others by their betas to the market. ``"betas"``: every asset by
        its own betas of the past to the crisis's factors (the market, and its yields and spreads where the scenario has
        these series), as kind ``factor-move`` says; yields move no bond besides.
    """

    start: str | date | None = None
    severity: Annotated[float, SEVERITY] = 1.0
    when: str = ""
    moves: Literal["measured", "betas"] = "measured"


@cache
def crises() -> Mapping[str, Crisis]:
    """The catalogue by name: what happened, then the hypotheticals of authorities (``regulatory/``)."""
    paths = [*sorted(FOLDER.glob("*.toml")), *sorted(FOLDER.glob("regulatory/*.toml"))]
    return {path.stem: _read(path) for path in paths}


def _read(path: Path) -> Crisis:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    texts = {key: str(told[key]) for key in ("title", "description", "source", "severity", "assumed")}
    tables, factors = tuple(told["shocks"]), told.get("factors", {})
    texts["authority"] = str(told.get("authority", ""))
    return Crisis(path.stem, **texts, first=told["from"], last=told["to"], tables=tables, factors=factors)


@cache
def known_shocks() -> Mapping[str, str]:
    """``"module:Class"`` of every kind of shock, crises of the catalogue among them."""
    return {**kinds.SHOCKS, **dict.fromkeys(crises(), f"{__name__}:{Named.__name__}")}


def composed(crisis: Crisis, named: Named, market: MarketData) -> list[dict[str, Any]]:
    """The tables of the shocks that a crisis is on a market.

    Series that the market does not have are left out, and so are shocks of what it does not have: see :func:`lacking`.
    """
    start = crisis.first if named.start is None else named.start
    tables = []
    for table in _tables(crisis, named.moves, market):
        if _reason(table, market):
            continue
        moved = {
            key: {name: size for name, size in table[key].items() if name in market.series}
            for key in ("series", "shifts")
            if key in table
        }
        severity = float(table.get("severity", 1.0)) * named.severity
        told = {key: value for key, value in table.items() if key != "estimate" or value in market.series}
        waits = {"when": named.when} if named.when else {}
        tables.append({**told, **moved, **waits, "from": start, "severity": severity})
    return tables


def _tables(crisis: Crisis, moves: str, market: MarketData) -> Sequence[Mapping[str, Any]]:
    """The tables of a crisis as it was measured, or with one move of its factors in place of falls and yields."""
    falls = [table for table in crisis.tables if table["kind"] == _FALL]
    if moves == "measured" or not falls:
        return crisis.tables
    rates = [table for table in crisis.tables if table["kind"] == _RATES]
    moved = {
        "kind": "factor-move",
        "factors": {name: change for name, change in crisis.factors.items() if name in market.series},
    }

    def along(table: Mapping[str, Any]) -> dict[str, Any]:
        shifts = {name: by for name, by in table.get("shifts", {}).items() if name not in crisis.factors}
        return {**table, **moved, "shifts": shifts, "by_class": {**table.get("by_class", {}), **_by_yields(rates)}}

    return [along(table) if table in falls else table for table in crisis.tables if table not in rates]


def _by_yields(rates: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """What shifts of yields make of classes of bonds, by their stated durations, as fractions."""
    return {
        name: float(np.expm1(-years * table["points"] / 100.0))
        for table in rates
        for name, years in table["durations"].items()
    }


def counts(tables: Sequence[Mapping[str, Any]], market: MarketData) -> list[int]:
    """How many shocks each table of a scenario file is: those of a crisis, or one."""
    known = crises()
    named = [(known.get(str(table.get("kind"))), Named(moves=table.get("moves", "measured"))) for table in tables]
    return [1 if crisis is None else len(composed(crisis, how, market)) for crisis, how in named]


def lacking(crisis: Crisis, market: MarketData, moves: str = "measured") -> list[str]:
    """What of a crisis cannot strike a market, a clause each."""
    tables = _tables(crisis, moves, market)
    found = [f"{table['kind']} ({why})" for table in tables if (why := _reason(table, market))]
    if moves == "betas":
        missing = [name for name in crisis.factors if name not in market.series]
        found += [f"factor {name} (no such series)" for name in missing]
    return found


def one_sided(crisis: Crisis, market: MarketData, moves: str) -> str:
    """What must be said of safe bonds that move by their betas to a credit spread and to no yield; else empty."""
    there = set(crisis.factors) & set(market.series)
    yields = [name for name in crisis.factors if name.startswith(_YIELDS)]
    safe = [
        asset
        for asset, instrument in zip(market.assets, market.instruments, strict=True)
        if instrument.asset_class in _SAFE
    ]
    if moves != "betas" or not safe or not yields or not there or there & set(yields):
        return ""
    named = few(safe, _NAMED)
    wanted = ", ".join(f"{name} {crisis.factors[name]:+g}" for name in yields)
    return (
        f"{crisis.name}: without {wanted} among market.series, {named} move by betas to the market and "
        f"{', '.join(sorted(there))} alone: these credit them with what yields did on days when spreads moved, and "
        "may turn the sign of what they do in this crisis; add the series"
    )


def _reason(table: Mapping[str, Any], market: MarketData) -> str:
    """Why a market has not what a shock strikes; empty where it has."""
    kind = table["kind"]
    if kind == "ranges" and (market.high is None or market.low is None):
        return "no highs and lows"
    if kind in ("volume", "depth-collapse") and market.volume is None and market.assumed_adv is None:
        return "no volumes"
    if kind == "rate-shift" and not _has(market, table["durations"]):
        return "no such bonds"
    if kind == "data-outage" and table.get("of") == "series" and not market.series:
        return "no series"
    return ""


def _has(market: MarketData, classes: Sequence[str] | Mapping[str, float]) -> bool:
    return any(instrument.asset_class in classes for instrument in market.instruments)


def lived_through(crisis: Crisis, start: str | date | None, market: MarketData) -> bool:
    """Whether a crisis strikes on days on which the market's own history has it."""
    day = np.datetime64(str(crisis.first if start is None else start), "D")
    struck = day + (np.datetime64(crisis.last) - np.datetime64(crisis.first))
    overlaps = day <= np.datetime64(crisis.last) and struck >= np.datetime64(crisis.first)
    return bool(overlaps and not crisis.authority and market.sessions[-1] >= np.datetime64(crisis.first))

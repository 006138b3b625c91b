"""What is odd about a market, counted: gaps, days without volume, series that end early or start late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from simulator.core.market import MarketData
from simulator.core.names import few
from simulator.core.notes import QualityNote
from simulator.core.types import IntArray

from .suspects import suspects

__all__ = ["QualityNote", "foreknown", "inspect"]

#: Assets that one note names.
_NAMED: Final = 8
#: Days without a price before the last session, past which an end that nobody stated is grave.
_ENDED: Final = np.timedelta64(7, "D")
#: Days without a price, past which a hole is grave where it is so many times the asset's own usual wait.
_HOLE: Final = 31
_WAITS: Final = 5
#: Gaps at either end from which it is told that sessions come in two rhythms, and how far apart these then are.
_GAPS: Final = 11
_APART: Final = 3.0
#: Sessions without a volume, and their share of an asset's prices, past both of which they are grave.
_SILENT_DAYS: Final = 5
_SILENT_SHARE: Final = 0.1


def inspect(market: MarketData, history: MarketData | None = None) -> list[QualityNote]:
    """Notes on the sessions of a market, in a fixed order, prices first.

    Parameters
    ----------
    market
        Whose sessions are meant.
    history
        The market as it was read: before the first of these sessions too, and without shocks. Prices are looked at
        in it; by default in ``market`` itself.
    """
    looked_at = market if history is None else history
    return [
        *_prices(market, looked_at),
        *market.reading,
        *_unstated(market),
        *_sessions(market),
        *_gaps(market, looked_at),
        *_silent_days(market),
        *_halts(market),
        *_cash_rate(market),
        *_series(market),
    ]


def foreknown(market: MarketData) -> str:
    """The sentence that whatever is made from a market begins with where series of it know the future; else empty."""
    names = [name for name, series in market.series.items() if series.knows_future]
    if not names:
        return ""
    history, they = ("its history is", "it has") if len(names) == 1 else ("their histories are", "they have")
    return (
        f"{', '.join(names)}: {history} smoothed with later values and {they} no vintages (allow_revised): whatever "
        f"reads {'it' if len(names) == 1 else 'them'} knows the future, and so do the figures here"
    )


def _unstated(market: MarketData) -> Iterator[QualityNote]:
    """Prices taken as they stand, where nothing says what they carry."""
    if market.unstated:
        yield QualityNote(
            few(market.unstated, _NAMED),
            "no adjusted close (Adj Close, adjusted_close...) and no market.prices: closes are taken to carry "
            "dividends and splits; where they do not, returns lack the former and jump at the latter. State prices = "
            "'adjusted', or 'split-adjusted' or 'raw' with a column Dividends",
            grave=True,
        )


def _prices(market: MarketData, history: MarketData) -> list[QualityNote]:
    found = suspects(history, market.sessions[0], market.sessions[-1])
    return [QualityNote(suspect.asset, suspect.text, suspect.grave) for suspect in found]


def _gaps(market: MarketData, history: MarketData) -> list[QualityNote]:
    notes = []
    rows = np.searchsorted(history.sessions, market.sessions)
    for i, asset in enumerate(market.assets):
        present = np.isfinite(market.close[:, i])
        alive = np.flatnonzero(present)
        if alive.size == 0:
            notes.append(_priceless(market, asset))
            continue
        first, last = alive[0], alive[-1]
        missing = int((~present[first : last + 1]).sum())
        if first > 0:
            notes.append(QualityNote(asset, f"first price on {market.sessions[first]}"))
        gone = market.delistings.get(asset)
        if gone is not None and market.gone_from[i] < market.sessions.size:
            later = f"; prices up to {market.sessions[last]} are left out" if last >= market.gone_from[i] else ""
            paid = f"delisted on {gone.date}, paying {gone.recovery:.0%} of its last price"
            notes.append(QualityNote(asset, f"{paid}{later}"))
        elif last < market.sessions.size - 1:
            notes.append(_ended(market, asset, int(last)))
        if missing:
            text = f"{missing} sessions without a price; carried and untradable"
            unshocked = np.flatnonzero(np.isfinite(history.close[rows, i]))
            notes.append(_hole(market, i, unshocked) or QualityNote(asset, text))
    return notes


def _priceless(market: MarketData, asset: str) -> QualityNote:
    """That an asset has no price on any session."""
    gone = market.delistings.get(asset)
    if gone is not None and gone.date <= market.sessions[0]:
        return QualityNote(asset, f"delisted on {gone.date}, before these sessions")
    return QualityNote(
        asset,
        f"no price from {market.sessions[0]} to {market.sessions[-1]}: it is not traded, and what is meant for it "
        "waits in cash; leave it out, or run over days on which it has one",
        grave=True,
    )


def _hole(market: MarketData, i: int, alive: IntArray) -> QualityNote | None:
    """The longest hole in an asset's prices, where it is long and no halt is stated: what follows may be another's."""
    days = market.sessions[alive]
    waits = np.diff(days).astype(int)
    k = int(waits.argmax())
    halted = market.halted is not None and market.halted[alive[k] : alive[k + 1], i].any()
    if waits[k] <= max(_HOLE, _WAITS * float(np.median(waits))) or halted:
        return None
    before, after = market.close[alive[k], i], market.close[alive[k + 1], i]
    missing = int(alive[-1] - alive[0] + 1 - alive.size)
    return QualityNote(
        market.assets[i],
        f"{missing} sessions without a price, the longest time from {days[k]} to {days[k + 1]}: carried and "
        f"untradable, then {after / before - 1.0:+.1%} at once; where the ticker was used again these are two assets, "
        "else state a halt",
        grave=True,
    )


def _sessions(market: MarketData) -> Iterator[QualityNote]:
    """Holes in the sessions themselves, and sessions in two rhythms: annual figures rest on how they are spaced."""
    gaps = np.diff(market.sessions).astype(int)
    if gaps.size < 2 * _GAPS:
        return
    begin, end = float(np.median(gaps[:_GAPS])), float(np.median(gaps[-_GAPS:]))
    usual = float(np.median(gaps))
    if max(begin, end) >= _APART * min(begin, end):
        wide = gaps > np.sqrt(begin * end)
        k = int(np.flatnonzero(wide)[-1]) + 1 if begin > end else int(np.flatnonzero(wide)[0])
        yield QualityNote(
            "sessions",
            f"{begin:g} days apart to begin with and {end:g} in the end, from {market.sessions[k]} on: annual figures "
            "are right of neither; begin or end the run there",
            grave=True,
        )
    elif gaps.max() > max(_HOLE, _WAITS * usual):
        k = int(gaps.argmax())
        yield QualityNote(
            "sessions",
            f"none between {market.sessions[k]} and {market.sessions[k + 1]}: annual figures count those days as lived "
            "through; look for a date that is mistyped or rows that are missing",
            grave=True,
        )


def _ended(market: MarketData, asset: str, last: int) -> QualityNote:
    """That prices end before the run does; grave where they are carried for longer than a week."""
    day = market.sessions[last]
    text = f"last price on {day}; carried and untradable since (no delisting is stated)"
    if market.sessions[-1] - day <= _ENDED:
        return QualityNote(asset, text)
    return QualityNote(asset, f"{text}; state market.delistings.{asset}, or end the run there", grave=True)


def _silent_days(market: MarketData) -> list[QualityNote]:
    if market.volume is None:
        return []
    priced = np.isfinite(market.close)
    silent = (priced & ~(np.nan_to_num(market.volume) > 0.0)).sum(axis=0)
    counted = zip(market.assets, silent.tolist(), priced.sum(axis=0).tolist(), strict=True)
    return [_silent(asset, days, among) for asset, days, among in counted if days]


def _silent(asset: str, days: int, among: int) -> QualityNote:
    """That an asset cannot be traded for want of volume; vendors write zeros for what they do not count."""
    text = f"{days} sessions with a price but no volume; untradable"
    if days <= max(_SILENT_DAYS, _SILENT_SHARE * among):
        return QualityNote(asset, text)
    hint = "where the source counts none (indices, currencies), leave the column Volume out of every file"
    return QualityNote(asset, f"{text}, of {among} with a price; {hint}", grave=True)


def _halts(market: MarketData) -> list[QualityNote]:
    if market.halted is None:
        return []
    days = market.halted.sum(axis=0)
    return [
        QualityNote(asset, f"{count} sessions halted; untradable")
        for asset, count in zip(market.assets, days, strict=True)
        if count
    ]


def _cash_rate(market: MarketData) -> list[QualityNote]:
    """From when to when cash earned a rate that nobody published."""
    if market.cash_rate_stated is None:
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], market.cash_rate_stated, [False]]).astype(np.int8)))
    notes = []
    for first, stop in edges.reshape(-1, 2):
        if first == stop - 1 == market.sessions.size - 1 > 0:
            continue  # what the last session's close earns is never booked
        until = "to the end" if stop == market.sessions.size else f"to {market.sessions[stop - 1]}"
        text = f"none published from {market.sessions[first]} {until}: cash earns {market.cash_rate[first]:.2%} a year"
        notes.append(
            QualityNote("cash_rate", f"{text} then, as stated" if market.cash_rate[first] else text, grave=True)
        )
    return notes


def _series(market: MarketData) -> list[QualityNote]:
    subject, _, text = foreknown(market).partition(": ")
    notes = [QualityNote(subject, text, grave=True)] if subject else []
    for name, series in market.series.items():
        published = series.known_at[~np.isnan(series.values)]
        if not (published <= market.sessions[-1]).any():
            notes.append(QualityNote(name, "nothing published within these sessions", grave=True))
            continue
        if published.min() > market.sessions[0]:
            notes.append(QualityNote(name, f"nothing published before {published.min()}"))
        last = series.ended(market.sessions[-1])
        if last is not None:
            text = f"ends on {last}; to features and signals it is unknown from {series.age_limit_days} days after"
            notes.append(QualityNote(name, text, grave=True))
        if series.revised == "revised" and series.vintages is None:
            text = "revised since: its values are those of the last estimation, not those published at the time"
            notes.append(QualityNote(name, text))
    return notes

"""What is odd about a market, counted: gaps, days without volume, series that end early or start late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from simulator.core.market import MarketData
from simulator.core.notes import QualityNote

from .suspects import suspects

__all__ = ["QualityNote", "foreknown", "inspect"]

#: Assets that one note names.
_NAMED: Final = 8
#: Days without a price before the last session, past which an end that nobody stated is grave.
_ENDED: Final = np.timedelta64(7, "D")
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
        *_gaps(market),
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
        named = ", ".join(market.unstated[:_NAMED])
        more = len(market.unstated) - _NAMED
        yield QualityNote(
            f"{named} and {more} more" if more > 0 else named,
            "no adjusted close (Adj Close, adjusted_close...) and no market.prices: closes are taken to carry "
            "dividends and splits; where they do not, returns lack the former and jump at the latter. State prices = "
            "'adjusted', or 'split-adjusted' or 'raw' with a column Dividends",
            grave=True,
        )


def _prices(market: MarketData, history: MarketData) -> list[QualityNote]:
    found = suspects(history, market.sessions[0], market.sessions[-1])
    return [QualityNote(suspect.asset, suspect.text, suspect.grave) for suspect in found]


def _gaps(market: MarketData) -> list[QualityNote]:
    notes = []
    for i, asset in enumerate(market.assets):
        present = np.isfinite(market.close[:, i])
        alive = np.flatnonzero(present)
        if alive.size == 0:
            notes.append(QualityNote(asset, "no price at all"))
            continue
        first, last = alive[0], alive[-1]
        missing = int((~present[first : last + 1]).sum())
        if first > 0:
            notes.append(QualityNote(asset, f"first price on {market.sessions[first]}"))
        gone = market.delistings.get(asset)
        if gone is not None and market.gone_from[i] < market.sessions.size:
            notes.append(QualityNote(asset, f"delisted on {gone.date}, paying {gone.recovery:.0%} of its last price"))
        elif last < market.sessions.size - 1:
            notes.append(_ended(market, asset, int(last)))
        if missing:
            notes.append(QualityNote(asset, f"{missing} sessions without a price; carried and untradable"))
    return notes


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

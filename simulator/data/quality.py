"""What is odd about a market, counted: gaps, days without volume, series that end early or start late."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.market import MarketData


class QualityNote(NamedTuple):
    """One observation about the data; none of them stops a run, all of them are reported.

    Those that are ``grave`` may change what figures mean: they stand on the terminal and in the first lines of a page.
    """

    subject: str
    text: str
    grave: bool = False


def inspect(market: MarketData) -> list[QualityNote]:
    """Notes on the sessions of a market, in a fixed order."""
    return [*_gaps(market), *_silent_days(market), *_halts(market), *_series(market)]


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
            text = f"last price on {market.sessions[last]}; carried and untradable since (no delisting is stated)"
            notes.append(QualityNote(asset, text))
        if missing:
            notes.append(QualityNote(asset, f"{missing} sessions without a price; carried and untradable"))
    return notes


def _silent_days(market: MarketData) -> list[QualityNote]:
    if market.volume is None:
        return []
    silent = (np.isfinite(market.close) & ~(np.nan_to_num(market.volume) > 0.0)).sum(axis=0)
    return [
        QualityNote(asset, f"{days} sessions with a price but no volume; untradable")
        for asset, days in zip(market.assets, silent, strict=True)
        if days
    ]


def _halts(market: MarketData) -> list[QualityNote]:
    if market.halted is None:
        return []
    days = market.halted.sum(axis=0)
    return [
        QualityNote(asset, f"{count} sessions halted; untradable")
        for asset, count in zip(market.assets, days, strict=True)
        if count
    ]


def _series(market: MarketData) -> list[QualityNote]:
    notes = []
    for name, series in market.series.items():
        values, known = series.on(market.sessions)
        unknown = int(np.isnan(values).sum())
        if unknown == values.size:
            notes.append(QualityNote(name, "nothing published within these sessions"))
            continue
        if unknown:
            notes.append(QualityNote(name, f"nothing published before {known[~np.isnat(known)].min()}"))
        last = series.dates[~np.isnan(series.values)][-1]
        if (market.sessions[-1] - last).astype(int) > 14:
            notes.append(QualityNote(name, f"ends on {last}"))
    return notes

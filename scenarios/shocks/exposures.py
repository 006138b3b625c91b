"""What assets lose when the factors of a crisis move: betas of the past, asset by asset, with their fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import FloatArray, IntArray

#: Days on which an asset and every factor are known, below which it has no betas of its own.
FEWEST: Final = 60
#: What the market is called among the factors.
MARKET: Final = "market"


@dataclass(frozen=True, eq=False)
class Exposures:
    """Betas of N assets to K factors, and what they make of a move of these.

    Attributes
    ----------
    assets
        The N assets.
    factors
        The K factors, the market first; series that the past does not know well enough are left out.
    dropped
        Those series.
    changes
        (K,) moves of the factors: of the market in logs, of a series in its own units.
    betas
        (N, K) log return for each unit of a factor; NaN where a stated move stands for them.
    r2
        (N,) share of the variance of an asset's daily returns that the factors explain; NaN without betas of its own.
    days
        (N,) days of its own that they are estimated on.
    taken
        Whose betas they are where the past of an asset does not suffice, in words; empty for its own.
    moves
        (N,) log moves.
    """

    assets: tuple[str, ...]
    factors: tuple[str, ...]
    dropped: tuple[str, ...]
    changes: FloatArray
    betas: FloatArray
    r2: FloatArray
    days: IntArray
    taken: tuple[str, ...]
    moves: FloatArray


def exposures(
    market: MarketData,
    start: int,
    lookback: int,
    those: Sequence[int],
    changes: Mapping[str, float],
    by_class: Mapping[str, float],
) -> Exposures:
    """Betas by ordinary least squares with a constant, on ``lookback`` daily changes before session ``start``.

    The market is the mean daily log return of ``those`` assets. A series is taken by the day that its values are of, as
    it had been published by the close before ``start``; one with fewer than 60 changes, or none that differ, is left
    out. An asset with fewer than 60 days takes the mean betas of its class, where that has none the move stated in
    ``by_class``, and failing both moves with the market.

    Parameters
    ----------
    market
        Before any shock.
    start
        The session that is struck; nothing of it or later is used.
    lookback
        Daily changes looked back on.
    those
        Columns of the assets that are the market.
    changes
        Log move of :data:`MARKET`, and moves of series in their own units.
    by_class
        Moves by asset class, as fractions.
    """
    rows = slice(max(start - lookback - 1, 0), start)
    returns = pd.DataFrame(np.log(market.total_return()[rows])).diff().to_numpy()[1:]
    columns = {MARKET: _mean(returns[:, list(those)])}
    columns |= {name: _changes(market, name, rows) for name in changes if name != MARKET and name in market.series}
    kept = [name for name, column in columns.items() if name == MARKET or _serves(column, columns[MARKET])]
    known = np.column_stack([columns[name] for name in kept]) if len(returns) else np.empty((0, len(kept)))
    betas, r2, days = _regressed(returns, known)
    moved = np.array([changes[name] for name in kept])
    return _filled(market, tuple(kept), _without(changes, kept), moved, (betas, r2, days), by_class)


def _without(changes: Mapping[str, float], kept: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in changes if name not in kept)


def _mean(returns: FloatArray) -> FloatArray:
    """(T,) mean of what is known each day; NaN where nothing is."""
    counted = np.isfinite(returns).sum(axis=1)
    return np.divide(np.nansum(returns, axis=1), counted, out=np.full(len(returns), np.nan), where=counted > 0)


def _changes(market: MarketData, name: str, rows: slice) -> FloatArray:
    """(T - 1,) daily changes of a series over sessions, as it was known at the close of the last of them."""
    sessions = market.sessions[rows]
    if not sessions.size:
        return np.empty(0)
    known = market.series[name].as_known(sessions[-1])
    return np.diff(known.reindex(pd.DatetimeIndex(sessions)).to_numpy(np.float64))


def _serves(column: FloatArray, first: FloatArray) -> bool:
    both = np.isfinite(column) & np.isfinite(first)
    return bool(both.sum() >= FEWEST and np.ptp(column[both]) > 0.0)


def _regressed(returns: FloatArray, known: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """(N, K) betas, (N,) R2 and (N,) days; NaN where there are fewer than 60 days, or nothing moved on them."""
    assets, factors = returns.shape[1], known.shape[1]
    betas, r2, days = np.full((assets, factors), np.nan), np.full(assets, np.nan), np.zeros(assets, np.int64)
    usable = np.isfinite(known).all(axis=1)
    for number in range(assets):
        both = usable & np.isfinite(returns[:, number])
        days[number] = both.sum()
        if days[number] < FEWEST:
            continue
        y, x = returns[both, number], known[both]
        y, x = y - y.mean(), x - x.mean(axis=0)
        total = float(y @ y)
        if total == 0.0 or not (x != 0.0).any(axis=0).all():
            continue
        slopes = np.linalg.lstsq(x, y, rcond=None)[0]
        left = y - x @ slopes
        betas[number], r2[number] = slopes, 1.0 - float(left @ left) / total
    return betas, r2, days


def _filled(
    market: MarketData,
    factors: tuple[str, ...],
    dropped: tuple[str, ...],
    changes: FloatArray,
    own: tuple[FloatArray, FloatArray, IntArray],
    by_class: Mapping[str, float],
) -> Exposures:
    """Whose betas an asset takes where its own past does not suffice."""
    estimated, r2, days = own
    has = np.isfinite(estimated).all(axis=1)
    betas, moves, taken = estimated.copy(), estimated @ changes, [""] * len(market.assets)
    classes = np.array([instrument.asset_class for instrument in market.instruments])
    for number in np.flatnonzero(~has).tolist():
        name = classes[number]
        peers = has & (classes == name)
        if peers.any():
            betas[number] = estimated[peers].mean(axis=0)
            moves[number] = betas[number] @ changes
            taken[number] = f"mean betas of {name}: {', '.join(np.array(market.assets)[peers])}"
        elif name in by_class:
            moves[number] = np.log1p(by_class[name])
            taken[number] = f"the move measured for {name}"
        else:
            betas[number] = np.eye(len(factors))[0]
            moves[number] = changes[0]
            taken[number] = f"beta 1: nothing known of {name}"
    return Exposures(market.assets, factors, dropped, changes, betas, r2, days, tuple(taken), moves)

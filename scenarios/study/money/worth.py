"""Differences between replays in Sharpe ratio, with paired intervals from redrawn histories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scenarios.versus import BLOCK, LEVEL, SHORTEST
from simulator.core.types import FloatArray, IntArray
from simulator.metrics import Books, Difference
from simulator.metrics.books import sharpes

from .replays import KeptReplay

#: Redrawn histories.
DRAWS: Final = 300


@dataclass(frozen=True, eq=False)
class Worth:
    """Sharpe ratios of replays, and of the same days redrawn for all of them alike.

    Attributes
    ----------
    plain
        (K,) as they are; NaN where undefined.
    drawn
        (draws, K) on redrawn histories; no draws where sessions differ or are too few.
    """

    plain: FloatArray
    drawn: FloatArray

    def of(self, plus: Sequence[int], minus: Sequence[int]) -> Difference:
        """The sum of some minus the sum of others; an interval of NaN where there is none.

        In units of an annual Sharpe ratio.
        """
        value = float(self.plain[list(plus)].sum() - self.plain[list(minus)].sum())
        gaps = self.drawn[:, list(plus)].sum(axis=1) - self.drawn[:, list(minus)].sum(axis=1)
        gaps = gaps[~np.isnan(gaps)]
        if gaps.size == 0:
            return Difference(value, np.nan, np.nan, np.nan)
        low, high = np.quantile(gaps, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
        better = float((gaps > 0.0).mean() + 0.5 * (gaps == 0.0).mean())
        return Difference(value, float(low), float(high), better)


def worth(replays: Sequence[KeptReplay], seed: int) -> Worth:
    """Sharpe ratios of some replays.

    Parameters
    ----------
    replays
        K of them.
    seed
        Of the redrawn histories: the scenario's.

    Source: stationary bootstrap, Politis & Romano (1994), the same days for all; drawn by arch.
    """
    plain = np.array([np.nan if replay.sharpe is None else replay.sharpe for replay in replays])
    side = _side_by_side(replays)
    if side is None:
        return Worth(plain, np.empty((0, plain.size)))
    return Worth(plain, np.stack([sharpes(side.take(rows)) for rows in _rows(side.sessions, seed)]))


def _rows(sessions: int, seed: int) -> list[IntArray]:
    from arch.bootstrap import StationaryBootstrap

    made = int(np.random.SeedSequence(seed).spawn(3)[2].generate_state(1)[0])  # the histories of versus
    rng = np.random.default_rng(made)
    drawn = StationaryBootstrap(min(BLOCK, sessions), np.arange(sessions), seed=rng).bootstrap(DRAWS)
    return [rows[0] for rows, _ in drawn]


def _side_by_side(replays: Sequence[KeptReplay]) -> Books | None:
    """All books as one; ``None`` where sessions differ, or are too few to redraw."""
    first = replays[0]
    if first.sessions.size < SHORTEST or not all(np.array_equal(replay.sessions, first.sessions) for replay in replays):
        return None
    kept = [replay.book for replay in replays]
    whole = all(book.observed is None for book in kept)
    shape = first.book.returns.shape
    return replace(
        first.book,
        names=tuple(str(k) for k in range(len(kept))),
        returns=np.concatenate([book.returns for book in kept]),
        cost_bps=np.concatenate([book.cost_bps for book in kept]),
        cash=first.book.cash if whole else np.concatenate([np.broadcast_to(book.cash, shape) for book in kept]),
        per_year=np.concatenate([np.broadcast_to(book.per_year, 1) for book in kept]),
        observed=None if whole else np.concatenate([_seen(book) for book in kept]),
    )


def _seen(book: Books) -> np.ndarray:
    return np.ones(book.returns.shape, bool) if book.observed is None else book.observed

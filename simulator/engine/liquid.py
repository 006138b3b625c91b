"""The liquidity of a run's book at every close, from what was known at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray, IntArray
from simulator.liquidity import payment_rank
from simulator.liquidity.book import Book, book_of
from simulator.liquidity.conditions import Conditions, conditions
from simulator.liquidity.holding import levels
from simulator.liquidity.limits_22e4 import Breach, breaches_22e4
from simulator.liquidity.measures import bank, buckets_of, measures
from simulator.liquidity.rule_22e4 import bucket_shares

if TYPE_CHECKING:
    from .result import RunResult

#: What the names of measures under stress end with.
STRESSED = "_stressed"
_AT_ONCE = 512  # sessions classified: names of buckets take room


def book_at_closes(result: RunResult) -> Book:
    """(T, N) what the run held at each close."""
    daily, settled = result.daily, result.out.settled
    return book_of(daily["shares"] * result.marks, daily["cash"], settled if settled.size else None)


def conditions_of(result: RunResult, *, stressed: bool) -> Conditions | None:
    """What a seller would have met at each close; ``None`` where no liquidity is measured, or no volume is known."""
    run = result.run
    if run.stress is None:
        return None
    most = run.execution.max_participation
    rank = payment_rank(run.market)
    days = run.limits.settlement
    return conditions(run.costs, run.market.instruments, rank, run.stress, most, stressed=stressed, settlement=days)


def bound_levels(result: RunResult) -> dict[str, FloatArray]:
    """(T,) by stated bound on the liquidity of holdings, the level that the book had at each close."""
    met, stress, bounds = conditions_of(result, stressed=False), result.run.stress, result.run.bounds
    if met is None or stress is None:
        return {}
    return levels(bounds, book_at_closes(result), met, stress)


def liquidity_columns(result: RunResult, rows: IntArray | None = None) -> dict[str, FloatArray]:
    """(T,) every measure, as usual and (with ``_stressed`` behind its name) under stress; none without volumes.

    With ``rows``, of those sessions alone.
    """
    columns: dict[str, FloatArray] = {}
    stress = result.run.stress
    for stressed, end in ((False, ""), (True, STRESSED)):
        met = conditions_of(result, stressed=stressed)
        if met is not None and stress is not None:
            book = book_at_closes(result)
            if rows is not None:
                book, met = book.at(rows), met.at(rows)
            found = measures(book, met, stress)
            columns |= {f"{name}{end}": values for name, values in found.items()}
    return columns


def coverage_ratios(result: RunResult, rows: IntArray) -> FloatArray | None:
    """(rows,) Basel LCR of the book at some closes; ``None`` where no liquidity is measured.

    A ratio, NaN where it is not known; ``rows`` are sessions.
    """
    met, stress = conditions_of(result, stressed=False), result.run.stress
    if met is None or stress is None:
        return None
    with np.errstate(invalid="ignore"):
        return np.asarray(bank(book_at_closes(result).at(rows), met.at(rows), stress)["lcr"])


def limits_broken(result: RunResult, first: int = 0, stop: int | None = None) -> pd.DataFrame:
    """Sessions on which SEC rule 22e-4's limits were broken, by date: limit, kind (active, passive) and share.

    Of the run's own sessions ``[first, stop)``, by default all.
    """
    met, stress = conditions_of(result, stressed=False), result.run.stress
    if met is None or stress is None:
        return _frame(result, [])
    book, bought = book_at_closes(result), _bought(result)
    found: list[Breach] = []
    stop = len(result.sessions) if stop is None else stop
    for start in range(first, stop, _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, stop))
        some = book.at(rows)
        buckets = buckets_of(some, met.at(rows), stress)
        broken = breaches_22e4(
            bucket_shares(buckets, some.values, some.cash, debt=some.debt),
            buckets,
            bought[rows],
            max_illiquid=stress.max_illiquid,
            min_highly_liquid=stress.min_highly_liquid,
        )
        found += [breach._replace(row=start + breach.row) for breach in broken]
    return _frame(result, found)


def _frame(result: RunResult, found: Sequence[Breach]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": result.index[np.array([breach.row for breach in found], np.int64)],
            "limit": [breach.limit for breach in found],
            "kind": ["active" if breach.active else "passive" for breach in found],
            "share": np.array([breach.share for breach in found], np.float64),
        }
    )


def _bought(result: RunResult) -> np.ndarray:
    """(T, N) where shares were added, splits apart."""
    run, shares = result.run, result.daily["shares"]
    before = np.concatenate([np.zeros((1, shares.shape[1])), shares[:-1]])
    if run.market.splits is not None:
        before = before * np.nan_to_num(run.market.splits[run.start : run.stop], nan=1.0)
    return shares > before * (1.0 + 1e-12)

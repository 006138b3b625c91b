"""What luck explains of policies that were replayed side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from reports.luck import SURE, Best, Chance, Luck, Tried
from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.metrics import (
    Books,
    Moments,
    Superiority,
    confidence_set,
    deflated_sharpe,
    expected_best,
    luckiest,
    moments,
    overfitting,
    probabilistic_sharpe,
    sharpe_rows,
    superiority,
)

from .side_by_side import books
from .versus import BLOCK, LEVEL, SHORTEST, draws_for

#: Policies up to which sets and tests, whose time grows with the square of them, are computed.
MOST: Final = 200


def luck(results: Mapping[str, RunResult], benchmark: str, seed: int) -> Luck | None:
    """How sure the figures of each policy are, and what choosing among them is worth.

    Parameters
    ----------
    results
        Runs over the same sessions, by policy.
    benchmark
        The one that others are held against.
    seed
        Of the redrawn histories.

    Returns
    -------
    Luck or None
        ``None`` where no Sharpe ratio is defined, or the history is too short to be redrawn.
    """
    if results[benchmark].sessions.size < SHORTEST:
        return None
    found = {
        name: moments
        for name, moments in ((name, _moments(run)) for name, run in results.items())
        if moments is not None
    }
    if not found:
        return None
    sides = books({name: results[name] for name in found})
    annual = {name: _annual(moments, results[name]) for name, moments in found.items()}
    shown = np.array(list(annual.values()))
    draws, seeds = draws_for(len(found)), seeds_of(seed)
    rows = sharpe_rows(sides) if 1 < len(found) <= MOST else None
    sets = np.ones(len(found)) if rows is None else confidence_set(rows, draws, BLOCK, seeds[0])
    return Luck(
        benchmark=benchmark,
        chances=[
            Chance(
                name,
                annual[name],
                probabilistic_sharpe(moments),
                deflated_sharpe(moments, _spread(shown) / _root(results[name]), len(found)),
                float(inside),
            )
            for (name, moments), inside in zip(found.items(), sets, strict=True)
        ],
        trials=len(found),
        best=_best_of(found, annual, results, shown),
        superior=None if rows is None else _superior(sides, rows, benchmark, draws, seeds[1]),
        overfit=overfitting(sides.returns - sides.cash, sides.observed),
        level=LEVEL,
        draws=draws,
        block=BLOCK,
    )


def tried(found: Luck, results: Mapping[str, RunResult], others: Sequence[float]) -> Tried | None:
    """What a run's figures are worth among all trials of its scenario.

    Parameters
    ----------
    found
        Of the run.
    results
        Its runs, by policy.
    others
        Annual Sharpe ratios of the trials outside it.

    Returns
    -------
    Tried or None
        ``None`` where there are no others.
    """
    if not others:
        return None
    every = np.array([*(chance.sharpe for chance in found.chances), *others])
    spread = _spread(every)
    lucky = []
    for chance in found.chances:
        of = _moments(results[chance.policy])
        if of is not None and deflated_sharpe(of, spread / _root(results[chance.policy]), every.size) < SURE:
            lucky.append(chance.policy)
    return Tried(int(every.size), len(others), luckiest(spread, every.size), lucky)


def _best_of(
    found: Mapping[str, Moments], annual: Mapping[str, float], results: Mapping[str, RunResult], trials: FloatArray
) -> Best | None:
    """The best looking policy against the luckiest of as many equals as there are ``trials`` (annual Sharpe ratios)."""
    of_equals = expected_best(trials)
    if of_equals is None:
        return None
    name = max(annual, key=lambda one: annual[one])
    chance = probabilistic_sharpe(found[name], of_equals / _root(results[name]))
    return Best(name, annual[name], of_equals, chance, trials.size)


def _superior(sides: Books, rows: FloatArray, benchmark: str, draws: int, seed: int) -> Superiority | None:
    if benchmark not in sides.names:
        return None
    held = sides.names.index(benchmark)
    return superiority(np.delete(rows, held, axis=0), rows[held], draws, BLOCK, seed)


def _moments(run: RunResult) -> Moments | None:
    seen = run.observations
    return moments(seen.returns - seen.cash)


def _annual(moments: Moments, run: RunResult) -> float:
    return moments.sharpe * _root(run)


def _root(run: RunResult) -> float:
    return float(np.sqrt(run.observations.per_year))


def _spread(trials: FloatArray) -> float:
    return float(trials.std(ddof=1)) if trials.size > 1 else 0.0


def seeds_of(seed: int) -> tuple[int, int]:
    """Of the set and of the test. Others of the scenario's seed are the judge's and those of the intervals."""
    made = np.random.SeedSequence(seed).spawn(5)[3:]
    return int(made[0].generate_state(1)[0]), int(made[1].generate_state(1)[0])

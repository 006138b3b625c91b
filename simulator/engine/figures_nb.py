"""The figures of a run, for sweeps that keep nothing else.

Sums are kept in as many parts as a block has sessions, so that they vectorise, and are added up at the end. Added one
after the other, they took a fifth of the time of a sweep over short paths.
"""

from __future__ import annotations

import math

import numpy as np

from simulator.core.abi import (
    BLOCK,
    EVER,
    LEAST_RAISED,
    MOST_OWED,
    NEVER_PAID,
    OWED,
    RUINED,
    TOTAL_COST,
    TOTAL_TURNOVER,
    MarketArrays,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.ledger.observed_nb import observe_nb

from .book_nb import stayers_nb

_FLAT = 1e-15
_BPS = 1e4
#: Room for the rounding of a quotient, far more than it takes.
_ROUNDING = 1e-12


@kernel
def stayers_path_nb(nav: FloatArray, owed: FloatArray, path: FloatArray) -> None:
    """Write what belongs to those who stay at each close. All three are (T,), in currency."""
    for t in range(nav.shape[0]):
        path[t] = stayers_nb(nav[t], owed[t])


@kernel
def returns_nb(nav: FloatArray, flowed: FloatArray, initial: float, returns: FloatArray) -> None:
    """Daily time-weighted returns; the first is measured from the initial cash.

    Fractions, (T,); 0 while nothing is there to be a fraction of.
    """
    sessions = nav.shape[0]
    returns[0] = nav[0] / initial - 1.0
    for t in range(1, sessions):
        returns[t] = nav[t] / nav[t - 1] - 1.0 if nav[t - 1] > 0.0 else 0.0
    if flowed.shape[1] > 0:
        for t in range(sessions):
            early = flowed[0, t] if t > 0 else flowed[0, 0] - initial
            base = (nav[t - 1] if t > 0 else initial) + early
            returns[t] = (nav[t] - flowed[1, t]) / base - 1.0 if base > 0.0 else 0.0


@kernel(inline=True)
def add_up_nb(parts: FloatArray) -> float:
    """The sum of the parts of a sum."""
    total = 0.0
    for b in range(parts.shape[0]):
        total += parts[b]
    return total


@kernel(inline=True)
def total_nb(values: FloatArray, parts: FloatArray) -> float:
    """The sum of all values."""
    parts[:] = 0.0
    for first in range(0, values.shape[0], BLOCK):
        some = values[first : first + BLOCK]
        for b in range(some.shape[0]):
            parts[b] += some[b]
    return add_up_nb(parts)


@kernel(inline=True)
def squares_nb(values: FloatArray, center: float, most: float, parts: FloatArray) -> float:
    """The sum of the squared distances of all values from ``center``; a distance above ``most`` counts as that."""
    parts[:] = 0.0
    for first in range(0, values.shape[0], BLOCK):
        some = values[first : first + BLOCK]
        for b in range(some.shape[0]):
            away = some[b] - center
            away = most if away > most else away
            parts[b] += away * away
    return add_up_nb(parts)


@kernel(inline=True)
def drawdown_nb(levels: FloatArray, start: float) -> tuple[float, float]:
    """The deepest fall of the levels below their highest so far, ``start`` included; sessions until it was recovered.

    0 sessions if they never fell, NaN if they have not recovered.
    """
    top, deepest, bottom, high = start, 0.0, 0, start
    left = 1.0 + _ROUNDING  # only what lies below that share of the highest can be the deepest fall so far
    for t in range(levels.shape[0]):
        level = levels[t]
        top = max(top, level)  # without a branch: new highs cannot be predicted
        if level < top * left:
            fall = level / top - 1.0
            if fall < deepest:
                deepest, bottom, high = fall, t, top
                left = 1.0 + deepest + _ROUNDING
    if deepest == 0.0:
        return deepest, 0.0
    for t in range(bottom + 1, levels.shape[0]):
        if levels[t] >= high:
            return deepest, float(t - bottom)
    return deepest, np.nan


@kernel
def coverage_nb(nav: FloatArray, flowed: FloatArray, raised: FloatArray, share: float, stress: float) -> float:
    """Least coverage of the stated redemptions and of what is owed; infinite where there is none.

    ``nav`` is net of what is owed, ``share`` the least liquid share of it, which says it all where nothing flows.
    """
    if flowed.shape[1] == 0 or raised.shape[0] == 0:
        return share / stress
    least = np.inf
    for t in range(nav.shape[0]):
        owed = flowed[2, t]
        asked = owed + stress * max(nav[t], 0.0) if owed > 0.0 else nav[t]
        if asked > 0.0:
            covered = raised[t] / asked
            least = min(least, covered if owed > 0.0 else covered / stress)
    return least


@kernel
def figures_nb(
    nav: FloatArray,
    flowed: FloatArray,
    raised: FloatArray,
    stress: float,
    market: MarketArrays,
    years: float,
    initial: float,
    state: State,
    returns: FloatArray,
    figures: FloatArray,
) -> None:
    """Write a run's figures, in the order of ``abi.FIGURES``; NaN where one is undefined.

    They are those of :mod:`simulator.metrics`. ``nav`` is net of what is owed, ``stress`` the share of it that
    investors are assumed to withdraw; three rows of ``returns`` are scratch.
    """
    everything, cell, parts = nav.shape[0], state.cell, state.scratch[0]
    returns_nb(nav, flowed, initial, returns[0])
    # Without flows, nav itself is the level of what was invested at the start.
    growth = nav[everything - 1] / initial
    if flowed.shape[1] > 0:
        growth = 1.0
        for t in range(everything):
            growth *= 1.0 + returns[0, t]
    for t in range(everything):
        returns[1, t] = market.accrual[t]
    sessions, per_year = observe_nb(
        market.quoted,
        market.day,
        market.per_year,
        market.stated,
        state.book[EVER],
        returns[0],
        returns[1],
    )
    daily, earned, other = returns[0, :sessions], returns[1, :sessions], returns[2, :sessions]
    mean = total_nb(daily, parts) / sessions
    squares = squares_nb(daily, mean, np.inf, parts)
    start, levels = initial, nav
    if flowed.shape[1] > 0 or sessions < everything:
        start, level = 1.0, 1.0
        for t in range(sessions):
            level *= 1.0 + daily[t]
            other[t] = level
        levels = other
    figures[5], figures[6] = drawdown_nb(levels, start)
    for t in range(sessions):
        other[t] = daily[t] - earned[t]
    excess = total_nb(other, parts) / sessions
    days = math.sqrt(per_year)
    spread = math.sqrt(squares_nb(other, excess, np.inf, parts) / (sessions - 1)) if sessions > 1 else 0.0
    downside = math.sqrt(squares_nb(other, 0.0, 0.0, parts) / sessions)
    figures[0] = nav[everything - 1]
    figures[1] = growth ** (1.0 / years) - 1.0 if years > 0.0 and growth > 0.0 else np.nan
    figures[2] = math.sqrt(squares / (sessions - 1)) * days if sessions > 1 else np.nan
    figures[3] = excess / spread * days if spread >= _FLAT else np.nan
    figures[4] = excess / downside * days if downside >= _FLAT else np.nan
    figures[7] = cell[TOTAL_TURNOVER] / years if years > 0.0 else np.nan
    figures[8] = cell[TOTAL_COST] / years * _BPS if years > 0.0 else np.nan
    figures[9] = cell[LEAST_RAISED] if cell[LEAST_RAISED] < np.inf else np.nan
    covered = coverage_nb(nav, flowed, raised, cell[LEAST_RAISED], stress)
    figures[10] = covered if covered < np.inf else np.nan
    figures[11] = cell[MOST_OWED]
    figures[12] = cell[OWED] + cell[NEVER_PAID]
    if state.tally[RUINED] >= 0:  # a book that is over has no rate of growth, and none of its risk is annual
        figures[1] = figures[2] = figures[3] = figures[4] = figures[6] = np.nan

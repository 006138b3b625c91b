"""The array bundles that cross the numba boundary, and the codes kernels use.

Index letters: t session, i asset. T sessions, N assets, R rows (T, or 1 where a panel is the same every day).
Every array a kernel only reads is frozen; the ones in :class:`State` and :class:`Output` are writable.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from .types import BoolArray, FloatArray, IntArray

# What a plan asks for on a session (Plan.action).
NOTHING: Final = 0
TEST_BAND: Final = 1
TRADE: Final = 2
ASK: Final = 3

# Why advance_nb returned.
FINISHED: Final = 0
ASKED: Final = 1
EVENTS_FULL: Final = 2
UNBALANCED: Final = 3

# State.cell: the book's scalars, by position.
BOOK_CASH: Final = 0
BOOK_NAV: Final = 1
DAY_INTEREST: Final = 2
DAY_PRICE_PNL: Final = 3
DAY_IMPACT_PNL: Final = 4
DAY_COSTS: Final = 5
DAY_BOUGHT: Final = 6
DAY_SOLD: Final = 7
LEAST_CASH: Final = 8
PREMIUM: Final = 9
PREVIOUS_NAV: Final = 10
CELLS: Final = 11

# State.tally: the book's counters, by position.
DECISIONS: Final = 0
NEXT_DUE: Final = 1
WORKING: Final = 2
WORKING_DECISION: Final = 3
EVENTS: Final = 4
FILLS: Final = 5
DISPLACED: Final = 6
COUNTS: Final = 7

# Cost components, by position; the ledger uses the same codes.
SPREAD: Final = 0
TEMPORARY: Final = 1
PERMANENT: Final = 2
COMPONENTS: Final = ("spread", "temporary", "permanent")

#: Largest absolute log displacement of a fill: beyond a factor of two the linear law says nothing.
MAX_DISPLACEMENT: Final = float(np.log(2.0))
#: Displacements decay towards zero and are flushed there, before denormals slow the arithmetic.
NO_DISPLACEMENT: Final = 1e-18
#: Orders below this fraction of nav are dust and are dropped.
DUST: Final = 1e-10
#: A day's books balance to within this fraction of nav.
TOLERANCE: Final = 1e-9


class MarketArrays(NamedTuple):
    """What happened. ``mark`` carries the last price over gaps and is 0 before an asset's first price."""

    mark: FloatArray  # (T, N)
    fill_price: FloatArray  # (T, N) before displacement; NaN where there was none
    tradable: BoolArray  # (T, N)
    accrual: FloatArray  # (T,) what one unit of cash held since the previous close earns


class CostPanels(NamedTuple):
    """Cost of executing notional x: |x| (half_spread + eta sigma (|x|/volume)^delta) + gamma sigma x^2 / (2 volume).

    The ``planned`` panels hold what is known at the decision, the others what the day turned out to be.
    """

    planned_spread: FloatArray  # (R, N) fraction of price
    planned_volume: FloatArray  # (R, N) daily notional
    planned_sigma: FloatArray  # (R, N) daily volatility
    spread: FloatArray  # (R, N)
    volume: FloatArray  # (R, N)
    sigma: FloatArray  # (R, N)
    eta: FloatArray  # (N,)
    gamma: FloatArray  # (N,)
    delta: float
    retain: float  # share of a displacement left after one session


class Limits(NamedTuple):
    """Execution terms. Caps are inf where there is none."""

    lag: int
    size_at_fill: bool
    carry: bool
    participation: float  # of the day's notional
    turnover: float  # of nav, a decision
    cost: float  # fraction of nav, a decision
    impacted_marks: bool


class LiquidityPanels(NamedTuple):
    """Raised from a position x: y (net - slope y), y = min(x, capacity). Shape (0, N) switches it off."""

    capacity: FloatArray  # (T, N) notional
    net: FloatArray  # (T, N) fraction left after haircut, spread and temporary impact
    slope: FloatArray  # (T, N) permanent impact per unit of notional


class PlanArrays(NamedTuple):
    """When a policy acts and to what. See :class:`simulator.core.plan.Plan`."""

    action: npt.NDArray[np.uint8]  # (T,)
    row: npt.NDArray[np.int32]  # (T,) row of ``targets`` that holds that session
    targets: FloatArray  # (rows, N) weights of nav
    cash_target: FloatArray  # (rows,)
    band: FloatArray  # (rows,) inf for none
    to_edge: bool


class State(NamedTuple):
    """The book between two sessions: everything a replay carries forward."""

    shares: FloatArray  # (N,)
    displacement: FloatArray  # (N,) log displacement of fills
    work: FloatArray  # (N,) shares due now, unfilled so far
    queue: FloatArray  # (max(lag, 1), N) orders in flight: shares, or weights when sized at the fill
    queue_decision: IntArray  # (max(lag, 1),) decision in each slot, -1 for none
    price: FloatArray  # (N,) scratch: fill prices
    trade: FloatArray  # (N,) scratch: shares traded
    cell: FloatArray  # (CELLS,)
    tally: IntArray  # (COUNTS,)


class Output(NamedTuple):
    """What a replay writes. Only ``nav`` is kept when ``full`` is False (the others are then empty)."""

    full: bool
    nav: FloatArray  # (T,)
    cash: FloatArray  # (T,)
    shares: FloatArray  # (T, N)
    costs: FloatArray  # (T, components)
    interest: FloatArray  # (T,)
    price_pnl: FloatArray  # (T,)
    impact_pnl: FloatArray  # (T,)
    bought: FloatArray  # (T,) notional
    sold: FloatArray  # (T,) notional
    first_investment: FloatArray  # (T,) notional of fills of the first decision
    premium: FloatArray  # (T,) what marking at displaced prices would add to nav
    raised: FloatArray  # (T,) cash that could be raised within the horizon under stress
    total_costs: FloatArray  # (components,)

"""The array bundles that cross the numba boundary, and the codes kernels use.

Index letters: t session, i asset. T sessions, N assets, R rows (T, or 1 where a panel is the same every day).
Every array a kernel only reads is frozen; the ones in :class:`State` and :class:`Output` are writable.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from .types import FloatArray, IntArray

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

# What a policy answered when it was asked.
NO_ANSWER: Final = 0
HOLD_ANSWER: Final = 1
TARGETS_ANSWER: Final = 2
PLAN_ANSWER: Final = 3  # to what the plan says

# Whether an asset can trade on a session (MarketArrays.status).
TRADABLE: Final = 0
UNTRADABLE: Final = 1  # no price, no volume, or halted
FORBIDDEN: Final = 2  # on the no-trade list

# State.cell: the book's scalars, by position.
BOOK_CASH: Final = 0
BOOK_NAV: Final = 1
PREVIOUS_NAV: Final = 2
LEAST_CASH: Final = 3
PREMIUM: Final = 4
OWED: Final = 5
TOTAL_TURNOVER: Final = 6
LEAST_RAISED: Final = 7
# ... and the totals of the day being processed.
DAY_INTEREST: Final = 8
DAY_PRICE_PNL: Final = 9
DAY_IMPACT_PNL: Final = 10
DAY_COSTS: Final = 11
DAY_BOUGHT: Final = 12
DAY_SOLD: Final = 13
DAY_FIRST: Final = 14
DAY_FLOW: Final = 15
DAY_DIVIDENDS: Final = 16
DAY_LATE_FLOW: Final = 17
DAY_DUE: Final = 18  # what investors brought, less what they asked for, paid or not
DAY_MOVED: Final = 19  # notional filled, costs and what corporate actions moved: how large the day's roundings may be
DAY_GIVEN_UP: Final = 20  # asked of a book that had nothing left
DAY_FEES: Final = 21  # management and performance fees charged
FIRST_DAY_CELL: Final = 8
LAST_DAY_CELL: Final = 22
# ... sums over the whole run, and its worst close.
TOTAL_COST: Final = 22  # costs of each day over the nav it began with, flows of its open included
NEVER_PAID: Final = 23  # asked of a book that had nothing left
MOST_OWED: Final = 24  # largest share of a close's nav that could not be paid
# ... what performance fees are measured against, and what of them the book has set aside.
HIGH_WATER: Final = 25  # currency, moved by flows one for one
SET_ASIDE: Final = 26
# ... cash of trades that have not settled: to come, less to be paid.
UNSETTLED: Final = 27
# ... and what bounds on holdings took from the weights being decided.
FIRST_CUT: Final = 28

# State.tally: the book's counters, by position.
DECISIONS: Final = 0
NEXT_DUE: Final = 1
WORKING: Final = 2
WORKING_DECISION: Final = 3
EVENTS: Final = 4
FILLS: Final = 5
DISPLACED: Final = 6
SLICES_UNTIL: Final = 7
NEXT_ACTION: Final = 8
NEXT_FLOW: Final = 9
TAKEN: Final = 10  # whether anything was traded today
SELLS: Final = 11  # how many of the trade list sell ...
BUYS: Final = 12  # ... and buy
RUINED: Final = 13  # session at whose close the book was worth nothing or less, -1 for none
SETTLING: Final = 14  # last session at whose open something settles, -1 for none
COUNTS: Final = 15

# Cost components, by position; the ledger uses the same codes.
SPREAD: Final = 0
TEMPORARY: Final = 1
PERMANENT: Final = 2
COMMISSION: Final = 3
BORROW: Final = 4
COMPONENTS: Final = ("spread", "temporary", "permanent", "commission", "borrow")

# Limits.schedule: how a decision is spread over sessions.
IMMEDIATE: Final = 0
TWAP: Final = 1
ALMGREN_CHRISS: Final = 2

# CorporateActions.kind.
SPLIT: Final = 0
DIVIDEND: Final = 1
DELISTING: Final = 2

# Bounds on holdings that targets are brought within, by position in PlanArrays.cut.
CUT_POSITION: Final = 0
CUT_GROUP: Final = 1
CUT_LEVERAGE: Final = 2
CUT_CASH: Final = 3
CUTS: Final = 4
CELLS: Final = FIRST_CUT + CUTS
# ... then, where trades settle later, what settles on each of the coming sessions, by session modulo their number.

# State.book: the book by asset, by row.
SHARES: Final = 0
DISPLACEMENT: Final = 1  # log displacement of fills on session SINCE
SINCE: Final = 2
WORK: Final = 3  # shares due now, unfilled so far
GOAL: Final = 4  # weights being decided
PRICE: Final = 5  # scratch: fill prices, 0 where nothing can trade
TRADE_LIST: Final = 6  # scratch: shares traded
TAKEN_NOTIONAL: Final = 7  # notional traded so far today
CHARGE: Final = 8  # scratch: what the trade list costs, a row each for spread, temporary, permanent, commission
EVER: Final = 12  # 1 for assets that the book has ever traded
QUEUE: Final = 13  # then max(lag, 1) rows: orders in flight, shares or (sized at the fill) weights
# ... then a row for each slice of a schedule of several: shares due on coming sessions.

# CostPanels.by_asset, by row.
ETA: Final = 0
GAMMA: Final = 1
FEE_RATE: Final = 2  # commission, fraction of notional
FEE_PER_SHARE: Final = 3  # commission, currency a raw share
FEE_MINIMUM: Final = 4  # least of the two together, currency a fill
FEE_FIXED: Final = 5  # on top, currency a fill
BORROW_RATE: Final = 6  # annual, on the value of a short position
BY_ASSET: Final = 7

# Output.daily, by row; the rows from DAILY_COSTS on are the cost components.
DAILY: Final = (
    *("cash", "interest", "dividends", "flows", "late_flows", "price_pnl", "impact_pnl", "bought", "sold"),
    *("first_investment", "displacement_premium", "fees"),
)
DAILY_CASH: Final = 0
DAILY_INTEREST: Final = 1
DAILY_DIVIDENDS: Final = 2
DAILY_FLOWS: Final = 3
DAILY_LATE_FLOWS: Final = 4
DAILY_PRICE_PNL: Final = 5
DAILY_IMPACT_PNL: Final = 6
DAILY_BOUGHT: Final = 7
DAILY_SOLD: Final = 8
DAILY_FIRST: Final = 9
DAILY_PREMIUM: Final = 10
DAILY_FEES: Final = 11
DAILY_COSTS: Final = 12

# PlanArrays.rules, by column; the columns from RULE_CUTS on are what bounds took.
RULE_CASH: Final = 0
RULE_BAND: Final = 1
RULE_CUTS: Final = 2

# CorporateActions.table and FlowArrays.table, by column.
ACTION_SESSION: Final = 0
ACTION_ASSET: Final = 1
ACTION_KIND: Final = 2
ACTION_VALUE: Final = 3
FLOW_SESSION: Final = 0
FLOW_AMOUNT: Final = 1
FLOW_SHARE: Final = 2
FLOW_INVEST: Final = 3

# FlowArrays.pays: what falls on the open of a session.
NO_PAYMENT: Final = 0
PAYMENT: Final = 1  # fees charged so far are paid
CRYSTALLISATION: Final = 2  # likewise, and what was set aside for performance is earned for good

#: Largest absolute log displacement of a fill: beyond a factor of two the linear law says nothing.
MAX_DISPLACEMENT: Final = float(np.log(2.0))
#: Displacements decay towards zero and are flushed there, before denormals slow the arithmetic.
NO_DISPLACEMENT: Final = 1e-18
#: Orders below this fraction of nav are dust and are dropped.
DUST: Final = 1e-10
#: A day's books balance to within this fraction of the largest of nav, the nav before and cash ...
TOLERANCE: Final = 1e-9
#: ... and this fraction of all that was held and moved: a sum of N amounts rounds to N / 2^53 of their sizes at worst.
ROUNDING: Final = 1e-12
#: Up to so many assets, what is read by asset is still at hand when a block of sessions is done.
FEW: Final = 64
#: Sessions that the advance loop marks at once.
BLOCK: Final = 64
#: What ``figures_nb`` computes of a run, by column.
FIGURES: Final = (
    *("nav_end", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "recovery_sessions"),
    *("turnover_annual", "cost_bps_annual", "liquidity_min"),
    *("coverage_min", "owed_max", "unpaid_end"),
)
# MarketArrays.quoted.
CLOSED: Final = 0  # listed, but without a price
QUOTED: Final = 1
UNLISTED: Final = 2
#: No session: later than any.
NEVER: Final = 2**62


class MarketArrays(NamedTuple):
    """What happened. ``mark`` carries the last price over gaps and is 0 before an asset's first price.

    Arrays are of T sessions and N assets; prices are in currency a share.
    """

    mark: FloatArray  # (T, N)
    mark_by_asset: FloatArray  # (N, T) the same, for the loop over sessions
    fill_price: FloatArray  # (T, N) before displacement; where there was none, minus what a share was known to be worth
    status: npt.NDArray[np.uint8]  # (T, N)
    accrual: FloatArray  # (T,) what one unit of cash held since the previous close earns
    year: FloatArray  # (T,) fraction of a year (ACT/360) since the previous close
    earning: bool  # whether any cash earns anything
    near: bool  # whether the run before has just read the marks
    quoted: npt.NDArray[np.uint8]  # (T, N); (0, 0) where every listed asset has a price on every session
    day: IntArray  # (T,) days since 1970
    per_year: float  # sessions a year, over all sessions, or as stated
    stated: bool  # whether the user states it


class CorporateActions(NamedTuple):
    """Splits, dividends and delistings, in order of session."""

    table: FloatArray  # (M, 4) session, asset, kind, and new shares per old, cash per share or recovery


class FlowArrays(NamedTuple):
    """The initial cash, subscriptions (positive) and redemptions (negative), in order of session."""

    table: FloatArray  # (F, 4) session, amount, share of the previous close's nav added to it, whether invested at once
    rank: IntArray  # (N,) order in which assets are sold to pay redemptions; all 0 for pro rata
    pays: npt.NDArray[np.uint8]  # (T,) when fees are paid; (0,) where none are charged
    management: float  # annual fee (ACT/365) on the previous close's nav
    performance: float  # of what lies above the high-water mark


class CostPanels(NamedTuple):
    """The coefficients of the cost law; build one with :func:`simulator.costs.cost_panels`.

    |x| (half_spread + eta sigma (|x|/volume)^delta) + gamma sigma x^2 / (2 volume), and a commission. The
    ``planned`` panels hold what is known at the decision, the others what the day turned out to be.
    """

    planned_spread: FloatArray  # (R, N) fraction of price
    planned_volume: FloatArray  # (R, N) daily notional
    planned_sigma: FloatArray  # (R, N) daily volatility
    spread: FloatArray  # (R, N)
    volume: FloatArray  # (R, N)
    sigma: FloatArray  # (R, N)
    raw_shares: FloatArray  # (R, N) raw shares in one adjusted share
    by_asset: FloatArray  # (BY_ASSET, N)
    decay: FloatArray  # (D,) share of a displacement left after 0, 1, ... sessions; nothing is left after D
    financing: float  # annual rate paid on negative cash, above the cash rate
    delta: float
    commissions: bool  # whether any commission is charged


class HoldingLimits(NamedTuple):
    """Bounds on the liquidity of holdings, besides that on the liquid share; shares are of nav, 1 for no bound."""

    stated: bool  # whether there are any
    slow: float  # most that is not cash within ``days``
    days: float
    pace: float  # share of planned volume sold a session
    illiquid: float  # most that is illiquid under SEC rule 22e-4
    less_liquid: float  # most that is not highly liquid
    bucket_pace: float  # share of planned volume sold a day under that rule, over the share of a position that is
    settlement: int  # sessions from a sale to its cash under that rule, at least
    stock: float  # least stock of high-quality liquid assets; 0 for none
    counted: FloatArray  # (3, N) what of each asset counts in levels 1, 2A and 2B after haircut


class Limits(NamedTuple):
    """Execution terms. Caps are inf where there is none. Fractions are of nav, lags in sessions."""

    lag: int
    size_at_fill: bool
    carry: bool
    net: bool  # a newer decision nets what an older one has due, instead of cancelling it
    participation: float  # of the day's notional
    turnover: float  # of nav, a session
    annual_turnover: float  # of nav, any year of sessions
    cost: float  # fraction of nav, a decision
    annual_cost: float  # fraction of nav, any year of sessions
    min_trade: float  # fraction of nav
    least_cash: float  # fraction of nav that buys leave in cash; negative where the book may borrow
    least_liquid: float  # least liquid share of nav after a decision; 0 for none
    impacted_marks: bool
    short: bool
    schedule: int
    slices: int
    risk_aversion: float  # per unit of currency
    lot: FloatArray  # (N,) raw shares a lot; 0 for none
    year_long: IntArray  # (T,) sessions of a year, as their spacing up to each one shows
    settlement: npt.NDArray[np.uint8]  # (R, N) sessions from a trade to its cash; (0, 0) where all settle at once
    unsettled_buys: bool  # whether buys may be paid with what sales are still to bring
    horizon: int  # sessions within which coverage counts cash
    holding: HoldingLimits


class LiquidityPanels(NamedTuple):
    """Raised from a position x: y (net - slope y), y = min(x, capacity). Shape (N, 0) switches it off."""

    capacity: FloatArray  # (N, T) notional; (T, N) if by session
    net: FloatArray  # likewise: fraction left after haircut, spread and temporary impact
    slope: FloatArray  # likewise: permanent impact per unit of notional
    by_session: bool  # as a wide market is read


class PlanArrays(NamedTuple):
    """When a policy acts and to what. See :class:`simulator.core.plan.Plan`.

    Of T sessions and N assets; weights are fractions of nav.
    """

    action: npt.NDArray[np.uint8]  # (T,)
    until: npt.NDArray[np.int32]  # (T,) end (exclusive) of the run of sessions with the same action and row
    row: npt.NDArray[np.int32]  # (T,) row of ``targets`` that holds that session
    targets: FloatArray  # (rows, N) weights of nav
    rules: FloatArray  # (rows, RULE_CUTS + CUTS) cash target, band (inf for none), share of nav each bound took
    to_edge: bool
    shared: bool  # whether it stands for several policies, which are asked where its band is left


class State(NamedTuple):
    """The book between two sessions: everything a replay carries forward. Few arrays: each costs to pass."""

    book: FloatArray  # (QUEUE + max(lag, 1) + slices, N)
    recent: FloatArray  # (a year, 3) session, turnover and cost of the last year's trading days; (0, 3) if not needed
    scratch: FloatArray  # (3, BLOCK)
    cell: FloatArray  # (CELLS + most sessions to settlement,)
    tally: IntArray  # (COUNTS + max(lag, 1),) counters, then the decision in each slot of the queue, -1 for none
    sides: IntArray  # (2, N) the assets that the trade list sells, and those it buys


class Output(NamedTuple):
    """What a replay writes. Arrays that are not kept are empty.

    Of T sessions and N assets, in currency; NaN where nothing is known.
    """

    full: bool
    nav: FloatArray  # (T,)
    raised: FloatArray  # (T,) cash that could be raised within the horizon under stress
    daily: FloatArray  # (DAILY_COSTS + components, T)
    shares: FloatArray  # (T, N)
    total_costs: FloatArray  # (components,)
    flowed: FloatArray
    """(3, T) flows at the open and, paid from sales, at the close; redemptions owed at the close. (3, 0) without any.

    On a session that begins or ends with something owed, what falls due counts from its open, paid or not.
    """
    settled: FloatArray
    """(D, T) cash at the close that investors could be paid within 0, 1, ... D - 1 sessions; (0, 0) if all settles."""

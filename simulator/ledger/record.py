"""The record of one run: arrays first, pandas on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.core import abi
from simulator.core.errors import ParameterError
from simulator.core.names import CASH
from simulator.core.rhythm_nb import day_numbers
from simulator.core.types import BoolArray, DateArray, FloatArray

from .events import Kind, to_frame
from .expand import expand
from .observed_nb import observe_nb, traded_nb

Save = Literal["nav", "daily", "full"]

_DAILY = (
    *("nav", "cash", "shares", "costs", "interest", "dividends", "flows", "late_flows", "price_pnl", "impact_pnl"),
    *("bought", "sold", "first_investment", "premium", "fees"),
)


class Observations(NamedTuple):
    """A book's history by observation; sessions on which nothing it ever held traded are part of the next one."""

    returns: FloatArray  # (n,) time-weighted, net of costs
    cash: FloatArray  # (n,) what cash earned
    per_year: float  # observations a year


@dataclass(frozen=True, eq=False)
class RunRecord:
    """What one policy did and what became of it.

    ``nav`` and ``returns`` are always there. ``weights``, ``costs`` and ``liquidity`` need ``save="daily"``;
    ``events``, ``trades`` and ``decisions`` need ``save="full"``.

    Attributes
    ----------
    name
        The policy's name.
    sessions
        (T,) the sessions replayed.
    assets
        N names.
    initial_cash
        In currency.
    marks
        (T, N) prices at which positions were valued.
    accrual
        (T,) what a unit of cash earned from the previous close to each session.
    redemption_stress
        Share of nav that coverage is measured against.
    impacted_marks
        Whether nav is marked at prices displaced by the book's own trading.
    save
        What was kept.
    out
        The kernel's output arrays.
    stream
        The event stream, records of :data:`simulator.ledger.EVENT`, with one event for the marks of a session.
    ruined
        Row of the session at whose close the book was worth nothing or less, which ended its run: it was closed out
        at the marks of that close and stands still from then on. ``None`` if it never was.
    quoted
        (T, N) which assets had a price, as :class:`simulator.core.abi.MarketArrays` has it.
    ever
        (N,) what the book ever traded.
    market_per_year, per_year_stated
        Sessions a year over all sessions, and whether the user states them.
    """

    name: str
    sessions: DateArray
    assets: tuple[str, ...]
    initial_cash: float
    marks: FloatArray
    accrual: FloatArray
    redemption_stress: float
    impacted_marks: bool
    save: Save
    out: abi.Output
    stream: npt.NDArray[Any]
    ruined: int | None
    quoted: npt.NDArray[np.uint8]
    ever: BoolArray
    market_per_year: float
    per_year_stated: bool

    @cached_property
    def records(self) -> npt.NDArray[Any]:
        """The event stream, records of :data:`simulator.ledger.EVENT`, with a mark for each position and session."""
        return expand(self.stream, self.out.shares, self.marks)

    @cached_property
    def index(self) -> pd.DatetimeIndex:
        """The sessions as a pandas index."""
        return pd.DatetimeIndex(self.sessions, name="date")

    @cached_property
    def daily(self) -> Mapping[str, FloatArray]:
        """Daily arrays by name: (T,), but ``shares`` (T, N) and ``costs`` (T, components), in currency."""
        self._needs("daily")
        daily = {name: self.out.daily[row] for row, name in enumerate(abi.DAILY)}
        costs = self.out.daily[abi.DAILY_COSTS :].T
        marked = daily["displacement_premium"] if self.impacted_marks else np.zeros(self.sessions.size)
        return {**daily, "nav": self.out.nav, "shares": self.out.shares, "costs": costs, "premium": marked}

    @cached_property
    def nav(self) -> pd.Series:
        """Net asset value at each close, in currency: what belongs to those who stay, net of redemptions owed."""
        return pd.Series(self.stayers, index=self.index, name="nav")

    @cached_property
    def nav_gross(self) -> pd.Series:
        """What the whole book is worth at each close, before what is owed is taken off it.

        In currency, one value a session.
        """
        return pd.Series(self.out.nav, index=self.index, name="nav_gross")

    @cached_property
    def owed(self) -> pd.Series:
        """Redemptions due and not paid yet at each close, in currency."""
        values = self.out.flowed[2] if self.out.flowed.size else np.zeros(self.sessions.size)
        return pd.Series(values, index=self.index, name="owed")

    @cached_property
    def stayers(self) -> FloatArray:
        """(T,) nav net of what is owed."""
        return stayers_nav(self.out)

    @cached_property
    def nav_impacted(self) -> pd.Series:
        """Nav had it been marked at prices displaced by the book's own trading. In currency, one value a session."""
        daily = self.daily
        market = daily["nav"] - daily["premium"]
        return pd.Series(market + daily["displacement_premium"], index=self.index, name="nav_impacted")

    @cached_property
    def returns(self) -> pd.Series:
        """Daily time-weighted returns, net of flows; the first is measured from the initial cash.

        Fractions, one a session.

        Flows count from the open they were due at, the part of a redemption that was paid from sales at the
        close until that close. What is still owed at a close is no longer theirs whose return this is: it has counted
        from the open it was due at. 0 while the book is empty, and once its run has ended.
        """
        late = self.out.flowed[1] if self.out.flowed.size else 0.0
        values = ratio(self.stayers - late, self.opening_nav, 1.0) - 1.0
        return pd.Series(values, index=self.index, name=self.name)

    @cached_property
    def observed(self) -> BoolArray:
        """(T,) the sessions that are observations of the book: something it ever traded has a price, or none is listed.

        The others are days on which its market was closed, and what it holds did not trade.
        """
        if not self.quoted.size:
            return np.ones(self.sessions.size, bool)
        ever = self.ever.astype(np.float64)
        return np.array([traded_nb(t, self.quoted, ever) for t in range(self.sessions.size)], bool)

    @cached_property
    def observations(self) -> Observations:
        """Returns by observation, and how many there are in a year: what annual figures are made of."""
        returns, cash = self.returns.to_numpy(np.float64, copy=True), np.array(self.accrual, np.float64)
        count, per_year = observe_nb(
            self.quoted,
            day_numbers(self.sessions),
            self.market_per_year,
            self.per_year_stated,
            self.ever.astype(np.float64),
            returns,
            cash,
        )
        return Observations(returns[:count], cash[:count], per_year)

    @property
    def rest(self) -> float:
        """What the book returned after its last observation, which no observation has yet.

        A fraction; 0 where the last session was observed.
        """
        after = self.returns.to_numpy()[np.flatnonzero(self.observed)[-1] + 1 :] if self.observed.any() else np.zeros(0)
        return float(np.prod(1.0 + after) - 1.0)

    @property
    def sessions_per_year(self) -> float:
        """How many observations a year has: what annual figures of this run are multiplied by."""
        return self.observations.per_year

    @cached_property
    def opening_nav(self) -> FloatArray:
        """(T,) what a day's return and costs are measured against: the previous close's nav and that open's flows."""
        previous = np.concatenate([[self.initial_cash], self.stayers[:-1]])
        if not self.out.flowed.size:
            return previous
        opening: FloatArray = previous + self.out.flowed[0]
        opening[0] -= self.initial_cash
        return opening

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Shares held at each close."""
        return pd.DataFrame(self.daily["shares"], index=self.index, columns=list(self.assets))

    @cached_property
    def cash(self) -> pd.Series:
        """Cash at each close. In currency, one value a session; negative where the book borrows."""
        return pd.Series(self.daily["cash"], index=self.index, name="cash")

    @cached_property
    def settled(self) -> pd.Series:
        """Cash at each close that investors could be paid: settled, and not needed for what is still to be paid.

        In currency, one value a session.
        """
        return pd.Series(self.settled_within(0), index=self.index, name="settled")

    def settled_within(self, days: int) -> FloatArray:
        """(T,) cash at each close that will have settled for investors within some sessions, in currency."""
        self._needs("daily")
        return self.out.settled[days] if days < len(self.out.settled) else self.out.daily[abi.DAILY_CASH]

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Shares of the whole book by asset and ``CASH`` at each close; 0 while the book is empty."""
        daily = self.daily
        nav = daily["nav"] - daily["premium"]
        held = ratio(daily["shares"] * self.marks, nav[:, None], 0.0)
        frame = pd.DataFrame(held, self.index, list(self.assets))
        frame[CASH] = ratio(daily["cash"], nav, 0.0)
        return frame

    @cached_property
    def costs(self) -> pd.DataFrame:
        """Costs paid each day by component, in currency."""
        return pd.DataFrame(self.daily["costs"], index=self.index, columns=list(abi.COMPONENTS))

    @cached_property
    def fees(self) -> pd.Series:
        """Management and performance fees charged each day, in currency; negative where one set aside came back."""
        return pd.Series(self.daily["fees"], index=self.index, name="fees")

    @cached_property
    def total_costs(self) -> dict[str, float]:
        """Costs of the whole run by component, in currency."""
        return dict(zip(abi.COMPONENTS, map(float, self.out.total_costs), strict=True))

    @property
    def liquidity(self) -> pd.DataFrame:
        """What is known of liquidity from the record alone: :attr:`coverage`."""
        return self.coverage

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """``liquid_share`` of nav that could be raised under stress, and ``coverage`` of the stated redemptions.

        Both are ratios, one row a session.

        While redemptions are owed, ``liquid_share`` is what is left of it once they are met, of the nav of those who
        stay, and may be negative; ``coverage`` is of both, what is owed and the stated redemptions of those who stay.
        NaN throughout where the market has no volumes and assumes none, and while the book is empty.
        """
        self._needs("daily")
        raised = self.out.raised if len(self.out.raised) else np.full(self.sessions.size, np.nan)
        share = ratio(raised, self.stayers, np.nan)
        coverage = share / self.redemption_stress
        owed = self.out.flowed[2] if self.out.flowed.size else np.zeros(0)
        if owed.any():
            share = np.where(owed > 0.0, ratio(raised - owed, self.stayers, np.nan), share)
            asked = owed + self.redemption_stress * np.maximum(self.stayers, 0.0)
            coverage = np.where(owed > 0.0, ratio(raised, asked, np.nan), coverage)
        return pd.DataFrame({"liquid_share": share, "coverage": coverage}, index=self.index)

    @cached_property
    def events(self) -> pd.DataFrame:
        """The event stream with dates and names. Quantities are in shares, amounts in currency."""
        self._needs("full")
        return to_frame(self.records, self.sessions, self.assets)

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """One row a decision: its session, the nav it was sized on, and the turnover it planned before caps."""
        self._needs("full")
        chosen = self.stream[self.stream["kind"] == Kind.DECISION]
        return pd.DataFrame(
            {
                "date": pd.DatetimeIndex(self.sessions[chosen["session"]]),
                "nav": chosen["amount"],
                "planned_turnover": chosen["quantity"],
            },
            index=pd.Index(chosen["decision"], name="decision"),
        )

    @cached_property
    def limits(self) -> pd.DataFrame:
        """One row for each bound that bit: when, which, on what, and how much notional it cut.

        ``limit`` rows cut a trade or a target; ``breach`` rows are holding bounds exceeded by drift; ``shortfall``
        rows are redemptions that could not be paid by the end of the day: they wait, or (component ``nothing left``)
        never will be.
        """
        self._needs("full")
        kinds = (Kind.LIMIT, Kind.BREACH, Kind.SHORTFALL)
        chosen = to_frame(self.stream[np.isin(self.stream["kind"], kinds)], self.sessions, self.assets)
        return chosen[["date", "kind", "component", "asset", "decision", "amount"]].reset_index(drop=True)

    @cached_property
    def trades(self) -> pd.DataFrame:
        """One row a fill: when, what, how much, at what price, and what each cost component took.

        Quantities are in shares, costs in currency.
        """
        self._needs("full")
        kind = self.stream["kind"]
        part = self.stream[(kind == Kind.FILL) | (kind == Kind.COST)]
        is_fill = part["kind"] == Kind.FILL
        fills, costs = part[is_fill], part[~is_fill]
        owner = np.cumsum(is_fill)[~is_fill] - 1
        frame = pd.DataFrame(
            {
                "date": pd.DatetimeIndex(self.sessions[fills["session"]]),
                "asset": np.array(self.assets, dtype=object)[fills["asset"]],
                "decision": fills["decision"],
                "quantity": fills["quantity"],
                "price": fills["price"],
                "notional": fills["quantity"] * fills["price"],
            }
        )
        for code, name in enumerate(abi.COMPONENTS):
            chosen = costs["component"] == code
            paid = np.bincount(owner[chosen], weights=-costs["amount"][chosen], minlength=len(fills))
            frame[name] = paid.astype(np.float64)
        return frame

    def _needs(self, level: Save) -> None:
        if self.save == "nav" or (level == "full" and self.save != "full"):
            raise ParameterError(f"this needs save={level!r}; the run kept only {self.save!r}")


def stayers_nav(out: abi.Output) -> FloatArray:
    """(T,) nav net of what is owed to those who leave, which takes all there is at most; nav itself without flows."""
    if not out.flowed.size:
        return out.nav
    owed = out.flowed[2]
    return np.where(owed <= out.nav, out.nav - owed, np.minimum(out.nav, 0.0))


def ratio(part: FloatArray, whole: FloatArray, empty: float) -> FloatArray:
    """``part`` over ``whole``, and ``empty`` where there is nothing to be a part of (a book paid out whole).

    Of the shape (T,) that both broadcast to.
    """
    some = np.broadcast_to(whole > 0.0, np.shape(part))
    divided: FloatArray = np.divide(part, whole, out=np.full(np.shape(part), empty), where=some)
    return divided

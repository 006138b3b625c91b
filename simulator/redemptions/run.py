"""A run on a fund, day by day: who asks, what is dealt at which price, and who bore the cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray, FloatArray

from .book import Book, Waterfall, raised
from .investors import Investors, Seen, asked_share, leaving
from .tools import Dealing, Suspension, Tool

#: Sessions over which investors look at performance.
_MONTH: Final = 21


@dataclass(frozen=True, eq=False)
class RedemptionRun:
    """What became of a fund, and of those who left and stayed.

    What an investor has is measured against the same share had nobody left: market moves are in neither. 1 is a fund
    that costs nobody anything.

    Attributes
    ----------
    tool
        The tool's kind.
    triggered
        (T,) whether it changed anything: dealing held back or put off, a charge, assets handed out or set apart.
    price
        (T,) net asset value of a share at the close, what is in a side pocket included, in currency.
    asked
        (T,) share of the fund asked back each day, for whatever day.
    dealt
        (T,) shares dealt, of those there were at first.
    waiting
        (T,) shares asked for and not dealt at the close, likewise.
    charge
        (T,) fraction of the price that those who left did not get.
    left
        (T,) what one who asked on a day had in the end, NaN where nobody did; what still waits counts at the last
        price.
    staying
        (T,) what one who stays has.
    delay
        (T,) mean sessions from asking to being paid, by the day of asking; what still waits counts to the end.
    liquid_share
        (T,) of the fund at the close.
    cost
        (T,) cost of selling, borne by the fund, in currency.
    last
        Shares left, of those at first.
    weight
        (T,) shares asked for by day, of those there were at first.
    asked_by
        (classes,) shares that each class asked for, of those it had at first.
    had
        (classes,) what a class has in the end, those who left and those who stay together; what it handed out to be
        sold counts as it was sold.
    """

    tool: str
    triggered: FloatArray
    price: FloatArray
    asked: FloatArray
    dealt: FloatArray
    waiting: FloatArray
    charge: FloatArray
    left: FloatArray
    staying: FloatArray
    delay: FloatArray
    liquid_share: FloatArray
    cost: FloatArray
    last: float
    weight: FloatArray = field(repr=False)
    asked_by: FloatArray
    had: FloatArray

    @property
    def dilution_bps(self) -> float:
        """What those who stay have lost to those who left; below 0 where they gained.

        In basis points of what they had.
        """
        return (1.0 - float(self.staying[-1])) * 1e4

    @property
    def delay_sessions(self) -> float:
        """Mean sessions from asking to being paid, by shares; 0 where nobody asks."""
        total = float(self.weight.sum())
        return float(np.nansum(self.delay * self.weight)) / total if total > 0.0 else 0.0

    @property
    def first_mover_bps(self) -> float:
        """What those who asked first have more than those who stayed to the end; NaN where nobody asks.

        In basis points of what they had.
        """
        first = np.flatnonzero(self.weight > 0.0)
        if not first.size:
            return float("nan")
        return (float(self.left[first[0]]) - float(self.staying[-1])) * 1e4

    @property
    def leavers_bps(self) -> float:
        """What those who left have lost, by shares; NaN where nobody did."""
        total = float(self.weight.sum())
        return (1.0 - float(np.nansum(self.left * self.weight)) / total) * 1e4 if total > 0.0 else float("nan")


@dataclass(eq=False)
class _Batch:
    """Shares that were asked for on one day by investors of one notice."""

    day: int
    due: int
    shares: float
    group: int  # of the classes


@dataclass(frozen=True, eq=False)
class _Told:
    """What is summed up of those who asked: shares x what one has, shares paid x sessions, by day; and by class."""

    left: FloatArray
    waited: FloatArray
    had: FloatArray

    def paid(self, batch: _Batch, shares: float, value: float, session: int) -> None:
        """Some shares of a batch end with a value on a session."""
        self.left[batch.day] += shares * value
        self.waited[batch.day] += shares * (session - batch.day)
        self.had[batch.group] += shares * value


@dataclass(eq=False)
class _Fund:
    """A fund in the middle of a run. Shares are of those there were at first; ``staying`` has no market in it."""

    book: Book
    shares: float = 1.0
    staying: float = 1.0
    high: float = 0.0
    pocket: Book | None = None
    pocket_units: float = 1.0  # shares at the time it was set apart
    waiting: list[_Batch] = field(default_factory=list)

    @property
    def pocket_worth(self) -> float:
        return 0.0 if self.pocket is None else self.pocket.worth

    @property
    def price(self) -> float:
        """Of a share that stays, its part of the pocket included."""
        own = self.book.worth / self.shares if self.shares > 0.0 else 0.0
        return own + self.pocket_worth / self.pocket_units


def redemption_run(
    book: Book,
    returns: npt.ArrayLike,
    investors: Sequence[Investors],
    tool: Tool | None = None,
    waterfall: Waterfall = "most-liquid",
    asked: npt.ArrayLike | None = None,
    rng: np.random.Generator | None = None,
    shares: float = 1.0,
) -> RedemptionRun:
    """Run a fund through some sessions.

    On each session prices move; investors ask, from what they saw the day before; what is due is dealt at the close,
    all alike, up to what can be sold; the rest waits for the next. Nobody comes.

    Parameters
    ----------
    book
        What the fund holds before the first session.
    returns
        (T, A) returns of its assets; zeros look at the tools alone.
    investors
        Classes; their shares sum to 1.
    tool
        None, or one of the nine.
    waterfall
        How cash is raised.
    asked
        (T,) share of the fund asked back each day besides what investors do, all classes alike.
    rng
        For classes with a ``count``.
    shares
        How many there are at first; prices are of one.

    Raises
    ------
    ParameterError
        If shapes or shares do not fit, or a class is counted and there is no generator.
    """
    returns = np.asarray(returns, np.float64)
    asked = None if asked is None else np.asarray(asked, np.float64)
    _check(book, returns, investors, asked, rng)
    tool, sessions = tool or Tool(), len(returns)
    fund = _Fund(book)
    fund.high = fund.price
    out = {name: np.zeros(sessions) for name in _DAILY}
    weight, told = np.zeros(sessions), _Told(np.zeros(sessions), np.zeros(sessions), np.zeros(len(investors)))
    held = np.array([investor.share for investor in investors])
    holding = held.copy()
    prices, seen_asked, until = [fund.price], 0.0, -1
    for t in range(sessions):
        seen = _seen(prices, fund, seen_asked)
        fund.book = fund.book.moved(returns[t])
        if fund.pocket is not None:
            fund.pocket = fund.pocket.moved(returns[t])
        fund.high = max(fund.high, fund.price)
        batches = _requests(t, fund, investors, holding, seen, 0.0 if asked is None else float(asked[t]), rng)
        weight[t] = sum(batch.shares for batch in batches)
        seen_asked = out["asked"][t] = weight[t] / fund.shares if fund.shares > 0.0 else 0.0
        fund.waiting += [batch for batch in batches if batch.shares > 0.0]
        state = _dealing(t, fund, waterfall)
        on = tool.trigger.pulled(state)
        if on and (extra := tool.later(state)):
            for batch in batches:
                batch.due += extra
            state = _dealing(t, fund, waterfall)
        if on and fund.pocket is None and (apart := tool.pocketed(state)) is not None and apart.any():
            _set_apart(fund, apart)
            state = _dealing(t, fund, waterfall)
        pulled = on
        if isinstance(tool, Suspension):
            pulled, until = _suspended(t, until, on, tool.sessions)
        used = tool if pulled else Tool()
        share = used.dealt(state)
        out["charge"][t], out["cost"][t], out["dealt"][t] = _deal(fund, state, used, share, told)
        out["triggered"][t] = float(
            (share < 1.0)
            or (pulled and used.later(state) > 0 and weight[t] > 0.0)
            or (out["dealt"][t] > 0.0 and (out["charge"][t] > 0.0 or used.in_kind(state) > 0.0))
            or fund.pocket is not None
        )
        prices.append(fund.price)
        out["price"][t], out["staying"][t] = fund.price / shares, fund.staying
        out["waiting"][t] = sum(batch.shares for batch in fund.waiting)
        out["liquid_share"][t] = fund.book.liquid_share()
    for batch in fund.waiting:
        told.paid(batch, batch.shares, fund.staying, sessions)
    known = weight > 0.0
    mean = [np.divide(total, weight, out=np.full(sessions, np.nan), where=known) for total in (told.left, told.waited)]
    return RedemptionRun(
        tool.kind,
        **out,
        left=mean[0],
        delay=mean[1],
        last=fund.shares,
        weight=weight,
        asked_by=1.0 - holding / held,
        had=(told.had + holding * fund.staying) / held,
    )


_DAILY: Final = ("triggered", "price", "asked", "dealt", "waiting", "charge", "staying", "liquid_share", "cost")


def compare_tools(
    book: Book,
    returns: FloatArray,
    investors: Sequence[Investors],
    tools: Sequence[Tool],
    waterfall: Waterfall = "most-liquid",
    asked: FloatArray | None = None,
    seed: int = 0,
) -> Mapping[str, RedemptionRun]:
    """The same run under each tool, by kind; counted investors are drawn alike.

    ``returns`` are (T, A) fractions a session, ``asked`` (T,) fractions of the fund.
    """
    return {
        tool.kind: redemption_run(book, returns, investors, tool, waterfall, asked, np.random.default_rng(seed))
        for tool in tools
    }


def _seen(prices: Sequence[float], fund: _Fund, asked: float) -> Seen:
    before = prices[max(len(prices) - 1 - _MONTH, 0)]
    performance = prices[-1] / before - 1.0 if before > 0.0 else 0.0
    return Seen(performance, fund.book.liquid_share(), asked)


def _dealing(t: int, fund: _Fund, waterfall: Waterfall) -> Dealing:
    due = sum(batch.shares for batch in fund.waiting if batch.due <= t)
    return Dealing(
        session=t,
        book=fund.book,
        waterfall=waterfall,
        asked=min(due / fund.shares, 1.0) if fund.shares > 0.0 else 0.0,
        liquid_share=fund.book.liquid_share(),
        fall=1.0 - fund.price / fund.high if fund.high > 0.0 else 0.0,
    )


def _requests(
    t: int,
    fund: _Fund,
    investors: Sequence[Investors],
    holding: FloatArray,
    seen: Seen,
    besides: float,
    rng: np.random.Generator | None,
) -> list[_Batch]:
    """What each class asks for today; ``holding`` (classes,), not asked for yet, is brought down by it."""
    batches = []
    for k, who in enumerate(investors):
        share = asked_share(who, seen) if fund.shares > 0.0 else 0.0
        if who.count is not None and rng is not None:
            share = leaving(share, round(who.count * holding[k] / who.share), rng)
        asked = holding[k] * min(share + besides, 1.0)
        holding[k] -= asked
        batches.append(_Batch(t, t + who.notice, asked, k))
    return batches


def _suspended(t: int, until: int, on: bool, sessions: int) -> tuple[bool, int]:
    """Whether nothing is dealt today, and the session on which everything is again; the trigger rests until then."""
    if t < until:
        return True, until
    if t > until and on:
        return True, t + sessions
    return False, until


def _set_apart(fund: _Fund, apart: BoolArray) -> None:
    """Assets of the fund into a pocket that belongs to those invested now."""
    fund.pocket, fund.pocket_units = fund.book.only(apart, 0.0), fund.shares
    fund.book = fund.book.only(~apart, fund.book.cash)


def _deal(
    fund: _Fund,
    state: Dealing,
    tool: Tool,
    share: float,
    told: _Told,
) -> tuple[float, float, float]:
    """Deal a share of what is due; the charge on leavers, the cost, and the shares dealt."""
    due = [batch for batch in fund.waiting if batch.due <= state.session]
    total = min(sum(batch.shares for batch in due), fund.shares) * share
    worth = fund.book.worth
    if total <= 0.0 or worth <= 0.0:
        return 0.0, 0.0, 0.0
    kind = tool.in_kind(state)
    before = fund.price
    per_share = worth / fund.shares
    dealt = total
    charge = tool.charge(state, total * (1.0 - kind) / fund.shares)
    cash = total * (1.0 - kind) * per_share * (1.0 - charge)
    given = fund.book.part(1.0 - total * kind / fund.shares)
    sale = raised(given, cash, state.waterfall)
    if sale.paid < cash * (1.0 - 1e-12):  # what could not be sold waits
        dealt = total * kind + total * (1.0 - kind) * sale.paid / cash
    fund.book = sale.left
    own = kind * _own_cost(state, total * kind)
    fund.shares = max(fund.shares - dealt, 0.0)
    if fund.shares <= 1e-15:
        fund.shares = 0.0
    pocket = fund.pocket_worth / fund.pocket_units
    got = (per_share * (1.0 - (1.0 - kind) * charge - own) + pocket) / before
    value = fund.staying * got
    if fund.shares > 0.0 and before > 0.0:
        fund.staying *= fund.price / before
    done = dealt / sum(batch.shares for batch in due)
    for batch in due:
        part = batch.shares * done
        told.paid(batch, part, value, state.session)
        batch.shares -= part
    fund.waiting = [batch for batch in fund.waiting if batch.shares > 1e-15]
    return charge, sale.cost, dealt


def _own_cost(state: Dealing, shares: float) -> float:
    """What those who are given a slice of the book pay to sell it, a fraction of it."""
    slice_ = state.book.part(min(shares, 1.0))
    worth = slice_.worth
    return slice_.cost_of(slice_.values) / worth if worth > 0.0 else 0.0


def _check(
    book: Book,
    returns: FloatArray,
    investors: Sequence[Investors],
    asked: FloatArray | None,
    rng: np.random.Generator | None,
) -> None:
    if np.ndim(returns) != 2 or np.shape(returns)[1] != book.values.size:
        raise ParameterError(f"returns must be (sessions, {book.values.size}), not {np.shape(returns)}")
    if asked is not None and np.shape(asked) != (len(returns),):
        raise ParameterError(f"asked must be ({len(returns)},), one a session, not {np.shape(asked)}")
    total = sum(investor.share for investor in investors)
    if not investors or abs(total - 1.0) > 1e-9:
        raise ParameterError(f"investors: the shares of the classes sum to {total:g}; they must sum to 1")
    if rng is None and any(investor.count is not None for investor in investors):
        raise ParameterError("investors: a class with a count needs a generator (rng): who leaves is drawn")

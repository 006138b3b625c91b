"""A market in the form the kernel takes, computed once for each market and reused by every policy."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple
from weakref import WeakKeyDictionary, ref

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.bounds import Bounds
from simulator.core.carry import carried
from simulator.core.errors import DataError
from simulator.core.execution import Execution
from simulator.core.fees import Fees
from simulator.core.market import MarketData
from simulator.core.protocols import Estimates
from simulator.core.rhythm_nb import day_numbers, rhythm_so_far, sessions_per_year
from simulator.core.types import BoolArray, DateArray, FloatArray, IntArray, frozen
from simulator.features import day_volatility, forecast_adv, forecast_sigma, spread_estimates, tradable_notional
from simulator.liquidity import payment_rank

from .terms import Terms

_DAYS_A_YEAR = 360.0  # ACT/360
_ALL_QUOTED = frozen(np.zeros((0, 0)), np.uint8)


class _MarketEstimates:
    """What costs are computed from (:class:`simulator.core.protocols.Estimates`), each when it is first read.

    A market keeps its estimates and not they the market, or neither would ever be let go.
    """

    def __init__(self, market: MarketData) -> None:
        self._found = ref(market)
        self._spreads: dict[str, tuple[FloatArray, FloatArray]] = {}

    @property
    def _market(self) -> MarketData:
        market = self._found()
        assert market is not None, "estimates are read while their market is at hand"
        return market

    @cached_property
    def adv(self) -> FloatArray | None:
        """(T, N) forecast daily notional."""
        return forecast_adv(self._market)

    @cached_property
    def sigma(self) -> FloatArray:
        """(T, N) forecast daily volatility."""
        return frozen(forecast_sigma(self._market))

    @cached_property
    def volume(self) -> FloatArray | None:
        """(T, N) the day's own notional."""
        return tradable_notional(self._market)

    @cached_property
    def sigma_day(self) -> FloatArray:
        """(T, N) the day's own volatility."""
        return frozen(day_volatility(self._market, self.sigma))

    def spreads(self, kind: str) -> tuple[FloatArray, FloatArray]:
        """(T, N) estimated spread of the day, and its usual level."""
        if kind not in self._spreads:
            self._spreads[kind] = spread_estimates(self._market, kind)
        return self._spreads[kind]


class Derived(NamedTuple):
    """What follows from a market alone. Of T sessions and N assets, every row known at its close."""

    mark: FloatArray  # (T, N)
    year: FloatArray  # (T,)
    year_long: IntArray  # (T,) sessions of a year, from the past up to t
    estimates: Estimates


_DERIVED: WeakKeyDictionary[MarketData, Derived] = WeakKeyDictionary()


def derive(market: MarketData) -> Derived:
    """Marks, day counts and cost estimates of a market."""
    if market not in _DERIVED:
        mark = market.close
        if not (market.alive.all() and market.priced.all()):
            mark = _carried_marks(market)
        days = np.diff(market.sessions).astype(np.float64)
        year = np.concatenate([[0.0], days / _DAYS_A_YEAR])
        _DERIVED[market] = Derived(frozen(mark), frozen(year), _year_long(market), estimates(market))
    return _DERIVED[market]


def _year_long(market: MarketData) -> IntArray:
    """(T,) how many sessions a year holds, as their spacing up to each one shows, or as stated."""
    rhythm = rhythm_so_far(market.sessions)
    if market.sessions_per_year is not None:
        rhythm[:] = market.sessions_per_year
    return frozen(np.maximum(np.rint(rhythm), 1.0), np.int64)


def _carried_marks(market: MarketData) -> FloatArray:
    """(T, N) closes, the last one carried over gaps; 0 before an asset's first price and after its delisting.

    What is carried over a split or an ex-date is worth as much less as the split and the dividend bring: a holder
    is not richer because the market was closed that day.
    """
    marks: FloatArray = np.nan_to_num(carried(market.close))
    gap = ~np.isfinite(market.close)
    ratio = np.ones(market.shape) if market.splits is None else np.nan_to_num(market.splits, nan=1.0)
    paid = np.zeros(market.shape) if market.dividends is None else np.nan_to_num(market.dividends)
    for t, i in np.argwhere(gap & ((ratio != 1.0) | (paid != 0.0))):
        if t > 0:
            ends = t + np.argmin(np.append(gap[t:, i], False))
            marks[t:ends, i] = max(marks[t - 1, i] / ratio[t, i] - paid[t, i], 0.0)
    marks[~market.alive] = 0.0
    return marks


def estimates(market: MarketData) -> Estimates:
    """What costs are computed from."""
    return _MarketEstimates(market)


def market_arrays(market: MarketData, execution: Execution, bounds: Bounds, start: int, stop: int) -> abi.MarketArrays:
    """Marks, fill prices and tradability of sessions ``start`` to ``stop``."""
    derived = derive(market)
    price = market.close if execution.fill == "close" else market.open
    if price is None:
        raise DataError("fill = 'open' needs open prices and this market has none; give open= or fill at the close")
    year = derived.year[start:stop].copy()
    year[:1] = 0.0  # the initial cash arrives on the first session
    rate = np.concatenate([[0.0], market.cash_rate[:-1]])[start:stop]  # the rate known at the close before
    mark = derived.mark[start:stop]
    return abi.MarketArrays(
        mark=mark,
        mark_by_asset=frozen(np.ascontiguousarray(mark.T)),
        fill_price=mark if price is derived.mark else _fill_prices(price, market)[start:stop],
        status=frozen(_status(market, price, bounds)[start:stop], np.uint8),
        accrual=frozen(rate * year),
        year=frozen(year),
        earning=bool((rate * year).any()),
        near=False,
        quoted=quoted(market, start, stop),
        day=frozen(day_numbers(market.sessions[start:stop]), np.int64),
        per_year=sessions_per_year(market.sessions[start:stop], market.sessions_per_year),
        stated=market.sessions_per_year is not None,
    )


def quoted(market: MarketData, start: int, stop: int) -> npt.NDArray[np.uint8]:
    """(T, N) as in :attr:`MarketData.quoted`, or (0, 0) where every listed asset has a price on every session."""
    if market.priced.all():
        return _ALL_QUOTED
    rows = market.quoted[start:stop]
    return rows if (rows == abi.CLOSED).any() else _ALL_QUOTED


def _fill_prices(price: FloatArray, market: MarketData) -> FloatArray:
    return frozen(price if np.isfinite(price).all() else _or_worth(price, market))


def _or_worth(price: FloatArray, market: MarketData) -> FloatArray:
    """(T, N) the price, or minus what a share was known to be worth where there is none.

    That is its mark of the day before, less what a split and a dividend have brought since: at an open, the day's own
    close is still to come.
    """
    worth = np.zeros(market.shape)
    worth[1:] = derive(market).mark[:-1]
    if market.splits is not None:
        worth = worth / np.nan_to_num(market.splits, nan=1.0)
    if market.dividends is not None:
        worth = np.maximum(worth - np.nan_to_num(market.dividends), 0.0)
    return np.where(np.isfinite(price), price, np.where(market.alive, -worth, 0.0))


def _status(market: MarketData, price: FloatArray, bounds: Bounds) -> npt.NDArray[np.uint8]:
    able = market.tradable & np.isfinite(price)
    status = np.where(able, abi.TRADABLE, abi.UNTRADABLE).astype(np.uint8)
    forbidden = bounds.forbidden(market.sessions, market.assets)
    if forbidden is not None:
        status[forbidden & able] = abi.FORBIDDEN
    return status


def corporate_actions(market: MarketData, start: int, stop: int) -> abi.CorporateActions:
    """Splits, dividends and delistings of sessions ``start`` to ``stop``, in order."""
    found: list[tuple[int, int, int, float]] = []
    if market.splits is not None:
        for t, i in np.argwhere(np.nan_to_num(market.splits, nan=1.0) != 1.0):
            found.append((int(t), abi.SPLIT, int(i), float(market.splits[t, i])))
    if market.dividends is not None:
        for t, i in np.argwhere(np.nan_to_num(market.dividends) != 0.0):
            found.append((int(t), abi.DIVIDEND, int(i), float(market.dividends[t, i])))
    for name, delisting in market.delistings.items():
        i = market.assets.index(name)
        found.append((int(market.gone_from[i]), abi.DELISTING, i, delisting.recovery))
    rows = [
        (t - start, i, kind, value)
        for t, kind, i, value in sorted(found)
        if start < t < stop and (kind == abi.DELISTING or t < market.gone_from[i])
    ]
    return abi.CorporateActions(frozen(np.array(rows, np.float64).reshape(-1, 4)))


def flow_arrays(market: MarketData, sessions: DateArray, terms: Terms) -> abi.FlowArrays:
    """The initial cash and all flows, each on the first session on or after its date; ones outside are an error."""
    rows = [(0, terms.initial_cash, 0.0, 0.0)]
    for flow in terms.flows:
        due = flow.due(sessions)
        if flow.every is None and (flow.day < sessions[0] or not due.size):
            start = f"{sessions[0]} (as asked for, or once its signals are warm)"
            raise DataError(f"flows: {flow.day} lies outside the run, which goes from {start} to {sessions[-1]}")
        sizes = float(flow.amount or 0.0), float(flow.share or 0.0), float(flow.invest == "waterfall")
        rows += [(int(t), *sizes) for t in due]
    rows.sort(key=lambda row: row[0])
    rank = payment_rank(market) if terms.waterfall == "most-liquid" else np.zeros(len(market.assets), np.int64)
    fees = terms.fees
    pays = _payments(sessions, fees) if fees.charged else np.zeros(0)
    return abi.FlowArrays(
        table=frozen(np.array(rows, np.float64)),
        rank=frozen(rank, np.int64),
        pays=frozen(pays, np.uint8),
        management=float(fees.management),
        performance=float(fees.performance),
    )


def _payments(sessions: DateArray, fees: Fees) -> IntArray:
    """(T,) what of fees falls on each open: payment, crystallisation, or nothing."""
    pays = np.where(_begins(sessions, fees.paid), abi.PAYMENT, abi.NO_PAYMENT)
    return np.where(_begins(sessions, fees.crystallised), abi.CRYSTALLISATION, pays).astype(np.int64)


def _begins(sessions: DateArray, every: str) -> BoolArray:
    """(T,) whether a month, quarter or year begins with a session, the first one left out."""
    period = sessions.astype("datetime64[M]").astype(np.int64) // {"month": 1, "quarter": 3, "year": 12}[every]
    return np.asarray(np.diff(period, prepend=period[:1]) != 0)


def sliced(panels: abi.CostPanels, start: int, stop: int) -> abi.CostPanels:
    """Cost panels of some sessions; panels of a single row hold for all."""

    def rows(panel: FloatArray) -> FloatArray:
        return panel if len(panel) == 1 else panel[start:stop]

    return panels._replace(
        planned_spread=rows(panels.planned_spread),
        planned_volume=rows(panels.planned_volume),
        planned_sigma=rows(panels.planned_sigma),
        spread=rows(panels.spread),
        volume=rows(panels.volume),
        sigma=rows(panels.sigma),
        raw_shares=rows(panels.raw_shares),
    )


def by_session_where_wide(panels: abi.LiquidityPanels) -> abi.LiquidityPanels:
    """Liquidity panels, those of a wide market by session."""
    if panels.capacity.shape[1] == 0 or len(panels.capacity) <= abi.FEW:
        return panels
    capacity, net, slope = (
        frozen(np.ascontiguousarray(panel.T)) for panel in (panels.capacity, panels.net, panels.slope)
    )
    return abi.LiquidityPanels(capacity, net, slope, by_session=True)

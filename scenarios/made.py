"""Instruments that a scenario makes of its series and assets, put into the market: ``[market.made]``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.errors import ScenarioError, UndertowError, nearest
from simulator.core.instruments import Instrument
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.spot import not_held
from simulator.core.types import FloatArray
from simulator.data.made import inverse_prices, protection_prices, spread_on, with_made

from .schema import ScenarioFile
from .schema_market import CreditHedgeSpec, InverseSpec
from .shocks import Shock, apply_shocks, at_once

#: What is made is sold at a loss in stress unless the file says otherwise, and is no liquid asset.
_STANDING: Final = Instrument("commodity", "other", 0.10)
_TRADED: Final = "{:,.0f} of currency a day can be traded in it, at the close (assumed); it is no liquid asset."


def with_instruments(market: MarketData, file: ScenarioFile) -> MarketData:
    """The market with all that ``[market.made]`` states, as it is where nothing is.

    Raises
    ------
    UndertowError
        If a series or an asset is not there or cannot be what it is made of, or the file asks of what is made what it
        does not have: an opening price.
    """
    made = file.market.made
    if made and file.execution.get("fill", "close") != "close":
        raise ScenarioError(
            f"execution.fill: {quoted(next(iter(made)))} of [market.made] has closing prices alone; fill at the close"
        )
    for name, spec in made.items():
        where = f"market.made.{name}"
        try:
            if name in file.market.series:
                raise ScenarioError("is the name of a series; give it another")
            market = with_made(market, name, _prices(spec, market), spec.adv, _STANDING)
        except UndertowError as error:
            raise type(error)(f"{where}: {error}") from None
    return market


def check_unmoved(file: ScenarioFile, shocks: Sequence[Shock], market: MarketData) -> None:
    """Raise :class:`ScenarioError` for a shock that moves prices or series while instruments are made of them.

    Shocks of volumes, depth, spreads, flows and settlement strike what is made as anything else.
    """
    for shock in shocks if file.market.made else ():
        after = apply_shocks(market, (at_once(shock),), file.scenario.seed).market
        if _moved(market, after):
            raise ScenarioError(
                f"shocks: {shock.describe()}: {quoted(next(iter(file.market.made)))} of [market.made] is made of "
                "prices and spreads as they were, and a shock to them would move it by itself; leave out one of them, "
                "or strike volumes, depth, spreads, flows or settlement"
            )


def _moved(before: MarketData, after: MarketData) -> bool:
    """Whether prices or series are others."""
    if after.close is not before.close and not np.array_equal(after.close, before.close, equal_nan=True):
        return True
    return any(after.series.get(name) is not series for name, series in before.series.items())


def _prices(spec: CreditHedgeSpec | InverseSpec, market: MarketData) -> FloatArray:
    if isinstance(spec, InverseSpec):
        if spec.of not in market.assets:
            raise ScenarioError(f"of: no asset {quoted(spec.of)}{nearest(spec.of, market.assets)}")
        close = pd.DataFrame(market.total_return()).ffill().to_numpy()[:, market.assets.index(spec.of)]
        terms = {"times": spec.times, "fee": spec.fee, "borrow": spec.borrow, "reset_bps": spec.reset_bps}
        return inverse_prices(close, market.cash_rate, market.sessions, **terms)
    if not_held(spec.series):
        raise ScenarioError(f"{not_held(spec.series)}; a credit hedge is made of a credit spread")
    if spec.series not in market.series:
        raise ScenarioError(f"series: no series {quoted(spec.series)}{nearest(spec.series, market.series)}")
    spread = spread_on(market.series[spec.series], market.sessions)
    if not (np.isfinite(spread).any() and np.nanmax(np.abs(spread)) < 1.0):
        raise ScenarioError(f"series {quoted(spec.series)} is no spread in percent on these sessions")
    return protection_prices(spread, market.cash_rate, market.sessions, dv01=spec.dv01, fee=spec.fee)


def said(file: ScenarioFile) -> Iterator[str]:
    """What each instrument is made of and what holding it costs, a sentence each."""
    for name, spec in file.market.made.items():
        if isinstance(spec, InverseSpec):
            yield (
                f"{name} is made of {spec.of} (market.made): short {spec.times:g} times its value, reset at each close "
                f"at a half-spread of {spec.reset_bps:g} bp; the cash rate is earned on {1.0 + spec.times:g} times its "
                f"value, {spec.fee:.2%} paid a year and {spec.borrow:.2%} for borrowing. {_TRADED.format(spec.adv)}"
            )
        else:
            yield (
                f"{name} is made of the spread {spec.series} (market.made): {spec.dv01:g} bp a basis point, on the day "
                f"it is quoted for; it pays the spread and {spec.fee:.2%} a year, and earns the cash rate. Defaults "
                f"and convexity are left out. {_TRADED.format(spec.adv)}"
            )

"""The book of a new scenario: holdings valued at the prices there are, and what those prices allow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from simulator.core.errors import DataError, nearest
from simulator.core.market import Prices
from simulator.core.names import CASH
from simulator.data.currencies import Rates, converted
from simulator.data.layouts import Layout, Spelling, history_of, left_aside, read_layout

from .holdings import Holdings
from .money import Money, money_of

#: What files call cash besides.
_MONEY: Final = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "DOLLAR")
#: Decimals of weights in a file.
_DECIMALS: Final = 6
#: Equal weights over a folder make a book of at most so many.
_MOST: Final = 60


@dataclass(frozen=True)
class Book:
    """What a new scenario is about.

    Attributes
    ----------
    path
        Of the prices, under the data folder.
    weights
        By asset, and ``CASH``; they sum to one to nine digits.
    value
        Of the whole book in currency; ``None`` where holdings are weights.
    first, last
        The first session on which every asset has a price, and the last.
    volumes
        Whether the files hold volumes.
    unstated
        Assets of which nothing says what closes carry.
    said
        What was assumed, a sentence each.
    money
        What the book and its prices are in.
    """

    path: str
    weights: Mapping[str, float]
    value: float | None
    first: str
    last: str
    volumes: bool
    unstated: tuple[str, ...]
    said: tuple[str, ...]
    money: Money = field(default_factory=Money)


def book_of(
    holdings: Holdings | None, data: Path, prices: Prices | None, spelling: Spelling, currency: str | None = None
) -> Book:
    """Value the holdings, or weigh every asset of the folder alike where there are none.

    ``currency`` is what the book is in, where that is asked for.

    Raises
    ------
    DataError
        If a ticker has no prices, the prices have no session in common, or a currency has no rates.
    """
    folder = _prices(data)
    wanted = None if holdings is None else [asset for asset in holdings.amounts if asset != CASH]
    layout = read_layout(data / folder, wanted, spelling)
    if holdings is None:
        names = sorted(layout.tables)
        if not 0 < len(names) <= _MOST:
            raise DataError(f"{data / folder}: {len(names)} assets; say which are held: --holdings FILE")
        said = (
            "no holdings: equal weights",
            *(f"left aside: {refusal.why}" for refusal in layout.refused if refusal.is_table),
        )
        holdings = Holdings(data, "weight", dict.fromkeys(names, 1.0 / len(names)), said)
    assets = [asset for asset, amount in holdings.amounts.items() if asset != CASH and amount > 0.0]
    for asset in assets:
        if asset not in layout.tables and not any(
            refusal.name == asset for refusal in layout.refused if refusal.is_table
        ):
            cash = f"; write {CASH} for cash" if "CASH" in asset.upper() or asset.upper() in _MONEY else ""
            hint = cash or nearest(asset, layout.tables) + left_aside(layout)
            raise DataError(f"{holdings.path}: no prices of {asset} in {layout.path}{hint}")
    histories = {asset: history_of(layout, asset, prices) for asset in assets}
    money = money_of(holdings, currency, data, folder, spelling.zone)
    abroad = {asset: rates for asset, rates in money.rates.items() if asset != CASH}
    histories = converted(histories, abroad)[0]
    first, last = _window(histories, data / folder)
    weights, value, said = _valued(holdings, histories, last, money)
    said = (*_read_as(layout, folder), *money.said, *said, *_ended(histories, last))
    nothing = [asset for asset, amount in holdings.amounts.items() if asset != CASH and amount == 0.0]
    if nothing:
        said = (*said, f"nothing is held of {', '.join(nothing)}: left out")
    return Book(
        path=folder,
        weights=weights,
        value=value,
        first=f"{first:%Y-%m-%d}",
        last=f"{last:%Y-%m-%d}",
        volumes=any("volume" in history for history in histories.values()),
        unstated=tuple(asset for asset in assets if histories[asset].attrs["unstated"]),
        said=(*holdings.said, *said),
        money=money,
    )


def _read_as(layout: Layout, folder: str) -> Iterator[str]:
    for sentence in layout.said:
        yield f"prices{'' if folder == '.' else f' in {folder}'} are read as {sentence}"


def _ended(histories: Mapping[str, pd.DataFrame], last: pd.Timestamp) -> Iterator[str]:
    for asset, history in histories.items():
        end = history["close"].dropna().index[-1]
        if end < last:
            yield f"{asset} is worth its last price to the end: its prices end on {end:%Y-%m-%d}"


def _prices(data: Path) -> str:
    """Where prices lie under a data folder: in ``etf`` where there is one, else in the folder itself."""
    if not data.exists():
        raise DataError(f"--data {data}: no such folder")
    if not data.is_dir():
        raise DataError(f"--data {data}: give the folder that the file lies in")
    return "etf" if (data / "etf").is_dir() else "."


def _window(histories: Mapping[str, pd.DataFrame], path: Path) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first day on which every asset has had a price, and the last on which any has."""
    closes = {asset: history["close"].dropna().index for asset, history in histories.items()}
    first, last = max(index[0] for index in closes.values()), max(index[-1] for index in closes.values())
    ended = min(closes, key=lambda asset: closes[asset][-1])
    if first == last:
        raise DataError(f"{path}: prices of one session in common, {first:%Y-%m-%d}; a run needs two at least")
    if first >= closes[ended][-1]:
        late = max(closes, key=lambda asset: closes[asset][0])
        raise DataError(
            f"{path}: prices of {ended} end on {closes[ended][-1]:%Y-%m-%d}, before those of {late} begin on "
            f"{first:%Y-%m-%d}: they have no session in common"
        )
    return first, last


def _valued(
    holdings: Holdings, histories: Mapping[str, pd.DataFrame], last: pd.Timestamp, money: Money
) -> tuple[dict[str, float], float | None, tuple[str, ...]]:
    """Weights that sum to one, the value of the book, and how shares were valued."""
    amounts = {asset: amount for asset, amount in holdings.amounts.items() if amount > 0.0}
    said: tuple[str, ...] = ()
    if holdings.measure == "shares":
        amounts = {asset: amount * _last_price(histories, asset) for asset, amount in amounts.items()}
        said = (f"shares are valued at the last closes as traded, of {last:%Y-%m-%d}",)
    amounts, converted_at = _in_one(amounts, holdings, last, money)
    said = (*said, *converted_at)
    total = math.fsum(amounts.values())
    value = None if holdings.measure == "weight" else total
    weights = {asset: round(amount / total, _DECIMALS) for asset, amount in amounts.items()}
    largest = max(weights, key=lambda asset: weights[asset])
    weights[largest] = round(weights[largest] + 1.0 - math.fsum(weights.values()), _DECIMALS)
    dust = [asset for asset, weight in weights.items() if weight <= 0.0]
    if dust:
        said = (*said, f"less than a millionth of the book, left out: {', '.join(dust)}")
    return {asset: weight for asset, weight in weights.items() if weight > 0.0}, value, said


def _last_price(histories: Mapping[str, pd.DataFrame], asset: str) -> float:
    if asset == CASH:
        return 1.0
    history = histories[asset].dropna(subset=["close"]).iloc[-1]
    return float(history["close"] / history.get("adjustment", 1.0))


def _in_one(
    amounts: dict[str, float], holdings: Holdings, last: pd.Timestamp, money: Money
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Amounts in the book's currency, and at what they were converted; prices are in it already, weights have none."""
    if holdings.measure == "weight":
        return amounts, ()
    stated = money.rates if holdings.measure == "value" else {CASH: money.rates[CASH]} if CASH in money.rates else {}
    abroad = {asset: _rate_at(rates, last) for asset, rates in stated.items() if asset in amounts}
    told = [f"{asset} at {rate:.6g}" for asset, rate in abroad.items()]
    said = (
        (f"amounts are in the currency beside them, converted on {last:%Y-%m-%d}: {', '.join(told)}",) if told else ()
    )
    return {asset: amount * abroad.get(asset, 1.0) for asset, amount in amounts.items()}, said


def _rate_at(rates: Rates, day: pd.Timestamp) -> float:
    """What a unit is worth in the book's currency at the last rate up to a day."""
    if rates.values.empty:
        return rates.factor
    known = rates.values[pd.DatetimeIndex(rates.values.index) <= day]
    if not len(known):
        raise DataError(f"init: {rates.path}: no rate of {rates.currency} up to {day:%Y-%m-%d}")
    return float(known.iloc[-1]) * rates.factor

"""Prices in the currency of the book: each day's at the rate of that day, as far as rates reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.errors import DataError
from simulator.core.notes import QualityNote

from .csv_series import read_series
from .csv_table import numeric
from .layouts.read import read_layout

#: What is quoted in hundredths, as vendors spell it: the currency, and how much of it one unit is.
HUNDREDTHS: Final[dict[str, tuple[str, float]]] = {
    **dict.fromkeys(("GBp", "GBX", "GBx"), ("GBP", 0.01)),
    **dict.fromkeys(("ZAc", "ZAC"), ("ZAR", 0.01)),
    **dict.fromkeys(("ILA", "ILa"), ("ILS", 0.01)),
}
#: Calendar days that a rate is carried, unless stated: over a long weekend.
AGE_DAYS: Final = 7
#: Columns of a history that are money.
_MONEY: Final = ("open", "high", "low", "close", "dividends")


@dataclass(frozen=True, eq=False)
class Rates:
    """What a unit of a currency is worth in that of the book.

    Attributes
    ----------
    currency, book
        Their codes.
    path
        The file, for messages; empty where there is none to be had: pence of a book in pounds.
    values
        By day, ascending, above 0 and without gaps; empty with ``factor`` alone.
    factor
        What values are multiplied by: 0.01 for pence.
    max_age_days
        Calendar days past its own for which a rate is taken.
    """

    currency: str
    book: str
    path: str
    values: pd.Series
    factor: float = 1.0
    max_age_days: int = AGE_DAYS


def unit_of(currency: str) -> tuple[str, float]:
    """The currency of which rates are quoted, and how much of it one unit is: ``("GBP", 0.01)`` for ``GBp``."""
    return HUNDREDTHS.get(currency, (currency, 1.0))


def read_rates(path: Path, currency: str, column: str | None, inverse: bool, zone: str | None) -> pd.Series:
    """Rates by day from a CSV series, or from a file of bars in any usual layout (their closes).

    Parameters
    ----------
    path
        The file.
    currency
        For messages.
    column
        Of a CSV file: which one; ``Close``, ``Price`` or the only one by default.
    inverse
        Whether the file holds units of the currency for one of the book's, as USDJPY does for a book in dollars.
    zone
        See :func:`simulator.data.csv_table.read_table`.

    Raises
    ------
    DataError
        If the file cannot be used, or a rate is not above 0.
    """
    if path.suffix.lower() == ".csv":
        series = read_series(path, currency, column=column, release="close", zone=zone)
        found = pd.Series(series.values, pd.DatetimeIndex(series.dates))
    else:
        tables = read_layout(path).tables
        if len(tables) != 1:
            raise DataError(f"{path}: rates of {currency}: {len(tables)} histories in one file; give one")
        found = numeric(next(iter(tables.values())), "Close", path)
    found = found.dropna()
    bad = found[(found <= 0.0) | ~np.isfinite(found)]
    if len(bad):
        raise DataError(f"{path}: the rate of {currency} on {bad.index[0]:%Y-%m-%d} is {bad.iloc[0]:g}, not above 0")
    return 1.0 / found if inverse else found


def converted(
    histories: Mapping[str, pd.DataFrame], rates: Mapping[str, Rates], until: np.datetime64 | None = None
) -> tuple[dict[str, pd.DataFrame], tuple[QualityNote, ...]]:
    """Histories with all prices and dividends in the book's currency, and what must be said of it.

    Every price of a day is taken at that day's rate, or at the last before it that is no older than ``max_age_days``.
    What lies before the first rate is left out. Volumes are shares, and stay.

    Parameters
    ----------
    histories
        As :func:`simulator.data.csv_asset.history` makes them, by asset.
    rates
        By asset; the others are in the book's currency already.
    until
        The last day that is needed: later prices without a rate are left out.

    Raises
    ------
    DataError
        If a day with a price has no rate, nor one before it that is young enough.
    """
    whole, notes = dict(histories), []
    for key, group in _by_rates(histories, rates).items():
        carried: dict[str, pd.DataFrame] = {}
        for asset in group:
            whole[asset], carried[asset] = _converted(asset, histories[asset], rates[asset], until)
        notes += list(_notes(group, rates[key], whole, histories, carried))
    return whole, tuple(notes)


def _by_rates(histories: Mapping[str, pd.DataFrame], rates: Mapping[str, Rates]) -> dict[str, list[str]]:
    """Assets in the same currency, under the first of them."""
    groups: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for asset in histories:
        if asset in rates:
            groups.setdefault(first.setdefault(rates[asset].currency, asset), []).append(asset)
    return groups


def _converted(
    asset: str, history: pd.DataFrame, rates: Rates, until: np.datetime64 | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One history at the rates of its days, and the days that took an older one: rate and age."""
    on = _on(pd.DatetimeIndex(history.index), rates)
    priced = history["close"].notna() & on["rate"].notna()
    stale = priced & (on["age"] > rates.max_age_days)
    if until is not None:
        late = stale & (history.index > pd.Timestamp(until))
        on.loc[late, "rate"], stale = np.nan, stale & ~late
    if stale.any():
        day = history.index[stale][0]
        last = day - pd.Timedelta(days=int(on["age"][day]))
        raise DataError(
            f"market.fx.{unit_of(rates.currency)[0]}: {rates.path}: its last rate before {day:%Y-%m-%d}, when {asset} "
            f"has a price, is of {last:%Y-%m-%d}: add those that are lacking, or state how long one holds: max_age_days"
        )
    known = on["rate"].notna()
    if not (known & history["close"].notna()).any():
        raise DataError(
            f"market.fx.{unit_of(rates.currency)[0]}: {rates.path}: no rate on or before any day of {asset}"
        )
    kept = history[known].copy()
    money = [name for name in _MONEY if name in kept]
    kept[money] = kept[money].mul(on["rate"][known] * rates.factor, axis=0)
    kept.attrs = dict(history.attrs)
    return kept, on[priced & known & (on["age"] > 0)]


def _on(days: pd.DatetimeIndex, rates: Rates) -> pd.DataFrame:
    """The last rate on or before each day, NaN before the first, and its age in days."""
    if rates.values.empty:
        return pd.DataFrame({"rate": 1.0, "age": 0}, index=days)
    dates = pd.DatetimeIndex(rates.values.index)
    place = np.asarray(dates.searchsorted(days, side="right")) - 1
    before = place < 0
    rate = np.where(before, np.nan, rates.values.to_numpy()[np.maximum(place, 0)])
    age = np.where(before, 0, (days - dates[np.maximum(place, 0)]).days)
    return pd.DataFrame({"rate": rate, "age": age}, index=days)


def _notes(
    assets: list[str],
    rates: Rates,
    after: Mapping[str, pd.DataFrame],
    before: Mapping[str, pd.DataFrame],
    carried: Mapping[str, pd.DataFrame],
) -> Iterator[QualityNote]:
    names, code, book = ", ".join(assets), rates.currency, rates.book
    if rates.values.empty:
        yield QualityNote(names, f"quoted in {code}, converted to {book}: 100 {code} are 1 {book}")
        return
    major, _ = unit_of(code)
    first, last = rates.values.index[0], rates.values.index[-1]
    yield QualityNote(
        names,
        f"quoted in {code}, all prices of a day converted to {book} at that day's rate ({rates.path}): 1 {major} = "
        f"{rates.values.iloc[0]:.6g} {book} on {first:%Y-%m-%d}, {rates.values.iloc[-1]:.6g} on {last:%Y-%m-%d}",
    )
    older = pd.concat([carried[asset]["age"] for asset in assets])
    if len(older):
        days = older.index.unique().sort_values()
        count = "1 day has" if len(days) == 1 else f"{len(days)} days have"
        yield QualityNote(
            names,
            f"{count} no rate of {major} and took the last before, at most {int(older.max())} days old; the first is "
            f"{days[0]:%Y-%m-%d}",
            grave=True,
        )
    for asset in assets:
        lost = before[asset].index.difference(after[asset].index)
        early = lost[lost < first]
        if len(early):
            yield QualityNote(
                asset, f"prices before {first:%Y-%m-%d} are left out: there is no rate of {major} before", grave=True
            )

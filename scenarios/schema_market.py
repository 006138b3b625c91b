"""The tables of a scenario file that say what the market is."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from simulator.core.errors import ParameterError, nearest, shown
from simulator.core.market import MOST_A_YEAR
from simulator.core.revisions import Revised
from simulator.core.spot import not_held
from simulator.core.within import SHARE, Within

from .schema_words import RATE, Asset, Currency, Day, Name, Period, StrictSection, _checked


class SeriesSpec(StrictSection):
    """An exogenous series, where a path alone does not say enough."""

    path: str = Field(description="CSV file under --data")
    column: str | None = Field(None, description="which column; Close, Price or the only one by default")
    release: str | None = Field(None, description="when a value is known: close, days:N or business-days:N")
    revised: Revised | None = Field(
        None,
        description="what becomes of values later: none, revised (estimated again) or smoothed (made with later "
        "values); built in for well-known series",
    )
    vintages: str | None = Field(
        None, description="CSV file under --data of every value and the date from which it was known, as ALFRED gives"
    )
    allow_revised: bool = Field(False, description="use a smoothed series without vintages; every page then says so")
    max_age_days: int | None = Field(
        None, ge=1, description="days without a new value after which it is missing; by its own rhythm by default"
    )


class RateSpec(SeriesSpec):
    """The rate cash earns, from a CSV file of percents."""

    after: float | None = Field(None, description="annual rate once the file has ended (0.01 is 1%)")


class DelistingSpec(StrictSection):
    """When an asset ceased to trade, and what it paid. The recovery is a fraction of the last price."""

    date: Annotated[Day, Field(description="first day without it")]
    recovery: Annotated[float, SHARE] = Field(description="share of its last price that holders were paid")


class DepthSpec(StrictSection):
    """How deep a market is for its volume, for some assets over some days."""

    share: Annotated[float, Within(0.0, 100.0, above=True)] = Field(
        description="what one can trade into for each unit of volume: 1 for all of it, 0.1 for a tenth"
    )
    assets: list[Asset] | None = Field(None, description="tickers; every asset by default")
    first: date | None = Field(None, alias="from", description="first day; the start of the data by default")
    last: date | None = Field(None, alias="to", description="last day; the end of the data by default")


class InstrumentsFrom(StrictSection):
    """A table of instruments: what it says of an asset holds unless [instruments] says otherwise."""

    source: str = Field(
        alias="from",
        description="CSV, Excel or Parquet file under --data, a row a ticker; or study, with the folder below",
    )
    study: str | None = Field(
        None, description="folder that `undertow study equity-liquidity` has written, beside the file that states it"
    )


class FxSpec(StrictSection):
    """A currency's rate, where a path alone does not say enough."""

    path: str = Field(description="file under --data, a rate a day: a CSV series, or bars in any usual layout")
    column: str | None = Field(None, description="which column; Close, Price or the only one by default")
    inverse: bool = Field(
        False, description="whether it holds units of that currency for one of the book's, as USDJPY for a book in USD"
    )
    max_age_days: int = Field(7, ge=0, le=366, description="calendar days for which a rate is carried where none is")


def _held(name: str) -> str:
    """An asset that somebody can hold, or be short of."""
    if refused := not_held(name):
        raise ParameterError(refused)
    return name


class CreditHedgeSpec(StrictSection):
    """Protection against a credit spread, bought on collateral and kept at the same duration."""

    kind: Literal["credit-hedge"]
    series: str = Field(description="series of the spread, in percent: an option-adjusted spread, for example")
    dv01: Annotated[float, Within(0.0, 100.0, above=True)] = Field(
        description="what one basis point of spread is worth, in basis points of the hedge's value: its spread duration"
    )
    adv: Annotated[float, Within(0.0, 1e15, above=True)] = Field(description="currency that can be traded a day")
    fee: Annotated[float, SHARE] = Field(0.0, description="annual, for rolls and management, besides the spread paid")


class InverseSpec(StrictSection):
    """A fund that is short an asset, brought back to the same multiple of its value at every close."""

    kind: Literal["inverse"]
    of: Annotated[Asset, _checked(_held)] = Field(description="the asset it is short")
    adv: Annotated[float, Within(0.0, 1e15, above=True)] = Field(description="currency that can be traded a day")
    times: Annotated[float, Within(0.0, 10.0, above=True)] = Field(1.0, description="how many times its own value")
    fee: Annotated[float, SHARE] = Field(0.0095, description="annual, of its value")
    borrow: Annotated[float, SHARE] = Field(0.0, description="annual, for borrowing what it is short")
    reset_bps: Annotated[float, Within(0.0, 1000.0, means="bps")] = Field(
        2.0, description="half-spread of the asset that each day's reset pays"
    )


def _of_a_kind(table: Any) -> Any:
    """A table of ``[market.made]`` whose kind is one of those there are; in our words where it is not."""
    if not isinstance(table, dict):
        raise ValueError(f"must be a table with a kind, not {shown(table)}")
    kind = table.get("kind")
    if kind not in MADE:
        said = "'kind' is missing" if kind is None else f"unknown kind {shown(kind)}"
        raise ValueError(f"{said}{nearest(str(kind), MADE)}")
    return table


#: Kinds of instruments that are made of others.
MADE: Final = ("credit-hedge", "inverse")
Made = Annotated[Annotated[CreditHedgeSpec | InverseSpec, Field(discriminator="kind")], BeforeValidator(_of_a_kind)]


class MarketSection(StrictSection):
    """Where prices come from, and what is assumed where the source is silent."""

    source: Literal["csv", "bundled:us-large-caps"] = Field(description="a folder of CSV files, or the bundled market")
    path: str | None = Field(None, description="folder of price files, under --data (csv only)")
    assets: list[Asset] | None = Field(
        None, description="tickers to read; those the portfolio and policies name by default"
    )
    series: dict[Name, str | SeriesSpec] = Field(
        default_factory=dict, description="exogenous series by name (csv only)"
    )
    prices: Literal["adjusted", "split-adjusted", "raw"] | None = Field(
        None,
        description="adjusted: Adj Close (else Close) carries dividends; split-adjusted: Close with Dividends paid in "
        "cash; raw: Close as traded, with Dividends and Splits (csv only). Unstated: adjusted, if every file has an "
        "adjusted close",
    )
    zone: str | None = Field(
        None,
        description="time zone of the exchange (Europe/Berlin), in which dates with a time and a zone are read, and "
        "whose Sundays are sessions; by default dates are taken as written (csv only)",
    )
    layout: Literal["plain", "auto"] = Field(
        "plain",
        description="plain: a CSV file an asset, TICKER.csv; auto: path is a file or folder in any usual layout (wide, "
        "long, a file an asset; CSV, Excel, Parquet; as yfinance, Stooq or Bloomberg's users write them) (csv only)",
    )
    dates: Literal["day-first", "month-first"] | None = Field(
        None, description="order of dates like 03/04/2020, where no date of a file shows it (layout = 'auto' only)"
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="decimal sign, where no number of a file shows it (layout = 'auto' only)"
    )
    instruments: InstrumentsFrom | None = Field(
        None, description="where class, level, haircut and so on of many assets stand; [instruments] counts before it"
    )
    currency: Currency | None = Field(
        None, description="what the book is in: cash, costs, flows and figures; needed where assets are in several"
    )
    fx: dict[Currency, str | FxSpec] = Field(
        default_factory=dict,
        description="by currency, a file of what one of it is worth in the book's: EUR = 'eurusd.csv' for a book in "
        "USD (csv only)",
    )
    delistings: dict[Asset, DelistingSpec] = Field(
        default_factory=dict,
        description="assets that ceased to trade: the first day without them, and the share of the last price paid",
    )
    halts: dict[Asset, list[Period]] = Field(
        default_factory=dict, description="periods [first day, last day] by asset in which trading was suspended"
    )
    depth: list[DepthSpec] = Field(
        default_factory=list,
        description="depth apart from volume, for caps, coverage and impact alike; on each day the last that holds "
        "counts, and 1 where none does",
    )
    made: dict[Asset, Made] = Field(
        default_factory=dict,
        description="instruments made of a spread series (kind = 'credit-hedge') or of an asset (kind = 'inverse'), "
        "for hedges; their prices carry what holding them costs",
    )
    assumed_adv: Annotated[float | None, Within(0.0, 1e15, above=True)] = Field(
        None, description="daily notional a share, assumed where volume is missing"
    )
    cash_rate: Annotated[float | str | RateSpec | None, RATE] = Field(
        None,
        description="annual rate cash earns: a number (0.05 for 5%), or a CSV file of percents, where the "
        "source has none",
    )
    sessions_per_year: float | None = Field(
        None,
        gt=0.0,
        le=MOST_A_YEAR,
        description="sessions a year of what is held, for annual figures, volatility levels and rolling caps; by "
        "default as their spacing shows: 252, 365, 52 or 12 where it is near, else the number seen",
    )

"""The scenario file, typed. Unknown keys are refused with the nearest known one suggested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from simulator.core.bounds import COVERAGE, LEVERAGE, WEIGHT, Bounds, Group
from simulator.core.errors import ParameterError, nearest, shown
from simulator.core.flows import AMOUNT, FLOW_SHARE, Every, Flow, Invest, Waterfall
from simulator.core.instruments import LOT, Level
from simulator.core.market import MOST_A_YEAR
from simulator.core.names import check_asset, check_holding, check_name, check_text, check_title
from simulator.core.revisions import Revised
from simulator.core.spot import not_held
from simulator.core.within import NOT_ALL, PART, SESSIONS, SHARE, SOME, WAIT, Within
from simulator.metrics import LEADING, PAIRED, UP

from .configure import explanations
from .inherit import Origins
from .plugins import NONE, OwnFiles


def _period(value: Any) -> tuple[date, date]:
    """Two dates from what a file writes: dates, or text that is one."""
    try:
        first, last = (one if isinstance(one, date) else date.fromisoformat(one) for one in value)
    except (TypeError, ValueError):
        raise ValueError(f"must be a period [first day, last day], dates written YYYY-MM-DD, not {value!r}") from None
    if last < first:
        raise ValueError(f"must not end ({last}) before it begins ({first})")
    return first, last


if TYPE_CHECKING:
    Deciding = str
else:
    #: What signals may be judged by: the measures that books are compared by and of which more is better.
    Deciding = Literal[tuple(name for name, measure in PAIRED.items() if measure.better == UP)]

#: Of a year, as a fraction.
RATE: Final = Within(-1.0, 1.0, means="share")
#: A book may hold an asset short, or several times its nav where it borrows.
SIGNED_WEIGHT: Final = Within(-20.0, 20.0, means="share")
Day = date  # a field called date would hide the type
#: First and last day, both included.
Period = Annotated[tuple[date, date], BeforeValidator(_period)]


def _checked(check: Callable[[str], str]) -> AfterValidator:
    """A rule of names or texts as one of the file: its complaint is that of a value."""

    def validate(value: str) -> str:
        try:
            return check(value)
        except ParameterError as error:
            raise ValueError(str(error)) from None

    return AfterValidator(validate)


def _titled(table: dict[str, Any]) -> dict[str, Any]:
    """A table of a file, whose ``title`` is for people."""
    title = table.get("title")
    if title is None:
        return table
    if not isinstance(title, str):
        raise ValueError(f"title must be text, not {title!r}")
    try:
        check_title(title)
    except ParameterError as error:
        raise ValueError(f"title: {error}") from None
    return table


def _composed(table: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "composed", **table} if "holdings" in table and "kind" not in table else table


def _name_of(section: str) -> AfterValidator:
    return _checked(partial(check_name, instead=f"write [{section}.{{name}}] with title = {{title}}"))


Name = Annotated[str, _checked(check_name)]
ScenarioName = Annotated[str, _checked(partial(check_name, instead='write name = "{name}" with title = {title}'))]
PolicyName = Annotated[str, _name_of("policies")]
OverlayName = Annotated[str, _name_of("overlays")]
SignalName = Annotated[str, _name_of("signals")]
#: A ticker.
Asset = Annotated[str, _checked(check_asset)]
#: A ticker, or CASH.
Holding = Annotated[str, _checked(check_holding)]
Title = Annotated[str, _checked(check_title)]
Text = Annotated[str, _checked(check_text)]
#: A table with a kind, and perhaps a title.
Kinded = Annotated[dict[str, Any], AfterValidator(_titled)]
#: A policy: one that states its holdings is composed, and need not say so.
Composable = Annotated[dict[str, Any], AfterValidator(_titled), AfterValidator(_composed)]

_BOUNDS, _GROUP, _FLOW = explanations(Bounds), explanations(Group), explanations(Flow)


class Section(BaseModel):
    """A table of the file: strict about names, frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class ScenarioSection(Section):
    """Name, dates, money."""

    name: ScenarioName = Field(description="name of the scenario and of its output folder")
    title: Title | None = Field(None, description="what pages and tables call it, any text; the name by default")
    extends: str | None = Field(None, description="a scenario (name or path) whose keys hold unless stated here")
    without: list[str] | None = Field(None, description="keys of that scenario that do not hold, 'judge' for example")
    description: Text = Field("", description="one line for `undertow list` and the report")
    start: date | None = Field(None, description="first session; never before the longest warm-up of a signal")
    end: date | None = Field(None, description="last session; the end of the data by default")
    initial_cash: Annotated[float, Within(0.0, 1e15, above=True)] = Field(
        1_000_000.0, description="currency in the book before the first session"
    )
    benchmark: str = Field("passive", description="the policy that tear-sheets compare with")
    seed: Annotated[int, Within(0, 2**32 - 1)] = Field(0, description="of every random number in the run")


class SeriesSpec(Section):
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


class DelistingSpec(Section):
    """When an asset ceased to trade, and what it paid."""

    date: Annotated[Day, Field(description="first day without it")]
    recovery: Annotated[float, SHARE] = Field(description="share of its last price that holders were paid")


class DepthSpec(Section):
    """How deep a market is for its volume, for some assets over some days."""

    share: Annotated[float, Within(0.0, 100.0, above=True)] = Field(
        description="what one can trade into for each unit of volume: 1 for all of it, 0.1 for a tenth"
    )
    assets: list[Asset] | None = Field(None, description="tickers; every asset by default")
    first: date | None = Field(None, alias="from", description="first day; the start of the data by default")
    last: date | None = Field(None, alias="to", description="last day; the end of the data by default")


def _held(name: str) -> str:
    """An asset that somebody can hold, or be short of."""
    if refused := not_held(name):
        raise ParameterError(refused)
    return name


class CreditHedgeSpec(Section):
    """Protection against a credit spread, bought on collateral and kept at the same duration."""

    kind: Literal["credit-hedge"]
    series: str = Field(description="series of the spread, in percent: an option-adjusted spread, for example")
    dv01: Annotated[float, Within(0.0, 100.0, above=True)] = Field(
        description="what one basis point of spread is worth, in basis points of the hedge's value: its spread duration"
    )
    adv: Annotated[float, Within(0.0, 1e15, above=True)] = Field(description="currency that can be traded a day")
    fee: Annotated[float, SHARE] = Field(0.0, description="annual, for rolls and management, besides the spread paid")


class InverseSpec(Section):
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


class MarketSection(Section):
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


class PortfolioSection(Section):
    """The book."""

    weights: Annotated[dict[Holding, float] | Literal["equal"], SIGNED_WEIGHT] = Field(
        description="target weights of nav, summing to one, CASH included; or equal over all assets"
    )
    opening: Annotated[dict[Holding, float] | Literal["targets"] | None, Within(-1e15, 1e15)] = Field(
        None,
        description="what is held at the close of the first session: shares as traded by asset, CASH beside them in "
        "currency (instead of initial_cash); or targets, the whole book invested in its weights; by default the run "
        "begins in cash",
    )
    waterfall: Waterfall = Field(
        "most-liquid",
        description="how redemptions are paid when cash does not reach: most liquid assets first, or pro-rata",
    )
    unlisted: Literal["share", "cash"] = Field(
        "share",
        description="what becomes of the target of an asset that is not listed on a day: the listed ones share it in "
        "proportion to their own, or it stays in cash; a policy may state its own",
    )


class InstrumentSpec(Section):
    """What is known about one asset."""

    asset_class: str | None = Field(None, alias="class", description="asset class, which sets the two defaults below")
    level: Level | None = Field(None, description="liquidity level: 1, 2A, 2B or other")
    stressed_haircut: Annotated[float | None, NOT_ALL] = Field(None, description="value lost when sold in stress")
    lot: Annotated[float | None, LOT] = Field(None, description="raw shares in a round lot; fractions trade by default")


class GroupSpec(Section):
    """Assets that together may not exceed a share of nav."""

    assets: list[Holding] = Field(description=_GROUP["assets"])
    max_weight: Annotated[float, WEIGHT] = Field(description=_GROUP["max_weight"])


class BoundsSection(Section):
    """Bounds on holdings. Targets are brought within them; drift beyond them later is recorded."""

    max_weight: Annotated[float | dict[Holding, float] | None, WEIGHT] = Field(None, description=_BOUNDS["max_weight"])
    min_cash: Annotated[float, NOT_ALL] = Field(0.0, description=_BOUNDS["min_cash"])
    max_leverage: Annotated[float, LEVERAGE] = Field(1.0, description=_BOUNDS["max_leverage"])
    allow_short: bool = Field(False, description=_BOUNDS["allow_short"])
    min_liquid_share: Annotated[float | None, SOME] = Field(None, description=_BOUNDS["min_liquid_share"])
    min_coverage: Annotated[float | None, COVERAGE] = Field(None, description=_BOUNDS["min_coverage"])
    no_trade: dict[Holding, list[Period]] = Field(default_factory=dict, description=_BOUNDS["no_trade"])
    groups: dict[Name, GroupSpec] = Field(default_factory=dict, description=_BOUNDS["groups"])


class FlowSpec(Section):
    """A subscription (positive) or a redemption (negative), once or by rule."""

    date: Annotated[Day | None, Field(description=_FLOW["date"])] = None
    amount: Annotated[float | None, AMOUNT] = Field(None, description=_FLOW["amount"])
    share: Annotated[float | None, FLOW_SHARE] = Field(None, description=_FLOW["share"])
    every: Every | None = Field(None, description=_FLOW["every"])
    until: Annotated[Day | None, Field(description=_FLOW["until"])] = None
    invest: Invest = Field("policy", description=_FLOW["invest"])


class JudgeSection(Section):
    """Every signal replayed through one de-risking policy, and judged by what acting on it was worth."""

    policy: str = Field(description="the policy that follows each signal in turn: one with a key signal")
    start: date | None = Field(
        None, description="first session of the judgement; that of the run by default, or when the book is whole"
    )
    against: list[str] = Field(
        min_length=1,
        description="signals to beat, each of them: volatility triggers; the first one's measure also "
        "serves the rival at equal share of time, a diagnostic in hindsight",
    )
    signals: list[str] | None = Field(None, description="signals to judge; every one but calendars by default")
    measure: Deciding = Field(LEADING, description="the figure that decides")
    level: Annotated[float, PART] = Field(0.90, description="share of redrawn histories that an interval holds")
    draws: Annotated[int, Within(100, 100_000)] = Field(
        2000, description="redrawn histories (stationary bootstrap, the same days for all)"
    )
    block: Annotated[int, SESSIONS] = Field(
        20, description="sessions that stay together in a redrawn history, on average"
    )
    placebos: Annotated[int, Within(19, 100_000)] = Field(
        500, description="shifts in time of each signal, drawn from the scenario's seed"
    )
    least_shift: Annotated[int, SESSIONS] = Field(
        63, description="sessions by which a placebo is shifted at least, either way"
    )
    exit_ratio: Annotated[float, SOME] = Field(0.8, description="exit over enter of the rival at equal share of time")
    min_hold: Annotated[int, WAIT] = Field(5, description="sessions that rival stays on at least")


class ScenarioFile(Section):
    """A whole file. Tables with a ``kind`` are checked against the class behind it."""

    scenario: ScenarioSection
    market: MarketSection
    portfolio: PortfolioSection
    instruments: dict[Asset, InstrumentSpec] = Field(default_factory=dict)
    execution: dict[str, Any] = Field(default_factory=dict)
    costs: dict[str, Any] = Field(default_factory=dict)
    bounds: BoundsSection = Field(default_factory=BoundsSection)
    flows: list[FlowSpec] = Field(default_factory=list)
    fees: dict[str, Any] = Field(default_factory=dict)
    liquidity: dict[str, Any] = Field(default_factory=dict)
    signals: dict[SignalName, Kinded] = Field(default_factory=dict)
    overlays: dict[OverlayName, Kinded] = Field(default_factory=dict)
    policies: dict[PolicyName, Composable]
    shocks: list[dict[str, Any]] = Field(default_factory=list)
    judge: JudgeSection | None = None
    governance: dict[str, Any] | None = None
    _own: OwnFiles = PrivateAttr(default=NONE)
    _origins: Origins = PrivateAttr(default_factory=Origins)
    _said: tuple[str, ...] = PrivateAttr(())

    @property
    def own(self) -> OwnFiles:
        """Where classes of the user's own may come from."""
        return self._own

    @property
    def origins(self) -> Origins:
        """Which file stated each key that was inherited."""
        return self._origins

    @property
    def said(self) -> tuple[str, ...]:
        """What was changed in reading the file, a sentence each."""
        return self._said

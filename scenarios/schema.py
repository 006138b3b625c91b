"""The scenario file, typed. Unknown keys are refused with the nearest known one suggested."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr

from reports.sections import SECTIONS
from simulator.core.bounds import COVERAGE, DAYS, LEVERAGE, WEIGHT, Bounds, DaysToCash, Group
from simulator.core.flows import AMOUNT, FLOW_SHARE, Every, Flow, Invest, Waterfall
from simulator.core.instruments import DURATION, LOT, Level
from simulator.core.settlement import SETTLEMENT
from simulator.core.within import NOT_ALL, PART, SESSIONS, SOME, WAIT, Within
from simulator.metrics import LEADING, PAIRED, UP

from .configure import explanations
from .inherit import Origins
from .plugins import NONE, OwnFiles
from .schema_market import MarketSection
from .schema_redemptions import RedemptionsSection
from .schema_words import (
    SIGNED_WEIGHT,
    Asset,
    Composable,
    Currency,
    Day,
    Holding,
    Kinded,
    Name,
    OverlayName,
    Period,
    PolicyName,
    ScenarioName,
    SignalName,
    StrictSection,
    Text,
    Title,
)

if TYPE_CHECKING:
    Deciding = str
    PageSection = str
else:
    PageSection = Literal[tuple(SECTIONS)]
    #: What signals may be judged by: the measures that books are compared by and of which more is better.
    Deciding = Literal[tuple(name for name, measure in PAIRED.items() if measure.better == UP)]

_BOUNDS, _GROUP, _FLOW = explanations(Bounds), explanations(Group), explanations(Flow)
_DAYS_TO_CASH = explanations(DaysToCash)


class ScenarioSection(StrictSection):
    """Name, dates, money. Cash is in currency."""

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
    index: str | None = Field(
        None, description="a series of [market] that every policy is held against besides, as SP500; it costs nothing"
    )
    seed: Annotated[int, Within(0, 2**32 - 1)] = Field(0, description="of every random number in the run")


class PortfolioSection(StrictSection):
    """The book. Weights are fractions of nav, an opening in shares, its cash in currency."""

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


class InstrumentSpec(StrictSection):
    """What is known about one asset."""

    asset_class: str | None = Field(None, alias="class", description="asset class, which sets the two defaults below")
    level: Level | None = Field(None, description="liquidity level: 1, 2A, 2B or other")
    stressed_haircut: Annotated[float | None, NOT_ALL] = Field(None, description="value lost when sold in stress")
    lot: Annotated[float | None, LOT] = Field(None, description="raw shares in a round lot; fractions trade by default")
    sector: Title | None = Field(None, description="any text; a group of [bounds] may be one")
    duration: Annotated[float | None, DURATION] = Field(None, description="years, for shocks of rates")
    settlement: Annotated[int | None, SETTLEMENT] = Field(
        None, description="sessions from a trade to its cash; what [execution] states by default"
    )
    currency: Currency | None = Field(None, description="what its prices are quoted in; the book's by default")


class GroupSpec(StrictSection):
    """Assets that together may not exceed a share of nav."""

    assets: list[Holding] | None = Field(None, description=_GROUP["assets"])
    sector: Title | None = Field(None, description="instead of assets: all whose instrument states this sector")
    max_weight: Annotated[float, WEIGHT] = Field(description=_GROUP["max_weight"])


class DaysToCashSpec(StrictSection):
    """A share of nav that must turn into cash within some sessions."""

    share: Annotated[float, SOME] = Field(description=_DAYS_TO_CASH["share"])
    days: Annotated[float, DAYS] = Field(description=_DAYS_TO_CASH["days"])


class BoundsSection(StrictSection):
    """Bounds on holdings. Targets are brought within them; drift beyond them later is recorded.

    Fractions of nav, days and ratios as each key says.
    """

    max_weight: Annotated[float | dict[Holding, float] | None, WEIGHT] = Field(None, description=_BOUNDS["max_weight"])
    min_cash: Annotated[float, NOT_ALL] = Field(0.0, description=_BOUNDS["min_cash"])
    max_leverage: Annotated[float, LEVERAGE] = Field(1.0, description=_BOUNDS["max_leverage"])
    allow_short: bool = Field(False, description=_BOUNDS["allow_short"])
    min_liquid_share: Annotated[float | None, SOME] = Field(None, description=_BOUNDS["min_liquid_share"])
    min_coverage: Annotated[float | None, COVERAGE] = Field(None, description=_BOUNDS["min_coverage"])
    max_days_to_cash: DaysToCashSpec | None = Field(None, description=_BOUNDS["max_days_to_cash"])
    max_illiquid: Annotated[float | None, NOT_ALL] = Field(None, description=_BOUNDS["max_illiquid"])
    min_highly_liquid: Annotated[float | None, SOME] = Field(None, description=_BOUNDS["min_highly_liquid"])
    min_lcr: Annotated[float | None, COVERAGE] = Field(None, description=_BOUNDS["min_lcr"])
    no_trade: dict[Holding, list[Period]] = Field(default_factory=dict, description=_BOUNDS["no_trade"])
    groups: dict[Name, GroupSpec] = Field(default_factory=dict, description=_BOUNDS["groups"])


class FlowSpec(StrictSection):
    """A subscription (positive) or a redemption (negative), once or by rule. Amounts are in currency."""

    date: Annotated[Day | None, Field(description=_FLOW["date"])] = None
    amount: Annotated[float | None, AMOUNT] = Field(None, description=_FLOW["amount"])
    share: Annotated[float | None, FLOW_SHARE] = Field(None, description=_FLOW["share"])
    every: Every | None = Field(None, description=_FLOW["every"])
    until: Annotated[Day | None, Field(description=_FLOW["until"])] = None
    invest: Invest = Field("policy", description=_FLOW["invest"])


class JudgeSection(StrictSection):
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


def _some(sections: list[str] | None) -> list[str] | None:
    if sections == []:
        raise ValueError(f"must name one at least of {', '.join(SECTIONS)}; leave it out for all of them")
    return sections


class ReportSection(StrictSection):
    """What the page of a run shows."""

    sections: Annotated[list[PageSection] | None, AfterValidator(_some)] = Field(
        None,
        description=f"sections of the page, which keeps its order: {', '.join(SECTIONS)}; all of them by default. "
        "Warnings, assumptions and notes on the data are always there",
    )


class ScenarioFile(StrictSection):
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
    funding: dict[str, Any] | None = None
    redemptions: RedemptionsSection | None = None
    report: ReportSection | None = None
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

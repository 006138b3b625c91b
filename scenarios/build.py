"""From a validated scenario to the objects of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core.bounds import Bounds
from simulator.core.committee import Governance
from simulator.core.errors import (
    DataError,
    NoPricesError,
    ParameterError,
    PluginError,
    ScenarioError,
    UndertowError,
    nearest,
)
from simulator.core.execution import Execution
from simulator.core.fees import Fees
from simulator.core.flows import Flow, Waterfall
from simulator.core.market import MarketData
from simulator.core.names import CASH, check_asset, quoted
from simulator.core.protocols import CostModel, Signal, Strategy
from simulator.core.series import ExogenousSeries
from simulator.data import read_market, read_series, us_large_caps
from simulator.data.layouts import Arrangement, read_layout
from simulator.engine.terms import Terms
from simulator.liquidity import LiquidityStress

from . import kinds
from .against_index import check_index
from .book import bounds_of, check_weights, flows_of, reached
from .configure import arguments
from .crises import Named, composed, crises, known_shocks
from .currencies import check_bundled, rates_of, with_pulled
from .funding.terms import funding_of
from .held import check_opening
from .instruments import Stated, instrument_notes, instruments_of, stated_instruments
from .made import check_unmoved, with_instruments
from .making import make, split
from .parts import part_tables
from .plugins import find
from .policies import make_policies
from .redemptions.asked import check_redemptions
from .schema import ScenarioFile
from .schema_market import InverseSpec, RateSpec, SeriesSpec
from .shocks import Shock, check_struck
from .stored import check_stored, stored
from .universe import with_depth, with_events

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Scenario:
    """Everything a run needs, validated against the market. Weights are fractions of nav."""

    file: ScenarioFile
    market: MarketData
    weights: dict[str, float]
    terms: Terms  # they end where the file does; on which session they start, warm-ups decide
    signals: Mapping[str, Signal]
    policies: Mapping[str, Strategy]
    shocks: tuple[Shock, ...]

    @property
    def costs(self) -> CostModel:
        """What trading costs."""
        return self.terms.costs

    @property
    def execution(self) -> Execution:
        """When and how orders fill."""
        return self.terms.execution

    @property
    def bounds(self) -> Bounds:
        """What books may hold."""
        return self.terms.bounds

    @property
    def flows(self) -> tuple[Flow, ...]:
        """Subscriptions and redemptions."""
        return self.terms.flows

    @property
    def waterfall(self) -> Waterfall:
        """How redemptions are paid when cash does not reach."""
        return self.terms.waterfall

    @property
    def liquidity(self) -> LiquidityStress:
        """The stress under which coverage is measured."""
        return self.terms.liquidity or LiquidityStress()


def build(
    file: ScenarioFile, data: Path | None, progress: Progress | None = None, refit_cache: Keeper | None = None
) -> Scenario:
    """Load the market and make every object the file names.

    Signals that learn find models they have fitted before in ``refit_cache``.

    Raises
    ------
    UndertowError
        Naming the table and the key, or the data file, that cannot be used.
    """
    with naming_origins(file):
        check(file)
        scenario = assemble(file, load_market(file, data), progress, refit_cache)
        check_stored(stored(scenario.signals), scenario.market)
    return scenario


@contextmanager
def naming_origins(file: ScenarioFile) -> Iterator[None]:
    """Errors about a key that the file has inherited name the file it comes from."""
    try:
        yield
    except UndertowError as error:
        named = file.origins.named(error)
        if named is error:
            raise
        raise named from None


def assemble(
    file: ScenarioFile, market: MarketData, progress: Progress | None = None, refit_cache: Keeper | None = None
) -> Scenario:
    """Make every object the file names, on a market that is loaded already."""
    _check_dates(file, market)
    check_index(file.scenario.index, market)
    weights = portfolio(file, market)
    terms = _terms_of(file, market)
    terms.bounds.check_names(market.assets)
    return Scenario(
        file=file,
        market=market,
        weights=weights,
        terms=terms,
        signals={
            name: _signal(name, table, file, weights, progress, refit_cache) for name, table in file.signals.items()
        },
        policies=make_policies(file, weights, market),
        shocks=make_shocks(file, market),
    )


def _terms_of(file: ScenarioFile, market: MarketData) -> Terms:
    """On what terms the file has its policies replayed."""
    section = file.scenario
    return Terms(
        bounds=bounds_of(file.bounds, market),
        execution=make(Execution, file.execution, "execution"),
        flows=reached(flows_of(file.flows, market.sessions), section.end),
        fees=make(Fees, file.fees, "fees"),
        waterfall=file.portfolio.waterfall,
        costs=_costs(file, market),
        liquidity=make(LiquidityStress, file.liquidity, "liquidity"),
        initial_cash=section.initial_cash,
        end=None if section.end is None else np.datetime64(section.end, "D"),
        committee=None if file.governance is None else _committee(file.governance, section.seed),
    )


def _committee(table: Mapping[str, Any], seed: int) -> Governance:
    """The committee that a file has rule on what its policies propose."""
    committee: Governance = make(Governance, table, "governance", seed=seed)
    return committee


def check(file: ScenarioFile) -> None:
    """Checks that need no data: weights, bounds, flows, names that refer to each other, dates."""
    section = file.scenario
    if section.start and section.end and section.start >= section.end:
        raise ScenarioError(f"scenario.start ({section.start}) must lie before scenario.end ({section.end})")
    if not file.policies:
        raise ScenarioError("policies: at least one is needed")
    if section.benchmark not in file.policies:
        hint = nearest(section.benchmark, file.policies)
        raise ScenarioError(f"scenario.benchmark: no policy {quoted(section.benchmark)}{hint}")
    bounds_of(file.bounds)
    flows_of(file.flows)
    check_opening(file)
    _check_governance(file)
    funding_of(file.funding)
    check_redemptions(file)
    if isinstance(file.portfolio.weights, dict):
        check_weights(file.portfolio.weights, file.bounds, "portfolio.weights")
    _check_tables(file)


def _check_governance(file: ScenarioFile) -> None:
    """Raise :class:`ScenarioError` where a committee is stated that cannot be."""
    if file.governance is None:
        return
    _committee(file.governance, file.scenario.seed)
    if file.judge is not None:
        raise ScenarioError(
            "governance: signals are judged by what their policies decide, without a committee; leave out governance "
            "or judge (--set judge=unset)"
        )


def _check_tables(file: ScenarioFile) -> None:
    """Keys, types and ranges of everything that has a class of ours behind it; nothing of a user's is imported."""
    arguments(Execution, file.execution, "execution")
    arguments(LiquidityStress, file.liquidity, "liquidity")
    arguments(Fees, file.fees, "fees")
    tables: list[tuple[str, Mapping[str, Any], Mapping[str, str]]] = [
        ("costs", {"kind": "almgren-chriss", **file.costs}, kinds.COSTS)
    ]
    tables += [(f"signals.{name}", table, kinds.SIGNALS) for name, table in file.signals.items()]
    tables += [(f"policies.{name}", table, kinds.POLICIES) for name, table in file.policies.items()]
    tables += [(f"shocks[{number}]", table, known_shocks()) for number, table in enumerate(file.shocks)]
    tables += part_tables(file)
    for where, table, known in tables:
        if isinstance(table.get("kind"), str) and table["kind"] in known:
            kind, rest = split(table, where)
            arguments(find(kind, known, where), rest, where)


def load_market(file: ScenarioFile, data: Path | None) -> MarketData:
    """The market a file asks for."""
    section, stated = file.market, stated_instruments(file, data)
    if section.source != "csv":
        return _bundled(file, stated)
    if section.path is None:
        raise ScenarioError("market.path is missing: the folder of price files, under --data")
    if section.layout == "plain" and (section.dates or section.decimal):
        raise ScenarioError("market.dates and market.decimal are for layout = 'auto'; plain files have neither")
    if data is None:
        raise ScenarioError(f"market {quoted(section.path)} lies under a data folder: give --data DIR")
    if not data.is_dir():
        raise ScenarioError(f"--data {data}: no such folder")
    if section.cash_rate is None:
        raise ScenarioError("market.cash_rate is missing: a number (annual), or a CSV file of rates in percent")
    rate = _cash_rate(section.cash_rate, data, section.zone)
    assets = section.assets or named_assets(file) or files_of(data / section.path, section.layout)
    stated = with_pulled(stated, section, assets, data)
    market = _read(
        file,
        data / section.path,
        assets,
        rates=rates_of(file, stated, assets, data),
        until=None if file.scenario.end is None else np.datetime64(file.scenario.end, "D"),
        layout=section.layout,
        dates=section.dates,
        decimal=section.decimal,
        prices=section.prices,
        cash_rate=rate,
        cash_rate_after=getattr(section.cash_rate, "after", None),
        series={name: series_of(name, spec, data, section.zone) for name, spec in section.series.items()},
        assumed_adv=section.assumed_adv,
        zone=section.zone,
    )
    _check_rate(file, market, rate)
    return with_depth(with_events(_with_terms(with_instruments(market, file), file, stated), section), section.depth)


def _read(file: ScenarioFile, *asked: Any, **how: Any) -> MarketData:
    """The market of files, or the error with the key that names an asset without one, where that is not the book's."""
    try:
        return read_market(*asked, **how)
    except NoPricesError as error:
        key = _naming(file).get(error.asset, "portfolio.weights")
        if file.market.assets or key == "portfolio.weights":
            raise
        raise NoPricesError(f"{error} ({key} names {quoted(error.asset)})", error.asset) from None


def _cash_rate(given: float | str | RateSpec, data: Path, zone: str | None) -> float | ExogenousSeries:
    if isinstance(given, float | int):
        return given
    rate = series_of("cash_rate", given, data, zone)
    if rate.knows_future:
        raise ScenarioError(
            "market.cash_rate: its history is smoothed with later values: nobody was paid it; give its vintages, or a "
            "rate as it was published"
        )
    return rate


def _check_rate(file: ScenarioFile, market: MarketData, rate: float | ExogenousSeries) -> None:
    """Raise if a published rate ends, or is silent for too long, within the run, and nothing is said to hold then."""
    if not isinstance(rate, ExogenousSeries):
        return
    section, sessions = file.scenario, market.sessions
    first, last = section.start or sessions[0].astype(object), section.end or sessions[-1].astype(object)
    within = (sessions >= np.datetime64(first)) & (sessions < np.datetime64(last))  # the last day's rate is not booked
    unknown = np.flatnonzero(within & np.isnan(market.cash_rate))
    if unknown.size == 0:
        return
    day = sessions[unknown[0]]
    dated = rate.dates[~np.isnan(rate.values) & (rate.known_at <= day)]
    given = file.market.cash_rate
    path = given if isinstance(given, str) else getattr(given, "path", "")
    raise ScenarioError(
        f"market.cash_rate: {path}: its last value before {day} is for {dated[-1]}, and it holds for "
        f"{rate.age_limit_days} days only; say what cash earns when the file has none: "
        f'cash_rate = {{ path = "{path}", after = 0.01 }}'
    )


def _bundled(file: ScenarioFile, stated: Stated) -> MarketData:
    section = file.market
    for key in ("path", "assets", "series", "zone", "dates", "decimal", "fx"):
        if getattr(section, key):
            raise ScenarioError(f"market.{key} belongs to source = 'csv'; the bundled market has its own")
    if section.prices not in (None, "adjusted"):
        raise ScenarioError(f"market.prices = {section.prices!r} needs source = 'csv'; bundled prices are adjusted")
    if section.assumed_adv is None:
        raise ScenarioError("market.assumed_adv is missing: the bundled market has no volumes, so state one")
    if not isinstance(section.cash_rate, float | int):
        raise ScenarioError("market.cash_rate is missing: the annual rate after the bundled bill rates end (2018-11)")
    check_bundled(file, stated)
    market = us_large_caps(section.assumed_adv, float(section.cash_rate))
    return with_depth(with_events(_with_terms(with_instruments(market, file), file, stated), section), section.depth)


def _with_terms(market: MarketData, file: ScenarioFile, stated: Stated) -> MarketData:
    """The market with what is stated of its instruments and its rhythm."""
    given = instruments_of(file, stated, market.assets)
    pairs = zip(market.assets, market.instruments, strict=True)
    instruments = tuple(given.get(name, own) for name, own in pairs)
    begins = file.scenario.start or market.sessions[0].astype(object)
    notes = (*market.reading, *instrument_notes(stated, market.assets, begins))
    return replace(
        market,
        instruments=instruments,
        sessions_per_year=file.market.sessions_per_year,
        reading=notes,
        classified=tuple(name for name in market.assets if name in stated.classed()),
    )


def named_assets(file: ScenarioFile) -> list[str]:
    """Every asset the book, a policy or the opening positions name, in order of appearance."""
    if not isinstance(file.portfolio.weights, dict):
        raise ScenarioError("portfolio.weights = 'equal' needs market.assets, the tickers to read")
    return [check_asset(name) for name in _naming(file) if name != CASH and name not in file.market.made]


def _naming(file: ScenarioFile) -> dict[str, str]:
    """Every asset that is named, in order of appearance, with the first key that does."""
    tables = [(f"policies.{name}", table) for name, table in file.policies.items()]
    tables += [(where, dict(table)) for where, table, _ in part_tables(file)]
    named: list[tuple[str, Any]] = [("portfolio.weights", file.portfolio.weights)]
    named += [(f"{where}.{key}", table.get(key)) for where, table in tables for key in ("weights", "into")]
    named += [("portfolio.opening", file.portfolio.opening)]
    made = [(f"market.made.{name}.of", spec) for name, spec in file.market.made.items()]
    named += [(where, {spec.of: 1.0}) for where, spec in made if isinstance(spec, InverseSpec)]
    keys: dict[str, str] = {}
    for where, table in named:
        for asset in table if isinstance(table, dict) else ():
            keys.setdefault(asset, where)
    return keys


def files_of(folder: Path, layout: Arrangement = "plain") -> list[str]:
    """Every asset of a folder: a book of nothing but cash has its sessions from them."""
    if layout == "auto":
        return sorted(read_layout(folder).tables)
    return sorted(path.stem for path in folder.glob("*.csv"))


def series_of(name: str, spec: str | SeriesSpec, data: Path, zone: str | None) -> ExogenousSeries:
    """An exogenous series of ``[market]``, or its cash rate, read as the file states."""
    spec = SeriesSpec(path=spec) if isinstance(spec, str) else spec
    try:
        series = read_series(
            data / spec.path,
            name,
            column=spec.column,
            release=spec.release,
            zone=zone,
            revised=spec.revised,
            vintages=None if spec.vintages is None else data / spec.vintages,
            allow_revised=spec.allow_revised,
            max_age_days=spec.max_age_days,
        )
    except ParameterError as error:
        raise ScenarioError(f"market.series.{name}: {error}") from None
    if series.refusal:
        key, path = name if name == "cash_rate" else f"series.{name}", spec.path
        raise ScenarioError(
            f"market.{key}: {path}: its history is smoothed with later values, so that its past knows the future; "
            f'give its vintages ({{ path = "{path}", vintages = "..." }}, a file as ALFRED writes it), or use it as it '
            "is with allow_revised = true"
        )
    return series


def _check_dates(file: ScenarioFile, market: MarketData) -> None:
    first, last = market.sessions[0], market.sessions[-1]
    for key in ("start", "end"):
        day = getattr(file.scenario, key)
        if day is not None and not first <= np.datetime64(day, "D") <= last:
            raise DataError(f"scenario.{key} {day} lies outside the data, which run from {first} to {last}")


def portfolio(file: ScenarioFile, market: MarketData) -> dict[str, float]:
    """Target weights by asset, CASH included. They are fractions of nav."""
    given = file.portfolio.weights
    if not isinstance(given, dict):
        return dict.fromkeys(market.assets, 1.0 / len(market.assets))
    unknown = [name for name in given if name != CASH and name not in market.assets]
    if unknown:
        raise ScenarioError(f"portfolio.weights: no asset {quoted(unknown[0])}{nearest(unknown[0], market.assets)}")
    return dict(given)


def _costs(file: ScenarioFile, market: MarketData) -> CostModel:
    table = {"kind": "almgren-chriss", **file.costs}
    kind, rest = split(table, "costs")
    model = make(find(kind, kinds.COSTS, "costs", file.own), rest, "costs")
    if not isinstance(model, CostModel):
        raise PluginError(f"costs: {quoted(kind)} has no panels(market, estimates)")
    for name in getattr(model, "by_asset", {}):
        if name not in market.assets:
            raise ScenarioError(f"costs.by_asset: no asset {quoted(name)}{nearest(name, market.assets)}")
    return model


def _signal(
    name: str,
    table: Mapping[str, Any],
    file: ScenarioFile,
    weights: Mapping[str, float],
    progress: Progress | None,
    refit_cache: Keeper | None,
) -> Signal:
    where = f"signals.{name}"
    kind, rest = split(table, where, file.signals)
    report = None if progress is None else lambda done, total: progress(f"signal {name}", done, total)
    cls = find(kind, kinds.SIGNALS, where, file.own)
    supplied = {"name": name, "seed": file.scenario.seed, "weights": weights}
    signal = make(cls, rest, where, **supplied, progress=report, refit_cache=refit_cache)
    if not hasattr(signal, "compute"):
        raise PluginError(f"{where}: {quoted(kind)} has no compute(features)")
    return signal


def make_shocks(file: ScenarioFile, market: MarketData) -> tuple[Shock, ...]:
    """Every shock of the file, in its order; a crisis of the catalogue is several."""
    made: list[Shock] = []
    for number, table in enumerate(file.shocks):
        crisis = crises().get(str(table.get("kind")))
        if crisis is None:
            made.append(_shock(f"shocks[{number}]", table, file, market))
            continue
        named: Named = make(Named, split(table, f"shocks[{number}]")[1], f"shocks[{number}]")
        where, parts = f"shocks[{number}] ({crisis.name})", composed(crisis, named, market)
        made += [_shock(where, part, file, market) for part in parts]
    check_unmoved(file, made, market)
    check_struck(made, file.signals)
    return tuple(made)


def _shock(where: str, table: Mapping[str, Any], file: ScenarioFile, market: MarketData) -> Shock:
    kind, rest = split(table, where)
    held = {"weights": portfolio(file, market)} if rest.get("when") else {}
    shock = make(find(kind, known_shocks(), where, file.own), rest, where, **held)
    if not isinstance(shock, Shock):
        raise PluginError(f"{where}: {quoted(kind)} needs apply(world, rng) and describe()")
    return shock

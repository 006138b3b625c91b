"""Running a scenario: signals once, every policy over the same sessions, then the report."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reports import Comparison, write_ledger, write_metrics, write_page
from reports.against_index import AgainstIndex
from reports.diagnosis import Finding
from reports.files import as_json, metrics_rows
from reports.liquidity_lines import days_lines
from reports.liquidity_run import write_liquidity_of_run
from reports.look_ahead import LookAhead
from reports.luck import Luck, Tried
from reports.manifest import manifest
from reports.pdf import PDF, as_pdf
from reports.sheet_data import write_returns
from reports.shock_effect import ShockEffect
from reports.spreadsheets import MOST_WEIGHTS, WORKBOOK, is_large, write_tables, write_workbook
from reports.verdict_page import write_verdicts
from reports.verdict_text import ceiling_lines
from reports.verdicts import Verdicts
from reports.versus import Versus
from reports.worker import SheetWorkers
from simulator.core.errors import PluginError, ScenarioError, UndertowError, nearest
from simulator.core.files import write
from simulator.core.folders import Folder
from simulator.core.market import MarketData
from simulator.core.names import slugs
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Planned, Signal, Strategy
from simulator.core.settlement import delayed
from simulator.data import foreknown, inspect
from simulator.engine import Prepared, RunResult, Terms, prepare, prepare_each
from simulator.engine.signals import own_signals, panel_of, signal_names
from simulator.features import Features
from simulator.metrics import PolicyMetrics, by_decision, policy_metrics

from .against_index import against_index, index_line
from .assumptions import annualised, assumptions, warning
from .audits import kept_verdict
from .book import reached
from .build import Scenario, build
from .diagnostics import diagnose
from .funding.coverage import FundedBook, apart_from_bound, coverage_of, funding_lines, funding_table
from .funding.terms import funding_of
from .held import opening_terms
from .judge.ceilings import ceilings
from .judge.run import judge
from .liquidity.over_time import liquidity_over_time
from .luck import luck, tried
from .notices import Replayed, notices
from .output import staged
from .progress import Progress, Silent
from .resolved import resolved
from .schema import ScenarioFile
from .sheets import tearsheets
from .shock_effect import check_shocks, cost_fault, shock_effect, shock_lines, unshocked
from .shocks import World, apply_shocks, shock_by_shock
from .stored import fingerprints
from .titles import titles
from .universe import born_later
from .unseen import unseen_in_run
from .versus import versus

if TYPE_CHECKING:
    from scenarios.trials.made import Tries
    from signals.stress.walk_forward import Keeper


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run came to."""

    scenario: Scenario
    world: World
    signals: Mapping[str, SignalPanel]
    results: Mapping[str, RunResult]
    metrics: Mapping[str, PolicyMetrics]
    verdicts: Verdicts | None = None
    effect: ShockEffect | None = None
    unseen: tuple[str, ...] = ()  # where its shocks show models what they have never seen
    others: tuple[float, ...] = ()  # annual Sharpe ratios of what the journal of trials knows besides

    @property
    def hindsight(self) -> tuple[str, ...]:
        """Policies that follow a signal which uses the future: diagnostics."""
        found = []
        for name, result in self.results.items():
            read = followed(result.run.strategy, result.run.signals)
            if any(result.run.signals[signal].hindsight for signal in read):
                found.append(name)
        return tuple(found)

    @property
    def market(self) -> MarketData:
        """What happened, over the sessions replayed alone."""
        run = self.benchmark.run
        return self.world.market.between(run.start, run.stop)

    @property
    def notices(self) -> tuple[str, ...]:
        """What must be read before the figures, a sentence each."""
        run = self.benchmark.run
        replayed = Replayed(self.scenario, self.world.market, run.start, run.stop, self.results)
        found = (*self.unseen, *notices(replayed))
        funding = funding_of(self.scenario.file.funding)
        if funding is None:
            return found
        return (*found, *funding_lines(self.funded, funding), *apart_from_bound(self.scenario.bounds, funding))

    @cached_property
    def funded(self) -> dict[str, FundedBook]:
        """The liquidity coverage of each book that is funded as a bank is; empty where none is."""
        funding = funding_of(self.scenario.file.funding)
        return {} if funding is None else coverage_of(self.results, funding)

    @cached_property
    def versus(self) -> tuple[Versus, ...]:
        """What each policy was worth against the benchmark."""
        section = self.scenario.file.scenario
        return versus(self.results, self.metrics, section.benchmark, section.seed)

    @cached_property
    def against_index(self) -> tuple[AgainstIndex, ...]:
        """What each policy was worth against the index; none unless the scenario names one."""
        section = self.scenario.file.scenario
        if section.index is None:
            return ()
        series, market = self.world.market.series[section.index], self.scenario.file.market
        converted = market.currency if market.fx else None
        return against_index(self.results, self.metrics, series, section.seed, converted)

    @cached_property
    def luck(self) -> Luck | None:
        """What of it luck explains; policies that no one could have followed are not among what was tried."""
        section, diagnostics = self.scenario.file.scenario, {*self.hindsight} - {self.scenario.file.scenario.benchmark}
        tried = {name: result for name, result in self.results.items() if name not in diagnostics}
        return luck(tried, section.benchmark, section.seed)

    @cached_property
    def tried(self) -> Tried | None:
        """What the journal of trials makes of it; ``None`` where none is kept, or it knows nothing else."""
        return None if self.luck is None else tried(self.luck, self.results, self.others)

    @cached_property
    def look_ahead(self) -> LookAhead | None:
        """What the last audit of this very scenario found; ``None`` where none is at hand."""
        return kept_verdict(self.scenario)

    @cached_property
    def diagnostics(self) -> tuple[Finding, ...]:
        """What a colleague would ask of these results."""
        return diagnose(self.results, self.metrics, self.scenario.file.scenario.benchmark)

    @property
    def benchmark(self) -> RunResult:
        """The run that tear-sheets compare with."""
        return self.results[self.scenario.file.scenario.benchmark]


#: Policies up to which tear-sheets are written unless a run is told otherwise.
MOST_SHEETS: Final = 12


def run(
    file: ScenarioFile,
    out: Path,
    data: Path | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
    tearsheets: bool | None = None,
    excel: bool = False,
    pdf: bool = False,
    tries: Tries | None = None,
) -> Outcome:
    """Run a scenario and write its report to ``out``, which appears whole or not at all.

    Signals that learn find models they have fitted before in ``refit_cache``; figures are the same with and without.
    ``tearsheets`` says whether they are written; left out, they are for up to :data:`MOST_SHEETS` policies.
    ``excel`` adds a workbook, ``pdf`` the page as PDF. With ``tries`` its policies go into the journal of trials, and
    the page says what that knows besides them; no file for machines does.

    Raises
    ------
    UndertowError
        If the scenario, its data or a plug-in cannot be used.
    """
    progress = progress or Silent()
    scenario = build(file, data, progress, refit_cache)
    wanted = len(file.policies) if _wants_sheets(len(file.policies), tearsheets) else 0
    with staged(out, "run") as stage, SheetWorkers(stage.path, min(wanted, os.cpu_count() or 1)) as sheets:
        outcome = replay(scenario, progress)
        outcome = outcome if tries is None else replace(outcome, others=tries.others(outcome))
        _write(outcome, stage, sheets if wanted else None, progress)
        if excel:
            _write_excel(outcome, stage, progress)
        if pdf:
            progress("pdf", 0, 1)
            write(stage / PDF, as_pdf(stage / "index.html"))
            progress("pdf", 1, 1)
    if tries is not None:
        tries.keep(outcome)
    return outcome


def _wants_sheets(policies: int, asked: bool | None) -> bool:
    return policies <= MOST_SHEETS if asked is None else asked


def replay(scenario: Scenario, progress: Progress | None = None) -> Outcome:
    """Run a scenario in memory."""
    progress = progress or Silent()
    worlds = struck(scenario, scenario.market)
    world, start = worlds[-1], common_start(scenario, worlds[-1])
    check_shocks(scenario, worlds, start)
    begin = judged_from(scenario, world, start)
    later = _since(scenario, start, begin)
    known = ceilings(later, world, terms(later, world, begin))
    if known and scenario.file.judge is not None:
        progress.say(ceiling_lines(known, scenario.file.judge.measure, scenario.file.scenario.benchmark))
    panels = compute_signals(scenario, world, progress)
    results = replayed_from(scenario, world, panels, start, progress)
    metrics = {name: policy_metrics(result) for name, result in results.items()}
    verdicts = None
    if scenario.file.judge is not None:
        judged = results if begin == start else replayed_from(later, world, panels, begin, progress)
        verdicts = judge(later, world, panels, judged, terms(later, world, begin), progress, known)
    effect: ShockEffect | None = None
    unseen: tuple[str, ...] = ()
    if scenario.shocks:
        plain = replay(unshocked(scenario), progress)
        effect = shock_effect(scenario, world, results, plain.results)
        unseen = tuple(unseen_in_run(scenario, world, results))
    return Outcome(scenario, world, panels, results, metrics, verdicts, effect, unseen)


def _since(scenario: Scenario, start: np.datetime64, begin: np.datetime64) -> Scenario:
    """The scenario as it is judged: without the flows that lie before the day from which signals are judged."""
    if begin == start:
        return scenario
    later = tuple(flow for flow in scenario.flows if flow.every is not None or flow.day >= begin)
    return replace(scenario, terms=replace(scenario.terms, flows=later))


def replayed_from(
    scenario: Scenario, world: World, panels: Mapping[str, SignalPanel], start: np.datetime64, progress: Progress
) -> dict[str, RunResult]:
    """Every policy, from a session on."""
    results, policies, stated = {}, scenario.policies, terms(scenario, world, start)
    progress("policies", 0, len(policies))
    ready = prepare_each(world.market, policies, stated, signals=panels, observed=world.observed)
    for number, run in enumerate(ready, start=1):
        results[run.name] = run.run()
        progress("policies", number, len(policies))
    return results


def judged_from(scenario: Scenario, world: World, start: np.datetime64) -> np.datetime64:
    """The first session of a judgement: as stated, else that of the run, or that from which the book is whole."""
    if scenario.file.judge is None:
        return start
    if scenario.file.judge.start is not None:
        return max(start, np.datetime64(scenario.file.judge.start, "D"))
    return max([start, *born_later(world.market, scenario.weights, start).values()])


def followed(policy: Strategy, panels: Mapping[str, SignalPanel]) -> tuple[str, ...]:
    """The signals a policy follows: those it names; all there are if it names none and is asked what to do."""
    named = signal_names(policy)
    return named if named or isinstance(policy, Planned) else tuple(panels)


def followed_signals(scenario: Scenario) -> dict[str, Signal]:
    """The signals that policies name, by name: the scenario's, and those that policies carry themselves.

    Raises
    ------
    PluginError
        If a policy names one that is neither.
    """
    found: dict[str, Signal] = {}
    for name, policy in scenario.policies.items():
        known = {**scenario.signals, **own_signals(policy, name)}
        for signal in signal_names(policy, name):
            if signal not in known:
                raise PluginError(
                    f"policies.{name}: it reads signal {signal!r}, which is not here{nearest(signal, known)}"
                )
            found[signal] = known[signal]
    return found


def terms(scenario: Scenario, world: World, start: np.datetime64, end: np.datetime64 | None = None) -> Terms:
    """The scenario's terms for a replay from ``start`` to ``end`` (or its own), with a world's flows and delays."""
    last = scenario.terms.end if end is None else end
    flows, own, market = (*scenario.flows, *reached(world.flows, last)), scenario.execution, world.market
    settles = delayed(own.settlement_days, world.late, market.sessions, market.assets, market.settlement)
    execution = own if world.late is None else replace(own, settlement_days=settles)
    stated = replace(scenario.terms, flows=flows, execution=execution, start=start, end=last, clients=world.clients)
    return replace(stated, **opening_terms(scenario, market, start))


def prepared(
    scenario: Scenario,
    world: World,
    panels: Mapping[str, SignalPanel],
    name: str,
    policy: Strategy,
    start: np.datetime64,
    end: np.datetime64 | None = None,
) -> Prepared:
    """A policy of the scenario, ready to be replayed from ``start`` to ``end`` (the scenario's by default)."""
    stated = terms(scenario, world, start, end)
    return prepare(world.market, policy, stated, signals=panels, observed=world.observed, name=name)


def shocked(scenario: Scenario, market: MarketData) -> World:
    """A market, a path for example, with the scenario's shocks in it."""
    with _of_shocks():
        return apply_shocks(market, scenario.shocks, scenario.file.scenario.seed)


def struck(scenario: Scenario, market: MarketData) -> list[World]:
    """The world before the scenario's shocks and after each of them, none of which may leave costs beyond reason."""
    with _of_shocks():
        seed = scenario.file.scenario.seed
        return shock_by_shock(market, scenario.shocks, seed, lambda world: cost_fault(scenario, world))


@contextmanager
def _of_shocks() -> Iterator[None]:
    """Say of an error that it comes from the shocks."""
    try:
        yield
    except UndertowError as error:
        raise type(error)(f"shocks: {error}") from None


def compute_signals(scenario: Scenario, world: World, progress: Progress) -> dict[str, SignalPanel]:
    """Every signal of the scenario, once, from the observed market and as policies get it.

    Panels are over all T sessions of the market.
    """
    features = Features(world.observed)
    panels = {}
    if scenario.signals:
        progress("signals", 0, len(scenario.signals))
    for number, (name, signal) in enumerate(scenario.signals.items(), start=1):
        with naming(name, signal):
            panels[name] = world.heard(name, panel_of(name, signal, features))
        progress("signals", number, len(scenario.signals))
    return panels


@contextmanager
def naming(name: str, signal: Signal) -> Iterator[None]:
    """Errors within name the signal; a defect of a user's own becomes a :class:`PluginError`."""
    try:
        yield
    except UndertowError as error:
        raise type(error)(f"signals.{name}: {error}") from None
    except (Exception, SystemExit) as error:
        if type(signal).__module__.partition(".")[0] == "signals":
            raise
        raise PluginError(f"signals.{name}: compute failed: {type(error).__name__}: {error}") from error


def common_start(scenario: Scenario, world: World) -> np.datetime64:
    """The session all policies start on: the asked one, or the end of the longest warm-up among them."""
    sessions = world.market.sessions
    warmups = {name: int(getattr(signal, "warmup", 0)) for name, signal in followed_signals(scenario).items()}
    longest = max(warmups.values(), default=0)
    if longest >= sessions.size:
        slow = max(warmups, key=lambda name: warmups[name])
        raise ScenarioError(f"signals.{slow}: warms up for {longest} sessions, but the market has only {sessions.size}")
    asked = scenario.file.scenario.start
    return max(sessions[longest], sessions[0] if asked is None else np.datetime64(asked, "D"))


def comparison(outcome: Outcome, sheets: Sequence[str] = ()) -> Comparison:
    """What the page shows of an outcome; ``sheets`` are the policies that have a tear-sheet."""
    scenario = outcome.scenario
    section = scenario.file.scenario
    return Comparison(
        name=section.name,
        description=section.description,
        warning=warning(scenario, outcome.benchmark),
        benchmark=section.benchmark,
        records=outcome.results,
        metrics=outcome.metrics,
        signals=outcome.benchmark.run.signals,
        assumptions=[*assumptions(scenario), annualised(outcome.results)],
        shocks=shock_lines(scenario),
        data_notes=[f"{note.subject}: {note.text}" for note in inspect(outcome.market, outcome.scenario.market)],
        flows=scenario.flows,
        hindsight=outcome.hindsight,
        verdicts=outcome.verdicts,
        notices=outcome.notices,
        foreknown=foreknown(outcome.market),
        effect=outcome.effect,
        versus=outcome.versus,
        against_index=outcome.against_index,
        index=index_line(outcome.world.market, section.index, outcome.benchmark.sessions),
        luck=outcome.luck,
        tried=outcome.tried,
        diagnostics=outcome.diagnostics,
        sheets=sheets,
        look_ahead=outcome.look_ahead,
        decided={name: by_decision(result, result.run.actions) for name, result in outcome.results.items()},
        follows={name: followed(result.run.strategy, result.run.signals) for name, result in outcome.results.items()},
        sections=None if scenario.file.report is None else scenario.file.report.sections,
    )


def _write(outcome: Outcome, stage: Folder, sheets: SheetWorkers | None, progress: Progress) -> None:
    files, many = slugs(outcome.results), len(outcome.results)
    for_sheets, ledger = stage.folder("tearsheets"), stage.folder("ledger")
    if sheets is not None:
        for name, sheet in tearsheets(outcome).items():
            sheets.submit(name, sheet, for_sheets / f"{files[name]}.html")
    page = comparison(outcome, tuple(outcome.results) if sheets is not None else ())
    write_metrics(page, stage.path)
    write_returns(outcome.results, ledger.path)
    page = replace(page, fills=write_tables(outcome.results, outcome.world.market, stage.path))
    if outcome.funded:
        write(stage / "funding.csv", funding_table(outcome.funded).to_csv(index=False, float_format="%.8g"))
    if is_large(outcome.results):
        progress.say(
            f"weights.csv has the last session of each month: all of them are more than {MOST_WEIGHTS:,} weights, and "
            "are in ledger/"
        )
    progress("ledgers", 0, many)
    for number, (name, result) in enumerate(outcome.results.items(), start=1):
        write_ledger(result, files[name], ledger.path)
        progress("ledgers", number, many)
    progress("page", 0, 1)
    called = titles(outcome.scenario.file)
    shown = page.titled(called.scenario, called.policies, called.signals)
    over = liquidity_over_time(outcome.results, called.policies)
    shown = replace(shown, liquidity=over is not None, days_to_cash=None if over is None else days_lines(over))
    write_page(shown, stage / "index.html")
    if shown.verdicts is not None:
        write_verdicts(shown.name, shown.verdicts, stage / "verdicts.html", shown.notices)
    if over is not None:
        write_liquidity_of_run(over, stage / "liquidity.html")
    progress("page", 1, 1)
    if sheets is not None:
        progress("tear-sheets", sheets.finished(), many)
        for number, _ in enumerate(sheets.results(), start=1):
            progress("tear-sheets", number, many)
    write(stage / "manifest.json", as_json(_manifest(outcome)))


def _write_excel(outcome: Outcome, stage: Folder, progress: Progress) -> None:
    progress("workbook", 0, 1)
    page = comparison(outcome)
    lines = [*page.notices, *([page.warning] if page.warning else []), *page.shocks, *page.assumptions]
    rows = [{"policy": name, **row} for name, row in metrics_rows(page).items()]
    write_workbook(outcome.results, outcome.world.market, rows, lines, stage / WORKBOOK)
    progress("workbook", 1, 1)


def _manifest(outcome: Outcome) -> dict[str, Any]:
    scenario = outcome.scenario
    data = {"market": scenario.market.fingerprint(), **fingerprints(scenario.signals)}
    if scenario.shocks:
        data["market with shocks"] = outcome.world.market.fingerprint()
    return manifest(resolved(scenario.file), data, scenario.file.scenario.seed)

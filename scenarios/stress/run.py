"""A stress test, in order: validate, learn, strike at every severity, search, report."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import pyarrow as pa

from reports.files import as_json
from reports.manifest import manifest
from reports.stress import Reversed, StressReport
from reports.stress_page import write_stress_page
from reports.sweep import Axis, SweepReport, Trial
from scenarios.assumptions import assumptions
from scenarios.crises import crises
from scenarios.output import check_target, staged
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.runner import Outcome as Run
from scenarios.schema import ScenarioFile
from scenarios.shock_effect import shock_lines
from scenarios.stored import fingerprints
from scenarios.titles import titles
from scenarios.waiting import WAITED, waited_by_severity
from simulator.core.errors import ScenarioError
from simulator.core.files import write, write_parts
from simulator.core.types import FloatArray
from simulator.core.within import Within, check_fields

from .asked import Asked, asked
from .failures import parse_failure
from .files import frontier_json, metrics_json
from .measures import STRESS
from .pictures import BEFORE, heard_pictures, pictures
from .remote import Dial, Remote, Struck, struck_on
from .reverse import reverse
from .strikes import Strikes
from .unseen import extrapolated
from .window import as_shock, check_window, reach, replayed

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

KIND: Final = "stress test"
#: Severities by default; those of a reverse test reach as far as the worst that is plausible.
SEVERITIES: Final = "0:3:7"
#: Characters at the head of a notice by which it is the same at another severity.
_ALIKE: Final = 60


@dataclass(frozen=True)
class Options:
    """How to stress.

    Attributes
    ----------
    shocks
        As ``--shock`` writes them; the scenario's own are turned where there are none.
    severity
        ``a:b:n``, or values between commas.
    at
        First day of the shocks that state none, ``YYYY-MM-DD``.
    failures
        As ``--reverse`` writes them; empty for no reverse test.
    refit
        Whether models are fitted anew at every severity.
    workers
        Threads; ``None`` for one a core. The results do not depend on it.
    remote
        The cluster that computes severities; ``None`` for this process.
    window
        A crisis of the catalogue that is put onto the book, besides ``shocks``, and shown over its own dates as well;
        empty for none.
    """

    shocks: Sequence[str] = ()
    severity: str = SEVERITIES
    at: str | None = None
    failures: Sequence[str] = ()
    refit: bool = False
    workers: Annotated[int | None, Within(1, 4096, option="--workers")] = None
    remote: Remote | None = None
    window: str = ""

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def struck_with(self) -> tuple[str, ...]:
        """The window and the shocks, as ``--shock`` writes them."""
        return (*([as_shock(self.window)] if self.window else []), *self.shocks)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a stress test came to: its report by name, and the same for people to read."""

    report: StressReport
    shown: StressReport


def stress(
    file: ScenarioFile,
    out: Path,
    options: Options,
    data: Path | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> Outcome:
    """Strike a scenario with shocks of growing severity, and write what every policy bears to ``out``.

    Raises
    ------
    UndertowError
        If the scenario, its data, a plug-in or an option cannot be used.
    """
    progress = progress or Silent()
    failures = [parse_failure(text) for text in dict.fromkeys(options.failures)]
    check_target(out, KIND)
    if options.window:
        check_window(options.window)
    told = asked(file, data, options.struck_with, options.severity, options.at, progress, refit_cache)
    strikes = Strikes(told, options.refit)
    grid = sorted(map(float, told.severities))
    if failures and grid[-1] <= 0.0:
        raise ScenarioError("--severity: a reverse test needs a severity above 0 to search up to")
    worst = (grid[-1],) * len(told.tables)
    strikes.check(worst)
    with staged(out, KIND) as stage:
        if strikes.learns:
            progress("models", 0, len(strikes.learns))
            strikes.learn()
            progress("models", len(strikes.learns), len(strikes.learns))
        runs = _replayed(strikes, options, progress)
        found = reverse(strikes, failures, grid, progress) if failures else None
        report = _report(strikes, runs, found)
        if options.window:
            reached = reach(options.window, told, file.scenario.end, options.at)
            report = replace(report, window=replayed(file, reached, strikes, progress, refit_cache))
        shown = _titled(report, told)
        _write(told, strikes, report, shown, stage.path)
    return Outcome(report, shown)


def _replayed(strikes: Strikes, options: Options, progress: Progress) -> list[Struck]:
    """For each severity asked for, (policies, metrics) and the notices of its runs."""
    texts = strikes.asked.severities
    progress("severities", 0, len(texts))
    found: dict[int, Struck] = {}
    for number, result in _as_finished(strikes, options, texts, progress):
        found[number] = result
        progress("severities", len(found), len(texts))
    return [found[number] for number in range(len(texts))]


def _as_finished(
    strikes: Strikes, options: Options, texts: Sequence[str], progress: Progress
) -> Iterator[tuple[int, Struck]]:
    if options.remote is not None:
        market = strikes.asked.scenario.market.fingerprint()
        dial = Dial(options.struck_with, options.severity, options.at, options.refit, market)
        yield from struck_on(options.remote, dial, texts, at_severity, progress.say)
        return
    with ThreadPoolExecutor(min(options.workers or os.cpu_count() or 1, len(texts))) as pool:
        yield from enumerate(pool.map(lambda text: at_severity(strikes, text), texts))


def at_severity(strikes: Strikes, text: str) -> Struck:
    """(policies, metrics) of a severity as it is written, and the notices of its runs."""
    dials = (float(text),) * len(strikes.asked.tables)
    run: Run = strikes.outcome(dials)
    return np.stack([strikes.figures(name, dials) for name in strikes.asked.scenario.policies]), run.notices


def _report(strikes: Strikes, runs: Sequence[Struck], found: Reversed | None) -> StressReport:
    asked, figures = strikes.asked, np.stack([values for values, _ in runs])
    calm, most = (0.0,) * len(asked.tables), max(map(float, asked.severities))
    worst = strikes.at((most,) * len(asked.tables))
    rows = max(asked.begin, asked.first - BEFORE), asked.stop
    market = asked.scenario.market
    sweep = _as_sweep(asked, figures, shock_lines(worst.scenario))
    ordered = [texts for _, texts in sorted(zip(map(float, asked.severities), _texts(runs), strict=True), reverse=True)]
    others = [text for texts in ordered for text in texts if not text.startswith(WAITED)]
    said = _once([*asked.said, *_waited(asked), *_learnt(strikes), *extrapolated(strikes), *others])
    return StressReport(
        sweep=sweep,
        first=str(market.sessions[asked.first]),
        last=str(market.sessions[asked.stop - 1]),
        notices=said,
        sources=_sources(asked),
        sessions=market.sessions[slice(*rows)],
        pictures=[
            *pictures(strikes.at(calm).world, worst.world, *rows),
            *heard_pictures(strikes.misheard((most,) * len(asked.tables)), *rows),
        ],
        pictured=f"{most:g}",
        reverse=found,
    )


def _waited(asked: Asked) -> Sequence[str]:
    """On which day shocks that wait for something strike, by severity."""
    texts = sorted(asked.severities, key=float)
    return waited_by_severity(
        {f"{float(text):g}": asked.at_severity((float(text),) * len(asked.tables)) for text in texts}
    )


def _texts(runs: Sequence[Struck]) -> list[tuple[str, ...]]:
    return [texts for _, texts in runs]


def _once(texts: Sequence[str]) -> tuple[str, ...]:
    """Each sentence once: of those that begin alike, at other severities, the first, which is of the most severe."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text[:_ALIKE], text)
    return tuple(found.values())


def _sources(asked: Asked) -> list[str]:
    """What is known of the crises that strike, each as it moves prices here."""
    moves = {str(table["kind"]): str(table.get("moves", "measured")) for table in asked.tables}
    return [crises()[kind].told(moves[kind]) for kind in _kinds(asked) if kind in crises()]


def _kinds(asked: Asked) -> list[str]:
    return list(dict.fromkeys(str(table["kind"]) for table in asked.tables))


def _learnt(strikes: Strikes) -> list[str]:
    if not strikes.learns:
        return []
    return [
        f"{', '.join(strikes.learns)}: models are those fitted without the shocks, each from its own refit date on; "
        "--refit fits them on every severity's own history"
    ]


def _as_sweep(asked: Asked, figures: FloatArray, lines: Sequence[str]) -> SweepReport:
    """(severities, policies, metrics) as a sweep over one dial."""
    section, policies = asked.scenario.file.scenario, tuple(asked.scenario.policies)
    texts = tuple(f"{float(text):g}" for text in asked.severities)
    sessions = asked.scenario.market.sessions
    return SweepReport(
        name=section.name,
        description=section.description,
        start=str(sessions[asked.begin]),
        end=str(sessions[asked.stop - 1]),
        warning="",
        axes=[Axis("severity", texts, True, True)],
        policies=policies,
        trials=[Trial(policy, (text,)) for text in texts for policy in policies],
        answers=np.arange(figures.shape[0] * figures.shape[1]).reshape(figures.shape[:2]),
        history=figures.reshape(-1, len(STRESS)),
        spread=None,
        paths=0,
        expected_best=None,
        assumptions=[_JUDGED, _ONE_REPLAY, *assumptions(asked.scenario)],
        shocks=lines,
        metrics=STRESS,
    )


_JUDGED: Final = (
    "Figures are those of the stress alone: from the close before the first shock to a quarter (63 sessions) after the "
    "last of them, or to the end of the run. The book has been run until then as the scenario says."
)

_ONE_REPLAY: Final = (
    "Each figure is one replay of one history: how policies differ under this shock on these sessions has no interval, "
    "and is no proof of how they differ under another. What luck explains of them without it is said by undertow run."
)


def _titled(report: StressReport, asked: Asked) -> StressReport:
    """The same for people to read: titles in place of names."""
    called = titles(asked.scenario.file)
    sweep = replace(
        report.sweep,
        name=called.scenario,
        policies=[called.policies[name] for name in report.sweep.policies],
        trials=[trial._replace(policy=called.policies[trial.policy]) for trial in report.sweep.trials],
    )
    found = None if report.reverse is None else report.reverse.titled(called.policies)
    window = None if report.window is None else report.window.titled(called.policies)
    return replace(report, sweep=sweep, reverse=found, window=window)


def _write(asked: Asked, strikes: Strikes, report: StressReport, shown: StressReport, stage: Path) -> None:
    _write_results(asked, report, stage / "results.parquet")
    write(stage / "metrics.json", as_json(metrics_json(report)))
    if report.reverse is not None:
        write(stage / "frontier.json", as_json(frontier_json(report)))
    write_stress_page(shown, stage / "index.html")
    write(stage / "manifest.json", as_json(_manifest(asked, strikes, report)))


def _write_results(asked: Asked, report: StressReport, path: Path) -> None:
    """A row for each policy and severity, from the mildest on, policy by policy."""
    frontier = report.frontier
    answers = frontier.answers
    severities = [float(asked.severities[point]) for point in frontier.points]
    table: dict[str, Any] = {
        "policy": pa.array(np.repeat(np.array(report.sweep.policies, object), len(severities)), pa.string()),
        "severity": np.tile(np.array(severities), len(report.sweep.policies)),
    }
    figures = report.sweep.history[answers.ravel()]
    table |= {metric.name: figures[:, number] for number, metric in enumerate(STRESS)}
    frame = pa.table(table)
    write_parts(path, frame.schema, [frame])


def _manifest(asked: Asked, strikes: Strikes, report: StressReport) -> dict[str, Any]:
    scenario = asked.scenario
    data = {"market": scenario.market.fingerprint(), **fingerprints(scenario.signals)}
    return {
        **manifest(resolved(scenario.file), data, scenario.file.scenario.seed),
        "stress": {
            "shocks": [{key: _plain(value) for key, value in table.items()} for table in asked.tables],
            "severities": list(asked.severities),
            "at": str(asked.at),
            "refit": strikes.refit,
            "failures": dict(report.reverse.failures) if report.reverse else {},
        },
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict) else str(value)

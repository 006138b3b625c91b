"""A fit, in order: fit the generator, draw its paths, compare, write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np

from reports.files import as_json
from reports.fit import Compared, FitReport
from reports.fit_page import write_fit_page
from reports.manifest import manifest
from scenarios.build import Scenario, build
from scenarios.output import check_target, staged
from scenarios.paths.asked import DEFAULT, asked_for
from scenarios.paths.generated import Generated
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.schema import ScenarioFile
from scenarios.sweep.worlds import until
from scenarios.titles import titles
from simulator.core.errors import ScenarioError
from simulator.core.files import write
from simulator.core.names import CASH, few
from simulator.core.within import Within, check_fields
from simulator.data import foreknown

from .compare import Comparison, compared
from .parameters import tables

KIND: Final = "fit"
_NAMED: Final = 6
#: How far the median path may be from history, as a share of its figure ...
_NEAR: Final = {"volatility": 0.10, "excess_kurtosis": 0.30, "max_drawdown": 0.20}
#: ... or, of a correlation, as it is.
_NEAR_AS_IT_IS: Final = {"volume_volatility": 0.10}


@dataclass(frozen=True)
class Options:
    """What is fitted, and how it is judged.

    Attributes
    ----------
    generator
        As ``--generator`` states it; empty for the stationary bootstrap.
    paths
        How many are compared.
    block
        Mean block of bootstraps in sessions; ``None`` for a quarter.
    """

    generator: str = ""
    paths: Annotated[int, Within(20, 100_000, option="--paths")] = 200
    block: Annotated[int | None, Within(1, 10_000, unit="sessions", option="--block")] = None

    def __post_init__(self) -> None:
        check_fields(self)


def fit(
    file: ScenarioFile, out: Path, options: Options, data: Path | None = None, progress: Progress | None = None
) -> FitReport:
    """Fit a generator on the market of a scenario, compare its paths with history, and write that to ``out``.

    Raises
    ------
    UndertowError
        If the scenario, its data or the generator cannot be used.
    """
    progress = progress or Silent()
    check_target(out, KIND)
    asked = asked_for(options.generator, options.block)
    if asked.sessions is not None:
        raise ScenarioError(
            f"--generator {asked.kind}: sessions: a fit compares paths as long as the history they were fitted on; "
            "leave it out"
        )
    bare = file.model_copy(update={"judge": None, "shocks": []})
    scenario = build(bare, data, progress, None)
    section = file.scenario
    market = until(scenario.market, None if section.end is None else np.datetime64(section.end, "D"))
    paths = asked.on(market, section.seed)
    asked.prepared(paths)
    weights = np.array([scenario.weights.get(name, 0.0) for name in market.assets])
    with staged(out, KIND) as stage:
        found = compared(paths, weights, options.paths, progress)
        report = _report(scenario, file, options, paths, found)
        write(stage.path / "metrics.json", as_json(metrics_json(report, file, paths)))
        write_fit_page(report, stage.path / "index.html")
        write(stage.path / "manifest.json", as_json(_manifest(scenario, file, options)))
    return report


def _report(scenario: Scenario, file: ScenarioFile, options: Options, paths: Generated, found: Comparison) -> FitReport:
    history = paths.history
    sessions = history.market.sessions[history.rows]
    squares, losses, volumes, growth = found.curves
    return FitReport(
        name=titles(file).scenario,
        description=file.scenario.description,
        generator=options.generator or DEFAULT,
        paths=options.paths,
        sessions=history.rows.size,
        start=str(sessions[0]),
        end=str(sessions[-1]),
        warnings=list(warnings(found.book, found.assets)),
        notices=list(_notices(scenario, file, paths, found.told)),
        notes=[*paths.notes(), *_how(options, history.rows.size)],
        book=found.book,
        assets=found.assets,
        parameters=list(tables(paths.fitted.figures(), history.market.assets)),
        squares=squares,
        losses=losses,
        volumes=None if history.volume is None else volumes,
        growth=growth,
        drawdowns=found.drawdowns,
        drawdown=found.drawdown,
    )


def warnings(book: Sequence[Compared], assets: Mapping[str, Sequence[Compared]]) -> Iterator[str]:
    """A sentence for each figure that paths do not have as history does: the book's, then assets' together.

    Outside nine in ten paths, or within them because they differ widely, while the median path is far from history.
    """
    for row in book:
        if row.outside:
            yield (
                f"{row.title}: history has {_shown(row, row.history)}, outside the 90% interval of paths, "
                f"{_shown(row, row.low)} to {_shown(row, row.high)}."
            )
    for row in book:
        if is_far(row) and not row.outside:
            yield (
                f"{row.title}: the median path has {_shown(row, row.median)} where history has "
                f"{_shown(row, row.history)}; that lies within the 90% interval only because paths differ widely, "
                f"{_shown(row, row.low)} to {_shown(row, row.high)}."
            )
    for place in range(len(next(iter(assets.values())))):
        names = [name for name, figures in assets.items() if figures[place].outside]
        if names:
            title = next(iter(assets.values()))[place].title
            yield (
                f"{title} of single assets: history lies outside the 90% interval for {len(names)} of {len(assets)} "
                f"({few(names, _NAMED)})."
            )


def is_far(row: Compared) -> bool:
    """Whether the median path is further from history than a generator is accepted with; ``False`` if unknown."""
    away = abs(row.median - row.history)
    near = _NEAR.get(row.name, float("inf")) * abs(row.history)
    return away > min(near, _NEAR_AS_IT_IS.get(row.name, float("inf")))


def _shown(compared: Compared, value: float) -> str:
    return f"{value:.1%}" if compared.unit == "percent" else f"{value:.2f}"


def _notices(
    scenario: Scenario, file: ScenarioFile, paths: Generated, told: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    known = foreknown(scenario.market)
    if known:
        yield known
    if paths.event is not None:
        yield "Paths have an event that history need not have: they are meant to differ from it in what it moves."
    tries = [draw["tries"] for draw in told if "tries" in draw]
    if tries:
        bridged = [draw["bridged"] for draw in told if draw["bridged"] != 0.0]
        met = len(tries) - len(bridged)
        yield (
            f"Of {sum(tries):,} windows drawn, {met:,} met the condition: its probability under the generator is about "
            f"{met / sum(tries):.2%}. {len(bridged):,} of {len(tries):,} paths were bridged"
            + (f", by {float(np.median(np.expm1(bridged))):+.1%} at the median." if bridged else ".")
        )
    if file.shocks:
        yield "The scenario's shocks are left out: paths are drawn before them, and they strike paths of sweeps."
    left = [name for name in scenario.weights if name == CASH and scenario.weights[name]]
    if left:
        yield f"Cash in the book ({scenario.weights[CASH]:.0%}) earns nothing here, on history and on paths alike."


def _how(options: Options, sessions: int) -> list[str]:
    return [
        f"Compared: {options.paths:,} paths of {sessions:,} sessions, as many as history has, each from a usual state. "
        "The book is the target weights, rebalanced at every close at no cost; its volume is the mean over assets of "
        "log volume over the median of the year before. Intervals are 5% to 95% quantiles over paths: of figures that "
        "fit, one in ten lies outside by chance.",
    ]


def metrics_json(report: FitReport, file: ScenarioFile, paths: Generated) -> dict[str, Any]:
    """A fit for machines; ``null`` where a figure is undefined."""
    curves = {"squares": report.squares, "losses": report.losses, "volumes": report.volumes}
    return {
        "scenario": file.scenario.name,
        "generator": report.generator,
        "paths": report.paths,
        "sessions": report.sessions,
        "start": report.start,
        "end": report.end,
        "warnings": list(report.warnings),
        **({"notices": list(report.notices)} if report.notices else {}),
        "book": _plain(report.book),
        "assets": {name: _plain(figures) for name, figures in report.assets.items()},
        "parameters": paths.fitted.figures(),
        "curves": {
            name: {field: _list(values) for field, values in curve._asdict().items()}
            for name, curve in curves.items()
            if curve is not None
        },
    }


def _plain(figures: Sequence[Compared]) -> dict[str, Any]:
    return {
        figure.name: {
            "history": _number(figure.history),
            "p05": _number(figure.low),
            "median": _number(figure.median),
            "p95": _number(figure.high),
            "outside": figure.outside,
        }
        for figure in figures
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _list(values: Any) -> list[float | None]:
    return [_number(value) for value in np.asarray(values).tolist()]


def _manifest(scenario: Scenario, file: ScenarioFile, options: Options) -> dict[str, Any]:
    data = {"market": scenario.market.fingerprint()}
    told = {"generator": options.generator or DEFAULT, "paths": options.paths, "block": options.block}
    return {**manifest(resolved(file), data, file.scenario.seed), "fit": told}

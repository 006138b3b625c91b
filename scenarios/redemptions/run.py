"""A run on the book of a policy, in order: replay it to the day, run on it under each tool, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np

from reports.files import as_json
from reports.manifest import manifest
from reports.redemptions import ClassRow, RedemptionsReport, Spread, ToolRow
from reports.redemptions_page import DRAWN, write_redemptions_page
from scenarios.assumptions import assumptions
from scenarios.build import Scenario, build
from scenarios.liquidity.run import replayed, row_of
from scenarios.output import check_target, staged
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.schema import ScenarioFile
from scenarios.schema_redemptions import RedemptionsSection
from scenarios.shock_effect import shock_lines
from scenarios.stored import fingerprints
from scenarios.titles import titles
from simulator.core.errors import DataError, ScenarioError, nearest
from simulator.core.files import write
from simulator.core.names import quoted
from simulator.core.types import FloatArray
from simulator.core.within import Within, check_fields
from simulator.engine import RunResult
from simulator.engine.liquid import book_at_closes, conditions_of
from simulator.redemptions import Book, Investors, RedemptionRun, Tool, Trigger

from .answer import answers
from .asked import TRIGGERS, USUAL_TOOLS, check_redemptions, investors_of, tools_of
from .draws import class_rows, drawn, draws_of, mean_path, rows_of

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

KIND: Final = "redemptions"
_MONTH: Final = 21


@dataclass(frozen=True)
class Options:
    """Which book, when, for how long, who is in it and what the fund may do.

    What is left out here is as the table ``[redemptions]`` of the scenario has it.

    Attributes
    ----------
    policy, day
        Whose book; the session at whose close the run begins: by default the one before the month in which the policy
        lost most.
    sessions
        How long; 63 by default.
    investors, tools
        As the command line states them.
    stressed
        Whether sales meet the volumes and spreads of ``[liquidity]``'s stress instead of those of the day.
    draws
        How often counted investors are drawn; 25 by default.
    """

    policy: str | None = None
    day: str | None = None
    sessions: Annotated[int | None, Within(1, 10_000, option="--sessions")] = None
    investors: Sequence[str] = ()
    tools: Sequence[str] = ()
    stressed: bool = False
    draws: Annotated[int | None, Within(1, 1_000, option="--draws")] = None

    def __post_init__(self) -> None:
        check_fields(self)

    def over(self, stated: RedemptionsSection) -> Options:
        """These options, and what a scenario has stated where they say nothing."""
        day = None if stated.date is None else stated.date.isoformat()
        return replace(
            self,
            policy=self.policy or stated.policy,
            day=self.day or day,
            sessions=stated.sessions if self.sessions is None else self.sessions,
            stressed=self.stressed or stated.stressed,
            draws=stated.draws if self.draws is None else self.draws,
        )


def redemptions(
    file: ScenarioFile,
    out: Path,
    options: Options,
    data: Path | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> RedemptionsReport:
    """Run on the book of a policy under each tool, and write what comes of it to ``out``.

    Raises
    ------
    UndertowError
        If the scenario, its data or an option cannot be used, or the book borrows.
    """
    progress = progress or Silent()
    check_target(out, KIND)
    check_redemptions(file)
    stated = file.redemptions or RedemptionsSection()
    options = options.over(stated)
    name = options.policy or file.scenario.benchmark
    if name not in file.policies:
        raise ScenarioError(f"--policy: no policy {quoted(name)}{nearest(name, file.policies)}")
    classes = investors_of(options.investors, stated.investors)
    tools_of(options.tools, stated.tools)
    scenario = build(file, data, progress, refit_cache)
    result = replayed(scenario, name, progress)
    row, said = _row(result, options)
    book, held, returns = _fund(result, row, options)
    tools = tools_of(options.tools, stated.tools, _dearest(book), held)
    seed, draws = scenario.file.scenario.seed, draws_of(classes, options.draws)
    runs = drawn(book, returns, classes, tools, scenario.waterfall, seed, draws, partial(progress, "runs"))
    report = _report(scenario, name, result, row, options, book, held, classes, tools, runs, said)
    with staged(out, KIND) as stage:
        write(stage.path / "metrics.json", as_json(metrics_json(report, file, name)))
        write_redemptions_page(report, stage.path / "index.html")
        prints = {"market": result.run.market.fingerprint(), **fingerprints(scenario.signals)}
        ran = {"policy": name, "date": report.date, "sessions": len(returns)}
        whole = resolved(file)
        asked = {"redemptions": {**whole.pop("redemptions", {}), **ran}, **whole}
        write(stage.path / "manifest.json", as_json(manifest(asked, prints, file.scenario.seed)))
    return report


def _row(result: RunResult, options: Options) -> tuple[int, list[str]]:
    """The session at whose close the run begins, and what is to be said of it."""
    last = len(result.sessions) - 2
    if last < 1:
        raise ScenarioError("redemptions: the run of the scenario is too short; it needs sessions to lose money on")
    if options.day is not None:
        row = row_of(result, options.day)
        if row > last:
            raise ScenarioError(
                f"--date: {options.day} is the last session of the run; a run on a fund needs some after it"
            )
        return row, _cut(result, row, options)
    level = np.cumprod(1.0 + result.returns.to_numpy())
    month = min(_MONTH, len(level) - 1)
    row = min(int(np.argmin(level[month:] / level[:-month])), last)
    return row, [
        f"the run begins after {result.sessions[row]}, before the month in which the policy lost most (--date)",
        *_cut(result, row, options),
    ]


def _length(options: Options) -> int:
    return RedemptionsSection().sessions if options.sessions is None else options.sessions


def _cut(result: RunResult, row: int, options: Options) -> list[str]:
    left = len(result.sessions) - 1 - row
    return [f"the data end {left} sessions after it: the run is that long"] if left < _length(options) else []


def _fund(result: RunResult, row: int, options: Options) -> tuple[Book, list[str], FloatArray]:
    """The book of a close with what selling it costs, its assets, and (T, A) what they return afterwards."""
    met = conditions_of(result, stressed=options.stressed)
    if met is None:
        raise DataError("redemptions need volumes and this market has none; give volume=, or state market.assumed_adv")
    whole, terms, capacity = book_at_closes(result).at(row), met.at(row).terms, met.at(row).capacity
    if float(whole.debt) > 0.0:
        raise ScenarioError(
            f"redemptions: the book of {result.name} owes {float(whole.debt):,.0f} on {result.sessions[row]}: a fund "
            "that borrows or is short is not modelled; take another policy or day"
        )
    chosen = whole.values > 0.0
    if not chosen.any():
        raise ScenarioError(
            f"redemptions: the book of {result.name} holds nothing but cash on {result.sessions[row]}; leaving it "
            "costs nobody anything"
        )
    volume = np.where(terms.volume > 0.0, terms.volume, np.inf)[chosen]
    sigma = np.nan_to_num(terms.sigma)[chosen]
    book = Book(
        cash=float(whole.cash),
        values=whole.values[chosen],
        half_spread=np.nan_to_num(terms.half_spread)[chosen],
        impact=np.nan_to_num(np.asarray(terms.eta))[chosen] * sigma / volume**terms.delta,
        capacity=np.nan_to_num(capacity)[chosen],
        delta=float(terms.delta),
        permanent=0.5 * np.nan_to_num(np.asarray(terms.gamma))[chosen] * sigma / volume,
    )
    run = result.run
    first = run.start + row
    prices = _filled(run.market.total_return()[first : min(first + _length(options) + 1, run.stop)][:, chosen])
    names = [asset for asset, is_held in zip(run.market.assets, chosen, strict=True) if is_held]
    return book, names, prices[1:] / prices[:-1] - 1.0


def _filled(prices: FloatArray) -> FloatArray:
    """Prices with the last one carried; what has none at first moves not."""
    found = prices.copy()
    for t in range(1, len(found)):
        found[t] = np.where(np.isfinite(found[t]), found[t], found[t - 1])
    return np.where(np.isfinite(found), found, 1.0)


def _dearest(book: Book) -> int:
    """The asset that is dearest to sell for its size, over as many days as it takes."""
    daily = np.minimum(book.values, np.where(book.capacity > 0.0, book.capacity, np.inf))
    return int(np.argmax(np.where(book.values > 0.0, book.rate_of(daily), -1.0)))


def _report(
    scenario: Scenario,
    name: str,
    result: RunResult,
    row: int,
    options: Options,
    book: Book,
    held: list[str],
    classes: Mapping[str, Investors],
    tools: Mapping[str, Tool],
    runs: Mapping[str, Sequence[RedemptionRun]],
    said: Sequence[str],
) -> RedemptionsReport:
    called = titles(scenario.file)
    length, draws = len(next(iter(runs.values()))[0].price), len(next(iter(runs.values())))
    rows = rows_of(runs)
    notices = list(said)
    stated = scenario.file.redemptions
    if not options.investors and (stated is None or not stated.investors):
        who = _classes(classes)
        notices.append(f"who is in the fund is assumed, not measured: {who} (--investors, or [redemptions.investors])")
    if not options.tools and (stated is None or not stated.tools):
        used = ", ".join(f"{kind} {_usual(keys)}" for kind, keys in USUAL_TOOLS.items())
        notices.append(
            f"how tools are set and what pulls them is assumed, not measured: {used}; the others always (--tool, or "
            "[redemptions.tools])"
        )
    if not any(row.asked for row in rows):
        notices.append("nobody asks for money: no loss is large enough for these investors")
    lines = [f"{label}: {_tool(tool, held)}" for label, tool in tools.items() if label != "none"]
    met = "under the stress of [liquidity]" if options.stressed else "as usual on that day"
    return RedemptionsReport(
        name=called.scenario,
        policy=called.policies[name],
        date=str(result.sessions[row]),
        last=str(result.sessions[row + length]),
        nav=book.worth,
        notices=notices,
        tools=lines,
        investors=[f"{label}: {_fields(investor)}" for label, investor in classes.items()],
        answers=answers(rows, draws),
        draws=draws,
        rows=rows,
        classes=class_rows(runs, list(classes)),
        paths={label: {name: mean_path(line, name) for _, _, name in DRAWN} for label, line in runs.items()},
        sessions=result.sessions[row + 1 : row + 1 + length],
        shocks=shock_lines(scenario),
        assumptions=[
            f"Sales cost what [costs] plans for, volumes and spreads {met}, throughout; {scenario.waterfall}. What "
            "cannot be sold in a day waits. The cost of a sale is borne by what remains of the fund.",
            "Prices move as they did; the run does not move them (undertow herd does). The book is not rebalanced, and "
            "nobody subscribes.",
            "Dilution, losses of leavers and the first-mover advantage are measured against a share that nobody dealt "
            "with: market moves are in none of them.",
            *assumptions(scenario),
        ],
    )


def _classes(classes: Mapping[str, Investors]) -> str:
    return "; ".join(f"{label} {investor.share:.0%}" for label, investor in classes.items())


def _usual(keys: Mapping[str, float]) -> str:
    """How a tool is set, and when it is used, where nothing is stated of it."""
    own = [f"{key} {value:g}" for key, value in keys.items() if key not in TRIGGERS]
    pulled = {key: value for key, value in keys.items() if key in TRIGGERS}
    return " ".join([*own, *([Trigger(**pulled).words] if pulled else [])])


def _fields(instance: Any) -> str:
    stated = {field: getattr(instance, field) for field in instance.__dataclass_fields__ if field != "trigger"}
    return ", ".join(f"{key} {value:g}" for key, value in stated.items() if isinstance(value, int | float))


def _tool(tool: Tool, held: Sequence[str]) -> str:
    told = _fields(tool)
    assets = getattr(tool, "assets", None)
    if assets is not None:
        told = ", ".join(held[asset] for asset in assets if asset < len(held)) + " set apart"
    return f"{told or 'as it is'}; {tool.trigger.words}"


def metrics_json(report: RedemptionsReport, file: ScenarioFile, policy: str) -> dict[str, Any]:
    """A run under each tool for machines."""
    told: dict[str, Any] = {
        "scenario": file.scenario.name,
        "policy": policy,
        "date": report.date,
        "last": report.last,
        "nav": report.nav,
    }
    if report.notices:
        told["notices"] = list(report.notices)
    return told | {
        "draws": report.draws,
        "tools": {row.tool: _row_json(row, report.classes) for row in report.rows},
    }


def _row_json(row: ToolRow, classes: Sequence[ClassRow]) -> dict[str, Any]:
    """A tool: figures by name, their ranges over draws where there are any, and its classes."""
    figures = {key: value for key, value in row._asdict().items() if key != "tool"}
    spreads = {key: value for key, value in figures.items() if isinstance(value, Spread)}
    ranges = {key: [value.low, value.high] for key, value in spreads.items() if value.low is not None}
    return (
        figures
        | {key: value.value for key, value in spreads.items()}
        | ({"ranges": ranges} if ranges else {})
        | {
            "classes": {
                one.investors: {"asked": one.asked, "lost_bps": one.lost_bps} for one in classes if one.tool == row.tool
            }
        }
    )

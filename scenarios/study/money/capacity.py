"""Capacity: net Sharpe ratio and coverage of every policy against the size of the book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.findings import Cell, Line, Section, Table
from reports.money_figures import Curve, curves
from reports.text import bps, percent
from scenarios.sweep.grid import Axis, parse_axis
from scenarios.titles import titles
from simulator.core.errors import ScenarioError
from simulator.metrics import Difference

from .answer import Answer, Crossing, falls_below, figure, gap_cell, gap_json, gap_text, known, sum_text
from .replays import KeptReplay, Replays
from .subject import Subject
from .worth import Worth, worth

KEY: Final = "capacity"
_CASH: Final = "scenario.initial_cash"
_STEPS: Final = (-3, 10)  # thirds of a power of ten about the scenario's own size: a tenth to a thousand times
_MOST: Final = 1e15
#: Of nav: a book invested less than the smallest one by more than this is not the policy's own.
_HELD_OUT: Final = 0.05
_FIGURES: Final = ("sharpe", "cagr", "max_drawdown", "cost_bps_annual", "turnover_annual", "coverage_min", "final_nav")


@dataclass(frozen=True, eq=False)
class _CapacityFound:
    """Every policy at every size: ``replays[policy][k]`` at ``sizes[k]``, and ``gaps`` against the benchmark."""

    subject: Subject
    called: Mapping[str, str]
    sizes: Sequence[float]
    replays: Mapping[str, Sequence[KeptReplay]]
    gaps: Mapping[str, Sequence[Difference]]


def parse_sizes(text: str | None, own: float) -> Axis:
    """``--sizes``: ``a:b:n:log`` or values between commas; by default a tenth to a thousand times the own size.

    Sizes are in currency.

    Raises
    ------
    ScenarioError
        If it is none of these.
    """
    if text is None:
        sizes = dict.fromkeys(float(f"{own * 10.0 ** (k / 3.0):.3g}") for k in range(*_STEPS))
        return Axis(
            _CASH, tuple(repr(own if k == 0 else size) for k, size in enumerate(sizes, _STEPS[0]) if size <= _MOST)
        )
    try:
        axis = parse_axis(f"{_CASH}={text}")
    except ScenarioError as error:
        raise ScenarioError(str(error).replace(f"--grid {_CASH}", "--sizes").replace("--grid", "--sizes")) from None
    if any(isinstance(value, bool) or not isinstance(value, int | float) or value <= 0 for value in axis.values):
        raise ScenarioError(f"--sizes {text}: a size of the book is a sum of currency above 0")
    return Axis(_CASH, tuple(sorted(axis.texts, key=float)))


def capacity(replays: Replays, subject: Subject, sizes: str | None) -> Answer:
    """Replay every policy at every size of the book."""
    scenario = replays.at().scenario
    axis = parse_sizes(sizes, scenario.file.scenario.initial_cash)
    names = list(scenario.policies)
    done, total = 0, len(names) * len(axis.texts)
    replays.progress(KEY, done, total)
    found: dict[str, list[KeptReplay]] = {name: [] for name in names}
    for setting in axis.settings:
        for name in names:
            found[name].append(replays.of(name, (setting,)))
            done += 1
            replays.progress(KEY, done, total)
    seed = scenario.file.scenario.seed
    values = [float(text) for text in axis.texts]
    held = _CapacityFound(subject, titles(scenario.file).policies, values, found, _gaps(found, subject.benchmark, seed))
    return Answer(KEY, list(_verdicts(held)), [_section(held)], _metrics(held), list(_notes(replays)))


def _gaps(found: Mapping[str, Sequence[KeptReplay]], benchmark: str, seed: int) -> dict[str, list[Difference]]:
    names = list(found)
    gaps: dict[str, list[Difference]] = {name: [] for name in found if name != benchmark}
    for k in range(len(found[benchmark])):
        side: Worth = worth([found[name][k] for name in names], seed)
        for name, line in gaps.items():
            line.append(side.of([names.index(name)], [names.index(benchmark)]))
    return gaps


def _coverage(line: Sequence[KeptReplay]) -> list[float | None]:
    return [known(replay.figures["coverage_min"]) for replay in line]


def _below(held: _CapacityFound, name: str) -> Crossing:
    return falls_below(held.sizes, [gap.value for gap in held.gaps[name]], logs=True)


def _verdicts(held: _CapacityFound) -> Iterator[str]:
    first = [held.subject.policy, *(name for name in held.gaps if name != held.subject.policy)]
    rival = held.called[held.subject.benchmark]
    least, most = sum_text(held.sizes[0]), sum_text(held.sizes[-1])
    for name in first:
        crossing, gaps, called = _below(held, name), held.gaps[name], held.called[name]
        ends = f"{gap_text(gaps[0])} at {least}, {gap_text(gaps[-1])} at {most}"
        said = {
            "once": f"Net Sharpe of {called} falls below {rival} at a book of {sum_text(crossing.at or 0.0)}",
            "never": f"Net Sharpe of {called} does not fall below {rival} up to a book of {most}",
            "always": f"Net Sharpe of {called} lies below {rival} at every size from {least} to {most}",
            "mixed": f"Net Sharpe of {called} crosses {rival} more than once between {least} and {most}",
            "unknown": f"Net Sharpe of {called} or {rival} is undefined at every size",
        }[crossing.kind]
        yield f"{said} (difference {ends})." if crossing.kind != "unknown" else f"{said}."
    for name in [held.subject.policy, held.subject.benchmark]:
        crossing = falls_below(held.sizes, _coverage(held.replays[name]), 1.0, logs=True)
        called = held.called[name]
        said = {
            "once": f"Coverage of {called} falls below 1 at a book of {sum_text(crossing.at or 0.0)}",
            "never": f"Coverage of {called} stays at 1 or above up to a book of {most}",
            "always": f"Coverage of {called} lies below 1 from {least} on",
            "mixed": f"Coverage of {called} is below 1 at some sizes and not at larger ones",
            "unknown": f"Coverage of {called} is undefined: no redemption is assumed",
        }[crossing.kind]
        yield f"{said} (its lowest session at each size)."
    for name in [held.subject.policy, held.subject.benchmark]:
        yield from _not_invested(held, name)


def _not_invested(held: _CapacityFound, name: str) -> Iterator[str]:
    """From which size on a policy does not get to hold what it wants, so that its figures are those of cash."""
    line = [replay.invested for replay in held.replays[name]]
    less = [k for k, share in enumerate(line) if share < line[0] - _HELD_OUT]
    if less:
        yield (
            f"From a book of {sum_text(held.sizes[less[0]])} on, {held.called[name]} is held out of the market by what "
            f"can be traded: {percent(line[less[0]])} of it is invested on average, {percent(line[-1])} at "
            f"{sum_text(held.sizes[-1])}, and {percent(line[0])} at {sum_text(held.sizes[0])}. Its Sharpe ratio, "
            "drawdown and coverage there are in part those of cash."
        )


def _section(held: _CapacityFound) -> Section:
    sharpe = [
        Curve(held.called[name], held.sizes, [replay.sharpe for replay in line]) for name, line in held.replays.items()
    ]
    gaps = [
        Curve(held.called[name], held.sizes, [gap.value for gap in line], [(gap.low, gap.high) for gap in line])
        for name, line in held.gaps.items()
        if name == held.subject.policy
    ]
    held_of = [
        Curve(held.called[name], held.sizes, [one.invested for one in line]) for name, line in held.replays.items()
    ]
    covered = [Curve(held.called[name], held.sizes, _coverage(line)) for name, line in held.replays.items()]
    rival = held.called[held.subject.benchmark]
    charts = [
        curves(sharpe, "size of the book", "net Sharpe", logs=True),
        curves(gaps, "size of the book", f"Sharpe against {rival}", 0.0, logs=True),
        curves(covered, "size of the book", "lowest coverage", 1.0, logs=True),
        curves(held_of, "size of the book", "share invested, on average", logs=True),
    ]
    own = Table(_HEAD, _lines(held, [held.subject.policy, held.subject.benchmark]))
    others = [name for name in held.replays if name not in (held.subject.policy, held.subject.benchmark)]
    rest = [Table(_HEAD, _lines(held, others), f"the other {len(others)} policies")] if others else []
    return Section(
        KEY,
        "Capacity: what the size of the book costs",
        f"Net Sharpe ratio, and coverage on its worst session, of every policy at each size; differences are against "
        f"{rival} at the same size, with 90% intervals. A large book also invests more slowly: caps on participation "
        "hold what it trades.",
        charts,
        [own, *rest],
    )


_HEAD: Final = (
    "Policy, book",
    "Sharpe",
    "against the benchmark",
    "CAGR",
    "Max drawdown",
    "Cost bps a year",
    "Coverage min",
    "Invested",
)


def _lines(held: _CapacityFound, names: Sequence[str]) -> list[Line]:
    lines = []
    for name in names:
        for k, replay in enumerate(held.replays[name]):
            figures = replay.figures
            gap = Cell("–") if name not in held.gaps else gap_cell(held.gaps[name][k])
            cells = [
                Cell(figure(replay.sharpe)),
                gap,
                Cell(percent(known(figures["cagr"]))),
                Cell(percent(known(figures["max_drawdown"]))),
                Cell(bps(known(figures["cost_bps_annual"]))),
                Cell(figure(figures["coverage_min"])),
                Cell(percent(replay.invested)),
            ]
            role = "rule" if name == held.subject.benchmark else ""
            lines.append(Line(f"{held.called[name]}, {sum_text(held.sizes[k])}", cells, role))
    return lines


def _metrics(held: _CapacityFound) -> dict[str, Any]:
    return {
        "sizes": list(held.sizes),
        "policies": {
            name: {
                **({} if name not in held.gaps else {"falls_below_benchmark": _below(held, name)._asdict()}),
                "coverage_falls_below_one": falls_below(held.sizes, _coverage(line), 1.0, logs=True)._asdict(),
                "points": [
                    {
                        "size": size,
                        **{key: known(replay.figures[key]) for key in _FIGURES},
                        "invested": replay.invested,
                        **({} if name not in held.gaps else {"against_benchmark": gap_json(held.gaps[name][k])}),
                    }
                    for k, (size, replay) in enumerate(zip(held.sizes, line, strict=True))
                ],
            }
            for name, line in held.replays.items()
        },
    }


def _notes(replays: Replays) -> Iterator[str]:
    file = replays.at().scenario.file
    if any(flow.amount is not None for flow in file.flows):
        yield "Capacity: flows stated as an amount are the same sum at every size; those stated as shares grow with it."
    if not file.execution.get("max_participation"):
        yield (
            "Capacity: no cap on participation is stated (execution.max_participation), so that a large book trades "
            "whatever a day's volume is, at the cost of its impact alone."
        )

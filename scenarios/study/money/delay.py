"""Delay from signal to execution, by what trading costs and how much of a day's volume it may take."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.findings import Cell, Line, Section, Table
from reports.money_figures import Curve, curves, heat_map
from reports.text import bps, percent
from scenarios.schema import ScenarioFile
from simulator.core.errors import ScenarioError
from simulator.core.names import quoted
from simulator.metrics import Difference

from .answer import Answer, falls_below, figure, gap_cell, gap_json, gap_text, known
from .replays import KeptReplay, Replays, Settings
from .subject import Subject
from .worth import worth

KEY: Final = "delay"
#: Sessions from decision to first fill.
DELAYS: Final = (0, 1, 2, 3, 5, 8, 12, 16, 20)
#: What trading costs, as a multiple of what the scenario states.
COSTS: Final = (0.0, 1.0, 2.0, 5.0)
#: Most of a day's volume that fills may take.
SHARES: Final = (0.01, 0.05, 0.25)
_MOST_LAG: Final = 1000
#: Keys of [costs] that what a trade costs is proportional to.
_PRICES: Final = (
    ("half_spread_bps", 2.0),
    ("eta", 0.142),
    ("gamma", 0.314),
    ("commission_bps", 0.0),
    ("per_share", 0.0),
    ("min_commission", 0.0),
    ("fixed_commission", 0.0),
)


@dataclass(frozen=True, eq=False)
class _DelayFound:
    """The line over delays at the scenario's own terms, and the Sharpe difference at every point of the grids."""

    delays: Sequence[int]
    own: Sequence[KeptReplay]
    rival: Sequence[KeptReplay]
    gaps: Sequence[Difference]
    losses: Sequence[Difference]
    base: int
    by_cost: Mapping[str, Sequence[float]]
    by_share: Mapping[str, Sequence[float]]
    called: tuple[str, str, str]


def _parse_delays(text: str | None) -> tuple[int, ...]:
    """``--delays``: sessions between commas.

    Raises
    ------
    ScenarioError
        If it is not that.
    """
    if text is None:
        return DELAYS
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part[:9]) <= _MOST_LAG for part in parts):
        raise ScenarioError(f"--delays {quoted(text)}: write sessions between commas, 0 to {_MOST_LAG}, as 0,1,5,20")
    return tuple(sorted({int(part) for part in parts}))


def at_cost(file: ScenarioFile, times: float) -> Settings | None:
    """The settings under which trading costs so many times what a file states; ``None`` for a model of another kind.

    Half-spread, impact and commissions are multiplied, by asset too; rates of borrowing and financing are not.
    """
    if file.costs.get("kind", "almgren-chriss") != "almgren-chriss":
        return None
    if times == 1.0:
        return ()
    said = [(f"costs.{key}", float(file.costs.get(key, usual))) for key, usual in _PRICES]
    keys = [key for key, _ in _PRICES]
    said += [
        (f'costs.by_asset."{asset}".{key}', float(value))
        for asset, stated in file.costs.get("by_asset", {}).items()
        for key, value in stated.items()
        if key in keys
    ]
    return tuple(f"{key}={value * times!r}" for key, value in said if value != 0.0)


def delay(replays: Replays, subject: Subject, delays: str | None) -> Answer:
    """Replay policy and benchmark at every delay, cost and participation."""
    file = replays.at().scenario.file
    asked = list(_parse_delays(delays))
    stated = int(file.execution.get("lag", 1))
    notes = []
    if file.execution.get("fill", "close") == "open" and 0 in asked:
        asked.remove(0)
        notes.append("Delay: a delay of 0 sessions is left out, as fills are at the open, before the decision.")
    steps = sorted({*asked, stated})
    costs = [(f"{times:g} x", at_cost(file, times)) for times in COSTS]
    own_share = file.execution.get("max_participation")
    shares: list[tuple[str, Settings]] = [
        (f"{share:.3g} of volume", (f"execution.max_participation={share!r}",))
        for share in sorted({*SHARES, *([] if own_share is None else [float(own_share)])})
    ]
    if own_share is None:
        shares.append(("no cap", ()))
    rows = {label: settings for label, settings in costs if settings is not None}
    if len(rows) < len(costs):
        rows = {}
        notes.append("Delay: costs are of a model of your own, of which nothing is known to be multiplied.")
    total, done = len(steps) * (len(rows) + len(shares)) * 2, 0
    replays.progress(KEY, 0, total)

    def gap(at: Settings) -> float:
        nonlocal done
        done += 2
        found = [replays.of(name, at).sharpe for name in (subject.policy, subject.benchmark)]
        replays.progress(KEY, min(done, total - 1), total)
        return float("nan") if found[0] is None or found[1] is None else found[0] - found[1]

    by_cost = {label: [gap((*_lag(step, stated), *at)) for step in steps] for label, at in rows.items()}
    by_share = {label: [gap((*_lag(step, stated), *at)) for step in steps] for label, at in shares}
    own = [replays.of(subject.policy, _lag(step, stated)) for step in steps]
    rival = [replays.of(subject.benchmark, _lag(step, stated)) for step in steps]
    replays.progress(KEY, total, total)
    side, n, base = worth([*own, *rival], file.scenario.seed), len(steps), steps.index(stated)
    found = _DelayFound(
        steps,
        own,
        rival,
        [side.of([k], [n + k]) for k in range(n)],
        [side.of([k, n + base], [n + k, base]) for k in range(n)],
        base,
        by_cost,
        by_share,
        subject.called(replays.at().scenario),
    )
    return Answer(KEY, list(_verdicts(found)), [_section(found)], _metrics(found), [*notes, *_said(file, steps)])


def _lag(step: int, stated: int) -> Settings:
    return () if step == stated else (f"execution.lag={step}",)


def _said(file: ScenarioFile, steps: Sequence[int]) -> Iterator[str]:
    if 0 in steps:
        yield "Delay: with 0 sessions a decision fills on the close it was made on, which no live book can do."
    if file.costs.get("spread_from", "stated") != "stated":
        yield (
            "Delay: spreads are estimated (costs.spread_from): multiples of costs raise their floor, impact and "
            "commissions, and not the estimates."
        )


def _verdicts(found: _DelayFound) -> Iterator[str]:
    policy, rival, _ = found.called
    stated = found.delays[found.base]
    worst = len(found.delays) - 1
    shown = dict.fromkeys(k for k in (_nearest(found.delays, 5), worst) if k != found.base)
    for k in shown:
        loss = found.losses[k]
        gains = "costs" if loss.value < 0.0 else "brings"
        interval = "" if math.isnan(loss.low) else f", change {gap_text(loss)}"
        yield (
            f"A delay of {_sessions(found.delays[k])} instead of {stated} {gains} {abs(loss.value):.2f} of the Sharpe "
            f"ratio of {policy} over {rival}{interval}."
        )
    crossing = falls_below([float(step) for step in found.delays], [gap.value for gap in found.gaps])
    last = _sessions(found.delays[-1])
    ends = f"{gap_text(found.gaps[found.base])} at {_sessions(stated)}, {gap_text(found.gaps[-1])} at {last}"
    said = {
        "once": f"From about {crossing.at or 0.0:.0f} sessions on, {policy} is worth nothing over {rival}",
        "never": f"Up to a delay of {last}, {policy} keeps the higher Sharpe ratio than {rival}",
        "always": f"{policy} is worth less than {rival} at every delay",
        "mixed": f"{policy} crosses {rival} more than once as the delay grows",
        "unknown": f"The Sharpe ratio of {policy} or {rival} is undefined",
    }[crossing.kind]
    yield f"{said} (difference {ends})."
    for label, line in found.by_cost.items():
        if label != "1 x" and line[found.base] < 0.0 <= found.gaps[found.base].value:
            yield f"At {label} the stated costs and the stated delay, {policy} is worth less than {rival}."
            return


def _nearest(delays: Sequence[int], to: int) -> int:
    return min(range(len(delays)), key=lambda k: abs(delays[k] - to))


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


def _section(found: _DelayFound) -> Section:
    policy, rival, _ = found.called
    steps = [str(step) for step in found.delays]
    line = Curve(policy, found.delays, [gap.value for gap in found.gaps], [(gap.low, gap.high) for gap in found.gaps])
    charts = [curves([line], "sessions from decision to fill", f"Sharpe against {rival}", 0.0)]
    for what, grid in (("costs", found.by_cost), ("participation", found.by_share)):
        if grid:
            charts.append(heat_map(list(grid), steps, list(grid.values()), ("delay", what, f"Sharpe against {rival}")))
    lines = []
    for k, step in enumerate(found.delays):
        figures = found.own[k].figures
        cells = [
            Cell(figure(found.own[k].sharpe)),
            Cell(figure(found.rival[k].sharpe)),
            gap_cell(found.gaps[k]),
            Cell("as stated") if k == found.base else gap_cell(found.losses[k]),
            Cell(percent(known(figures["max_drawdown"]))),
            Cell(bps(known(figures["cost_bps_annual"]))),
        ]
        lines.append(Line(_sessions(step), cells, "rule" if k == found.base else ""))
    head = ("Delay", "Sharpe", rival, "difference", "change by the delay", "Max drawdown", "Cost bps a year")
    return Section(
        KEY,
        "Delay: from signal to execution",
        f"{policy} against {rival} at the same delay (execution.lag, of every decision of both), so that what both "
        "lose by investing late cancels; then the difference by multiples of the stated costs and by the share of a "
        "day's volume that fills may take.",
        charts,
        [Table(head, lines)],
    )


def _metrics(found: _DelayFound) -> dict[str, Any]:
    points = [
        {
            "delay": step,
            "sharpe": known(found.own[k].sharpe),
            "benchmark_sharpe": known(found.rival[k].sharpe),
            "against_benchmark": gap_json(found.gaps[k]),
            "change": gap_json(found.losses[k]),
        }
        for k, step in enumerate(found.delays)
    ]
    grids = {
        name: {label: [known(value) for value in line] for label, line in grid.items()}
        for name, grid in (("by_cost", found.by_cost), ("by_participation", found.by_share))
    }
    return {"stated": found.delays[found.base], "points": points, **grids}

"""Lead time of a warning against its false alarms: those of the signal, and what better ones would be worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reports.findings import Cell, Line, Section, Table
from reports.money_figures import heat_map
from reports.text import plain
from simulator.core.errors import PluginError, ScenarioError

from .answer import Answer, falls_below, gap_cell, gap_json, known
from .replays import Replays
from .subject import Subject
from .threshold import THRESHOLD, Tried, TriedLevel, levels_of, state_of, tried
from .warnings import AHEAD, LASTS, BenchmarkFall, Warned, as_panel, falls, planted, warned

KEY: Final = "lead"
#: Depth of the falls of the benchmark that a warning is to be of.
DEPTH: Final = 0.10
#: Sessions before the peak at which a perfect warning comes; negative: after it.
LEADS: Final = (42, 21, 10, 5, 0, -5, -10, -21)
#: False alarms a year besides.
RATES: Final = (0.0, 1.0, 2.0, 4.0, 8.0)
_DRAWS: Final = 3


@dataclass(frozen=True, eq=False)
class _LeadFound:
    depth: float
    met: Sequence[BenchmarkFall]
    rows: Sequence[tuple[Tried, Warned]]
    years: float
    grid: Sequence[Sequence[float]]  # by lead, then by rate: Sharpe over the benchmark; empty where not planted
    called: tuple[str, str, str]


def check_depth(depth: float) -> None:
    """Raise :class:`ScenarioError` unless a depth is a share."""
    if not 0.0 < depth < 1.0:
        raise ScenarioError(f"--fall {depth:g}: a fall is a share between 0 and 1, as 0.1")


def lead(replays: Replays, subject: Subject, depth: float) -> Answer:
    """Count the signal's warnings of the benchmark's falls, and replay the policy on planted warnings.

    Raises
    ------
    ScenarioError
        If the depth is no share, or the benchmark never fell so far.
    """
    check_depth(depth)
    rival = replays.of(subject.benchmark)
    met = falls(rival.book.levels[0], depth)
    if not met:
        raise ScenarioError(
            f"--fall {depth:g}: {subject.benchmark} never fell that far from {rival.sessions[0]} to "
            f"{rival.sessions[-1]}; state a smaller one"
        )
    notes = [
        "Lead: perfect warnings are hindsight, which no one could have followed: they say what a warning of that kind "
        "would be worth, with the stated delay and costs."
    ]
    try:
        levels = levels_of(replays, subject)
    except ScenarioError as error:
        levels = [TriedLevel("as stated", 0.0, ())]
        notes.append(f"Lead: at the stated threshold alone: {error}")
    rows = [
        (attempt, warned(state_of(replays, subject, attempt.level.settings, attempt.replay), met))
        for attempt in tried(THRESHOLD, replays, subject, levels)
    ]
    try:
        grid = _grid(replays, subject, met)
    except PluginError as error:
        grid = []
        notes[0] = (
            f"Lead: perfect warnings are left out, as the policy needs more than a state that is on or off: {error}"
        )
    found = _LeadFound(depth, met, rows, rival.book.years, grid, subject.called(replays.at().scenario))
    return Answer(KEY, list(_verdicts(found)), list(_sections(found)), _metrics(found, rival.sessions), notes)


def _grid(replays: Replays, subject: Subject, met: Sequence[BenchmarkFall]) -> list[list[float]]:
    """(leads, rates) Sharpe ratio over the benchmark's, the mean over draws of false alarms."""
    rival = replays.of(subject.benchmark)
    sessions = replays.block().worlds[0].market.sessions
    first, size = int(np.searchsorted(sessions, rival.sessions[0])), rival.sessions.size
    seeds = np.random.SeedSequence(replays.at().scenario.file.scenario.seed).spawn(_DRAWS)
    total, done = len(LEADS) * (1 + _DRAWS * (len(RATES) - 1)), 0
    replays.progress(KEY, 0, total)
    grid = []
    for ahead in LEADS:
        line = []
        for rate in RATES:
            values = []
            for seed in seeds[: _DRAWS if rate else 1]:  # the same draws at every lead
                state = planted(size, met, ahead, round(rate * rival.book.years), np.random.default_rng(seed))
                told = replays.told(subject.policy, {str(subject.signal): as_panel(sessions, first, state)})
                values.append(np.nan if told.sharpe is None else told.sharpe)
                done += 1
                replays.progress(KEY, done, total)
            line.append(float(np.mean(values)) - (np.nan if rival.sharpe is None else rival.sharpe))
        grid.append(line)
    return grid


def _verdicts(found: _LeadFound) -> Iterator[str]:
    policy, rival, signal = found.called
    own, seen = next((row, seen) for row, seen in found.rows if not row.level.settings)
    early = (
        f", in the median {_when(float(np.median(seen.leads)))} it had passed {found.depth:.0%}" if seen.leads else ""
    )
    yield (
        f"{signal} warned of {len(seen.leads)} of the {seen.falls} falls of {rival} by {found.depth:.0%} or more{early}"
        f", with {seen.false_alarms / found.years:.1f} false alarms a year; acting on it was worth "
        f"{own.gap.value:+.2f} of Sharpe."
    )
    if not found.grid:
        return
    at = dict(zip(LEADS, found.grid, strict=True))
    best = max(LEADS, key=lambda ahead: at[ahead][0])
    yield (
        f"A perfect warning at the peak, until the trough, would be worth {at[0][0]:+.2f} over {rival} to {policy}; "
        f"21 sessions after it {at[-21][0]:+.2f}, 21 before it {at[21][0]:+.2f} (best: "
        f"{_place(best)}, {at[best][0]:+.2f})."
    )
    crossing = falls_below(RATES, at[0])
    lost = at[0][0] - at[0][1]
    said = {
        "once": f"and {crossing.at or 0.0:.1f} a year make it worth nothing",
        "never": f"and even {RATES[-1]:g} a year leave it worth {at[0][-1]:+.2f}",
    }.get(crossing.kind, "and it is worth nothing at some rates")
    yield f"One false alarm a year of {LASTS} sessions takes {lost:.2f} of that, {said}."


def _place(ahead: int) -> str:
    return "at the peak" if ahead == 0 else f"{abs(ahead)} {'before' if ahead > 0 else 'after'} it"


def _when(lead: float) -> str:
    return f"{abs(lead):.0f} sessions {'before' if lead >= 0 else 'after'}"


def _sections(found: _LeadFound) -> Iterator[Section]:
    _, rival, signal = found.called
    lines = []
    for row, seen in found.rows:
        cells = [
            Cell(f"{len(seen.leads)} of {seen.falls}"),
            Cell(f"{np.median(seen.leads):+.0f}" if seen.leads else "–"),
            Cell(f"{seen.false_alarms / found.years:.1f}"),
            Cell(plain(row.on * 100.0, 1) + "%"),
            gap_cell(row.gap),
        ]
        lines.append(Line(row.level.title, cells, "rule" if not row.level.settings else ""))
    head = ("Level", "Falls warned of", "Median lead", "False alarms a year", "On", f"Sharpe against {rival}")
    yield Section(
        "lead",
        "Lead time against false alarms: the signal",
        f"Falls of {rival} by {found.depth:.0%} or more, each until it has risen as much again. A warning is one of "
        f"a fall if it is on within {AHEAD} sessions before the peak, or from there to the trough; its lead is counted "
        "in sessions until the fall had passed that depth. Every other spell is a false alarm.",
        [],
        [Table(head, lines)],
    )
    if found.grid:
        rows = [f"{ahead:+d}" if ahead else "0" for ahead in LEADS]
        columns = [f"{rate:g}" for rate in RATES]
        titles = ("false alarms a year", "sessions before the peak", f"Sharpe against {rival}")
        yield Section(
            "planted",
            "Lead time against false alarms: what a warning would be worth",
            f"The same policy told of every fall so many sessions before its peak (negative: after it) until its "
            f"trough, and of so many false alarms a year, of {LASTS} sessions each: Sharpe ratio over {rival}, the "
            f"mean of {_DRAWS} draws of false alarms. In hindsight: a measure of what {signal} could gain.",
            [heat_map(rows, columns, found.grid, titles)],
        )


def _metrics(found: _LeadFound, sessions: Any) -> dict[str, Any]:
    return {
        "depth": found.depth,
        "falls": [
            dict(zip(BenchmarkFall._fields, (str(sessions[row]) for row in fall), strict=True)) for fall in found.met
        ],
        "levels": [
            {
                "level": row.level.title,
                "warned": len(seen.leads),
                "leads": list(seen.leads),
                "false_alarms_a_year": seen.false_alarms / found.years,
                "against_benchmark": gap_json(row.gap),
            }
            for row, seen in found.rows
        ],
        "planted": {
            "leads": list(LEADS),
            "false_alarms_a_year": list(RATES),
            "sharpe_over_benchmark": [[known(value) for value in line] for line in found.grid],
        },
    }

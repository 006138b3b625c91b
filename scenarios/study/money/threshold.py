"""The level at which a signal switches on, and how often what it learns is learnt again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reports.findings import Cell, Line, Section, Table
from reports.money_figures import Curve, curves
from reports.text import bps, percent
from simulator.core.errors import ScenarioError
from simulator.core.types import BoolArray
from simulator.metrics import Difference

from .answer import Answer, figure, gap_cell, gap_json, gap_text, known
from .replays import KeptReplay, Replays, Settings
from .subject import Subject
from .worth import worth

THRESHOLD: Final = "threshold"
REFIT: Final = "refit"
#: Of levels with a unit, multiples of what is stated; of shares, what is left to 1 as a multiple of what is stated.
_TIMES: Final = (0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
_LEFT: Final = (8.0, 4.0, 2.0, 1.5, 1.0, 0.75, 0.5, 0.25)
_SHARES: Final = ("quantile", "percentile", "probability")
#: Sessions from one refit to the next.
_REFITS: Final = (21, 63, 126, 252, 504)


@dataclass(frozen=True)
class TriedLevel:
    """A value that is tried: what it is called, where it lies on the curve, and the settings it takes."""

    title: str
    x: float
    settings: Settings


@dataclass(frozen=True, eq=False)
class Tried:
    """A level, replayed: the policy's run, the share of sessions on, warnings a year, and differences."""

    level: TriedLevel
    replay: KeptReplay
    on: float
    warnings: float
    gap: Difference
    change: Difference


def levels_of(replays: Replays, subject: Subject) -> list[TriedLevel]:
    """The levels to try for a signal with ``enter`` and ``exit``; the stated one has no settings.

    Raises
    ------
    ScenarioError
        If it has none.
    """
    signal: Any = replays.at().scenario.signals[str(subject.signal)]
    enter, leave = (getattr(signal, key, None) for key in ("enter", "exit"))
    if not isinstance(enter, int | float) or not isinstance(leave, int | float):
        raise ScenarioError(f"signals.{subject.signal}: it has no levels enter and exit, so no threshold can be varied")
    as_share = getattr(signal, "scale", "probability" if 0.0 <= leave <= enter < 1.0 else "") in _SHARES
    pairs = [_pair(float(enter), float(leave), times, as_share) for times in (_LEFT if as_share else _TIMES)]
    return [
        TriedLevel(
            f"{on:.4g} / {off:.4g}",
            on,
            ()
            if on == enter
            else tuple(f'signals."{subject.signal}".{key}={x!r}' for key, x in _ordered(on, off, enter)),
        )
        for on, off in sorted(set(pairs))
        if not as_share or 0.0 < on < 1.0
    ]


def _ordered(on: float, off: float, stated: float) -> Sequence[tuple[str, float]]:
    return (("enter", on), ("exit", off)) if on > stated else (("exit", off), ("enter", on))


def _pair(enter: float, leave: float, times: float, as_share: bool) -> tuple[float, float]:
    """Both levels, moved alike; as stated at 1."""
    if times == 1.0:
        return enter, leave
    if as_share:
        return _tidy(1.0 - (1.0 - enter) * times), _tidy(max(0.0, 1.0 - (1.0 - leave) * times))
    return _tidy(enter * times), _tidy(leave * times)


def _tidy(value: float) -> float:
    return float(f"{value:.6g}")


def threshold(replays: Replays, subject: Subject) -> Answer:
    """Replay the policy at every level of its signal."""
    levels = levels_of(replays, subject)
    title = "Threshold: how readily the signal switches on"
    note = "Levels at which it is entered and left, moved alike; each is what the policy would have earned with it."
    return _answer(THRESHOLD, replays, subject, levels, title, note, "level at which it is entered")


def refit(replays: Replays, subject: Subject) -> Answer:
    """Replay the policy with a signal that learns more or less often; models are fitted for every frequency.

    Raises
    ------
    ScenarioError
        If the signal does not learn.
    """
    signal: Any = replays.at().scenario.signals[str(subject.signal)]
    stated = getattr(signal, "refit_every", None)
    if not isinstance(stated, int):
        raise ScenarioError(f"signals.{subject.signal}: it has no refit_every, so there is nothing to refit")
    levels = [
        TriedLevel(f"every {k}", float(k), () if k == stated else (f'signals."{subject.signal}".refit_every={k}',))
        for k in sorted({*_REFITS, stated})
    ]
    title = "Refits: how often models are fitted again"
    note = "Sessions from one refit to the next; models are fitted for every one of them, or read where they are kept."
    return _answer(REFIT, replays, subject, levels, title, note, "sessions between refits")


def tried(key: str, replays: Replays, subject: Subject, levels: Sequence[TriedLevel]) -> list[Tried]:
    """Every level, replayed."""
    replays.progress(key, 0, len(levels))
    runs = []
    for number, level in enumerate(levels, start=1):
        runs.append(replays.of(subject.policy, level.settings))
        replays.progress(key, number, len(levels))
    rival, base = replays.of(subject.benchmark), [level.settings for level in levels].index(())
    side, last = worth([*runs, rival], replays.at().scenario.file.scenario.seed), len(runs)
    found = []
    for k, (level, run) in enumerate(zip(levels, runs, strict=True)):
        state = state_of(replays, subject, level.settings, run)
        starts = int((state & ~np.concatenate([[False], state[:-1]])).sum())
        gap, change = side.of([k], [last]), side.of([k], [base])
        found.append(Tried(level, run, float(state.mean()), starts / run.book.years, gap, change))
    return found


def state_of(replays: Replays, subject: Subject, settings: Settings, run: KeptReplay) -> BoolArray:
    """(T,) the signal's state over the sessions of a run."""
    panel = replays.panel(str(subject.signal), settings)
    first = int(np.searchsorted(panel.sessions, run.sessions[0]))
    return panel.state()[first : first + run.sessions.size]


def _answer(
    key: str, replays: Replays, subject: Subject, levels: Sequence[TriedLevel], title: str, note: str, axis: str
) -> Answer:
    found = tried(key, replays, subject, levels)
    policy, rival, _ = subject.called(replays.at().scenario)
    shown = [
        Curve(
            policy,
            [attempt.level.x for attempt in found],
            [attempt.gap.value for attempt in found],
            [attempt.gap[1:3] for attempt in found],
        )
    ]
    lines = [
        Line(attempt.level.title, _cells(attempt), "rule" if not attempt.level.settings else "") for attempt in found
    ]
    head = ("Level", "On", "Warnings a year", "Sharpe", f"against {rival}", "change", "Max drawdown", "Cost bps a year")
    section = Section(key, title, note, [curves(shown, axis, f"Sharpe against {rival}", 0.0)], [Table(head, lines)])
    return Answer(key, [_verdict(key, found, policy)], [section], {"points": [_json(attempt) for attempt in found]})


def _verdict(key: str, found: Sequence[Tried], policy: str) -> str:
    stated = next(attempt for attempt in found if not attempt.level.settings)
    best = max(found, key=lambda attempt: -np.inf if np.isnan(attempt.gap.value) else attempt.gap.value)
    clear = sum(attempt.change.low > 0.0 or attempt.change.high < 0.0 for attempt in found if attempt.level.settings)
    what = "level" if key == THRESHOLD else "frequency"
    first = (
        f"The stated {what} ({stated.level.title}) is the best of {len(found)} for {policy}"
        if best is stated
        else f"Of {len(found)}, the best {what} for {policy} in hindsight is {best.level.title}: Sharpe "
        f"{gap_text(best.change)} against {stated.level.title} as stated"
    )
    return f"{first}; {clear} of the other {len(found) - 1} differ from it as stated beyond luck."


def _cells(attempt: Tried) -> list[Cell]:
    figures = attempt.replay.figures
    return [
        Cell(percent(attempt.on)),
        Cell(f"{attempt.warnings:.1f}"),
        Cell(figure(attempt.replay.sharpe)),
        gap_cell(attempt.gap),
        Cell("as stated") if not attempt.level.settings else gap_cell(attempt.change),
        Cell(percent(known(figures["max_drawdown"]))),
        Cell(bps(known(figures["cost_bps_annual"]))),
    ]


def _json(attempt: Tried) -> dict[str, Any]:
    return {
        "level": attempt.level.title,
        "settings": list(attempt.level.settings),
        "on": attempt.on,
        "warnings_a_year": attempt.warnings,
        "sharpe": known(attempt.replay.sharpe),
        "against_benchmark": gap_json(attempt.gap),
        "change": gap_json(attempt.change),
    }

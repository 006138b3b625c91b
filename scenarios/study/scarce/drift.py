"""``undertow study drift``: monitors of a fitted model, and when it pays to fit it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from reports.findings import Cell, Findings, Line, Section, Table
from reports.findings_figures import dots, heat, lines, moments
from scenarios.progress import Progress, Silent
from scenarios.study.numbers import number
from scenarios.study.protocols import EMBARGO
from scenarios.study.result import Result
from signals.stress.life import (
    MONITORS,
    MOVED,
    ONLINE,
    SHIFTED,
    Monitored,
    RefitStudy,
    Stability,
    Watch,
    compare_refits,
    rolling_skill,
    stability,
    watch,
)
from signals.stress.life.compare import SCORES
from signals.stress.life.performance import LEAST
from signals.stress.life.performance import WINDOW as OUTCOMES
from signals.stress.life.stability import STEP, WINDOW
from signals.stress.life.watch import as_they_became_known, squared_errors
from signals.stress.naive import LAST_STATE
from signals.stress.validation import Scored, at_refits

from .options import Options, Posed, posed, read
from .text import DEFINITIONS, card, dot, gap, predictions, score

_MONITOR_WORDS: Final = {
    "population-stability": "Features have shifted",
    "performance": "Skill is lost",
    "adwin": "Losses have risen (ADWIN)",
}
_SHOWN: Final = 30  # features on the heat map
_FLOOR: Final = -2.0  # of the skill drawn: over calm spells the rule's error is next to nothing


class _Watched(NamedTuple):
    """A model fitted once, under every monitor."""

    seen: Watch
    monitors: dict[str, Monitored]
    features: Stability


def run_drift(folder: Path | None, options: Options, progress: Progress | None = None) -> Result:
    """Run the study on a data folder.

    Raises
    ------
    ParameterError
        Without river, naming the extra that brings it.
    """
    told = progress or Silent()
    problem = posed(read(folder, options), options)
    found = compare_refits(
        problem.problem,
        problem.model,
        first=problem.first,
        embargo=EMBARGO,
        seed=options.seed,
        workers=options.workers or 1,
        how=options.bootstrap,
        progress=told,
    )
    watched = _watched(problem, options.seed)
    scored: dict[tuple[str, ...], Scored] = {(name,): life.scored for name, life in found.lives.items()}
    return Result(
        _page(problem, found, watched),
        _metrics(found, watched),
        predictions(scored, ("model",)),
        options.asked("drift"),
        {"market": problem.data.market.fingerprint()},
        options.seed,
    )


def _watched(posed: Posed, seed: int) -> _Watched:
    sessions = posed.problem.label.sessions
    at = int(np.searchsorted(sessions, np.datetime64(posed.first, "D")))
    split = at_refits(posed.problem.label, [at], EMBARGO)[0]
    seen = watch(posed.model, posed.problem, split, at, seed)
    rows = np.arange(max(at, WINDOW - 1), sessions.size, STEP)
    features = stability(seen.x, sessions, seen.columns, seen.train, rows)
    return _Watched(seen, {name: monitor(seen) for name, monitor in MONITORS.items()}, features)


def _metrics(found: RefitStudy, watched: _Watched) -> dict[str, Any]:
    return {
        "study": "drift",
        "base": found.base,
        "models": {
            name: {
                "title": life.title,
                "kind": life.kind,
                "refits": [str(day) for day in life.refits],
                "alarms": [] if life.lived is None else [_alarm(alarm) for alarm in life.lived.alarms],
                "seconds": life.seconds,
                **card(life.card, SCORES),
            }
            for name, life in found.lives.items()
        },
        "monitors": {
            name: {"alarms": [_alarm(alarm) for alarm in monitor.alarms]} for name, monitor in watched.monitors.items()
        },
        "stability": {
            name: {"mean": number(float(value)), "above": number(float(share))}
            for name, value, share in zip(
                watched.features.columns,
                watched.features.values.mean(axis=0),
                (watched.features.values > SHIFTED).mean(axis=0),
                strict=True,
            )
        },
    }


def _alarm(alarm: Any) -> dict[str, str]:
    return {"date": str(alarm.date), "monitor": alarm.monitor, "text": alarm.text}


def _page(posed: Posed, found: RefitStudy, watched: _Watched) -> Findings:
    return Findings(
        title="Life after the fit: drift, refits and online models",
        period=posed.period,
        verdicts=list(_verdicts(found, watched)),
        sections=[
            _glance(found),
            _table(found),
            _refits(found),
            _skill(found, watched),
            _stability(watched),
        ],
        definitions=[
            f"Population stability index: sum over bins of (q - p) ln(q / p), with the deciles of a feature's training "
            f"values as bins and one more for missing ones; recent are the last {WINDOW} sessions. By convention below "
            f"{MOVED} is stable and above {SHIFTED} shifted. Slow series exceed that all the time, so that the monitor "
            "holds each feature against what windows as long reached within training one time in twenty, if that is "
            "more, and calls when a third of the features are above.",
            f"Skill is lost: Brier skill against the last state over the last {OUTCOMES} outcomes below zero "
            f"for 21 outcomes in a row, each counted on the day it became known (at least {LEAST}).",
            "ADWIN (Bifet & Gavalda 2007, from river, delta 0.002): fed with squared errors as their outcomes become "
            "known; only rising losses call.",
            "Refits on drift happen at the close of the alarm, at least 21 sessions after the one before. Online "
            "models learn each label on the day it becomes known, after that day's forecast.",
            "Seconds are processor time of one process, of this run: they vary from run to run, nothing else does.",
            posed.label,
            *DEFINITIONS,
        ],
        notes=posed.data.notes,
        files=("metrics.json", "predictions.parquet", "manifest.json"),
    )


def _verdicts(found: RefitStudy, watched: _Watched) -> Iterator[str]:
    base = found.lives[found.base]
    key = "brier_skill_alert"
    others = [life for name, life in found.lives.items() if name not in (found.base, LAST_STATE)]
    for words, chosen in (
        ("better", [other for other in others if other.card.versus[found.base][key].low > 0.0]),
        ("worse", [other for other in others if other.card.versus[found.base][key].high < 0.0]),
    ):
        names = ", ".join(f"“{policy.title}”" for policy in chosen) or "none"
        yield (
            f"Brier skill against refits {base.title.lower()} ({base.card.scores[key].value:.2f}), beyond chance "
            f"{words}: {names}."
        )
    rule = found.lives[LAST_STATE].card.scores
    yield (
        f"The last state needs no model: Brier skill {rule[key].value:.2f}, ROC-AUC {rule['auc_alert'].value:.2f} "
        f"(refitted {base.title.lower()} {base.card.scores[key].value:.2f} and "
        f"{base.card.scores['auc_alert'].value:.2f})."
    )
    drifting = [life for life in others if life.kind == "on drift"]
    if drifting:
        best = max(drifting, key=lambda life: life.card.scores[key].value)
        yield (
            f"The best policy on drift, “{best.title.lower()}”, refits {best.refits.size} times instead of "
            f"{base.refits.size} and reaches a Brier skill of {best.card.scores[key].value:.2f}."
        )
    online = [life for life in others if life.kind == "online"]
    if online:
        best = max(online, key=lambda life: life.card.scores["auc_alert"].value)
        yield (
            f"Of the online models “{best.title}” ranks best (ROC-AUC {best.card.scores['auc_alert'].value:.2f}; "
            f"refitted {base.card.scores['auc_alert'].value:.2f})."
        )
    calls = ", ".join(
        f"“{_MONITOR_WORDS[name]}” {len(monitor.alarms)} times" for name, monitor in watched.monitors.items()
    )
    share = float((watched.features.values > SHIFTED).mean())
    yield (
        f"Of a model fitted once, the monitors say {calls}. Its features are above the conventional {SHIFTED} "
        f"on {share:.0%} of the looks: by itself that says little."
    )


def _glance(found: RefitStudy) -> Section:
    figures = []
    for key in ("auc_alert", "brier_skill_alert"):
        groups: dict[str, list[Any]] = {}
        for life in found.lives.values():
            groups.setdefault(life.kind, []).append(dot(life.title, life.card.scores[key]))
        figures.append(dots(groups, SCORES[key], found.lives[found.base].card.scores[key].value))
    title = found.lives[found.base].title.lower()
    return Section(
        "glance", "At a glance", f"ROC-AUC and Brier skill with their 90% intervals; dotted: refitted {title}.", figures
    )


def _table(found: RefitStudy) -> Section:
    head = ["Way", "Refits", "Seconds"] + [part for title in SCORES.values() for part in (title, "minus base")]
    rows = []
    for name, life in found.lives.items():
        refits = Cell(
            f"{life.refits.size}" if life.kind not in ("online", "rule") else "daily" if name in ONLINE else "–"
        )
        gaps = life.card.versus.get(found.base)
        cells = [refits, Cell(f"{life.seconds:.1f}")]
        for key in SCORES:
            cells += [score(life.card.scores[key]), gap(None if gaps is None else gaps[key], key)]
        rows.append(Line(life.title, cells, "rule" if name in (found.base, LAST_STATE) else ""))
    return Section(
        "table",
        "Refit policies and online models",
        f"All over the same days; differences from the base (“{found.lives[found.base].title}”) are paired.",
        tables=[Table(head, rows)],
    )


def _refits(found: RefitStudy) -> Section:
    shown = {life.title: life.refits for life in found.lives.values() if life.refits.size}
    alarms = [alarm for life in found.lives.values() if life.lived is not None for alarm in life.lived.alarms]
    rows = [
        Line(str(alarm.date), [Cell(_MONITOR_WORDS[alarm.monitor]), Cell(alarm.text)])
        for alarm in sorted(alarms, key=lambda alarm: (alarm.date, alarm.monitor))
    ]
    tables = (
        [Table(["Date", "Monitor", "What it said"], rows, f"The {len(rows)} alarms that led to a refit")]
        if rows
        else []
    )
    return Section("refits", "When models were fitted again", "A mark a refit.", [moments(shown)], tables)


def _rolling(model: Scored, rule: Scored) -> tuple[Any, Any]:
    order = as_they_became_known(model)
    return model.known_at[order], rolling_skill(
        squared_errors(model)[order], squared_errors(rule)[order], OUTCOMES, LEAST
    )


def _skill(found: RefitStudy, watched: _Watched) -> Section:
    once = watched.monitors["performance"]
    base = found.lives[found.base]
    curves = {
        "Fitted once": (once.dates, once.values),
        f"Refitted {base.title.lower()}": _rolling(base.scored, found.lives[LAST_STATE].scored),
    }
    marks = {
        f"Fitted once: {_MONITOR_WORDS[name]}": np.array([alarm.date for alarm in monitor.alarms], "datetime64[D]")
        for name, monitor in watched.monitors.items()
        if monitor.alarms
    }
    return Section(
        "skill",
        "Skill against the naive rule, as outcomes became known",
        f"Brier skill against the last state over the last {OUTCOMES} outcomes; at the foot, alarms of a model "
        f"fitted once. Values below {_FLOOR:g} are drawn there: in calm spells the rule hardly errs.",
        [lines(curves, "Brier skill", marks, 0.0, _FLOOR)],
    )


def _stability(watched: _Watched) -> Section:
    found = watched.features
    beyond = found.values / found.limits
    order = np.argsort(-np.nan_to_num((beyond > 1.0).mean(axis=0)), kind="stable")[:_SHOWN]
    steps = ((0.0, "#EEF3F8"), (0.5, "#FBE3B3"), (1.0, "#F2A65A"), (2.0, "#A50026"))
    shifted = watched.monitors["population-stability"]
    return Section(
        "stability",
        "Population stability of features",
        "Of a model fitted once: the share of its features beyond their own limits, and below it the index of the "
        f"{order.size} that are beyond them most often, over that limit: orange above it, red above twice as much.",
        [
            lines({"features beyond their limits": (shifted.dates, shifted.values)}, "share", None, shifted.limit),
            heat(found.dates, [found.columns[k] for k in order], beyond[:, order], steps),
        ],
    )

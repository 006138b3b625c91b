"""From a scenario and a day to everything its explanation shows, as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reports.explanation import write_explanation
from reports.files import as_json
from reports.manifest import manifest
from scenarios.build import Scenario, build
from scenarios.output import staged
from scenarios.progress import Progress
from scenarios.resolved import resolved
from scenarios.runner import naming, shocked
from scenarios.schema import ScenarioFile
from scenarios.stored import fingerprints
from scenarios.titles import titles
from signals.stress.explain import (
    DayExplained,
    Importance,
    Surrogate,
    Walk,
    explain_day,
    permutation_importance,
    stability,
    surrogate,
    walk,
)
from signals.stress.explain.contributions import additive
from signals.stress.explain.walk import Grouping, session_of
from signals.stress.forecast import StressForecast
from signals.stress.saved import SavedForecast
from simulator.core.errors import ParameterError, ScenarioError, nearest
from simulator.core.files import write
from simulator.core.names import quoted
from simulator.data import foreknown
from simulator.features import Features

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

_AROUND: Final = 120
_SHOWN: Final = 12


def explain(
    file: ScenarioFile,
    day: str,
    out: Path,
    signal: str | None = None,
    data: Path | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> dict[str, Any]:
    """Explain a stress forecast's forecast of one day and write the page to ``out``; return what it shows.

    ``signal`` names the forecast; it may be left out where the scenario has one only.

    Raises
    ------
    UndertowError
        If the scenario cannot be used, there is no such forecast, or the day has none.
    """
    scenario = build(file, data, progress, refit_cache)
    name = _named(scenario, signal)
    rule = scenario.signals[name]
    assert isinstance(rule, StressForecast | SavedForecast)
    observed = shocked(scenario, scenario.market).observed
    session_of(day, observed.sessions, rule.warmup, name)  # before anything is fitted
    features = Features(observed)
    with naming(name, rule):
        found = walk(rule if isinstance(rule, StressForecast) else rule.frozen(features), features)
    told = _told(found, found.row_of(day), scenario.file.scenario.seed)
    told = {"scenario": file.scenario.name, "foreknown": foreknown(observed), **told}
    with staged(out, "explanation") as stage:
        write(stage / "explanation.json", as_json(told))
        called = titles(file)
        shown = {**told, "scenario": called.scenario, "signal": called.signals[name]}
        write_explanation(shown, stage / "index.html")
        asked = {"explain": {"signal": name, "date": told["date"]}, **resolved(file)}
        prints = {"market": observed.fingerprint(), **fingerprints(scenario.signals)}
        whole = manifest(asked, prints, file.scenario.seed)
        write(stage / "manifest.json", as_json(whole))
    return told


def _named(scenario: Scenario, asked: str | None) -> str:
    """The forecast that is meant."""
    ours = [name for name, signal in scenario.signals.items() if isinstance(signal, StressForecast | SavedForecast)]
    if asked is None:
        if len(ours) == 1:
            return ours[0]
        which = f"say --signal: {', '.join(ours)}" if ours else "it has no stress forecast"
        raise ScenarioError(f"{scenario.file.scenario.name}: {which}")
    if asked not in scenario.signals:
        raise ScenarioError(f"--signal: no signal {quoted(asked)}{nearest(asked, scenario.signals)}")
    if asked not in ours:
        kind = scenario.file.signals[asked]["kind"]
        raise ScenarioError(f"--signal {asked}: is of kind {quoted(kind)}; stress forecasts are explained")
    return asked


def _told(found: Walk, row: int, seed: int) -> dict[str, Any]:
    refit = found.refit_of(row)
    rules = surrogate(found)
    exact = all(isinstance(refit.model, float) or additive(refit.model) is not None for refit in found.fitted)
    return {
        **_day(explain_day(found, row)),
        "around": _around(found, row),
        "surrogate": _rules(rules, refit, rules.leaf_of(refit, found.x[row])),
        "importance": _importance(found, seed),
        "stability": _stability(found) if exact else None,
    }


def _day(day: DayExplained) -> dict[str, Any]:
    return {
        "signal": day.signal,
        "model": day.model,
        "event": day.event,
        "date": str(day.date),
        "horizon": day.horizon,
        "refit": str(day.refit),
        "learned": {"rows": day.rows, "events": day.events},
        "probability": day.probability,
        "base": {"probability": _known(day.base), "log_odds": _known(day.base_log_odds)},
        "calibration": day.calibration,
        "log_odds": _known(day.log_odds),
        "on": day.on,
        "since": _date(day.since),
        "came": _known(day.came),
        "came_known_at": _date(day.came_known_at),
        "text": day.text,
        "reasons": [
            {
                "column": reason.column,
                "family": reason.family,
                "formula": reason.formula,
                "value": _known(reason.value),
                "percentile": _known(reason.percentile),
                "standing": reason.standing,
                "known_at": _date(reason.known_at),
                "contribution": reason.contribution,
                "odds": reason.odds,
                "text": reason.text,
            }
            for reason in day.reasons
        ],
    }


def _around(found: Walk, row: int) -> dict[str, Any]:
    """The forecast on the sessions around the day, with the events as they came: hindsight, for orientation."""
    rows = slice(max(row - _AROUND, 0), row + _AROUND + 1)
    rule = found.rule
    levels = {"enter": rule.enter, "exit": rule.exit} if rule.scale == "probability" else None
    return {
        "dates": [str(session) for session in found.sessions[rows]],
        "probability": [_known(probability) for probability in found.probability[rows]],
        "on": found.state[rows].tolist(),
        "event": [_known(value) for value in found.lessons.events.values[rows]],
        "levels": levels,
    }


def _rules(imitation: Surrogate, refit: int, leaf: int) -> dict[str, Any]:
    return {
        "depth": imitation.depth,
        "r_squared": _known(imitation.r_squared),
        "r_squared_log_odds": _known(imitation.r_squared_log_odds),
        "agreement": imitation.agreement,
        "always_off": imitation.always_off,
        "both_on": _known(imitation.both_on),
        "text": imitation.fidelity,
        "rules": [
            {
                "conditions": list(rule.conditions),
                "probability": rule.probability,
                "share": rule.share,
                "holds": rule.leaf == leaf,
                "text": rule.text,
            }
            for rule in imitation.rules(refit)
        ],
    }


def _importance(found: Walk, seed: int) -> dict[str, Any]:
    """By family (by column where there is one family), and by series; a reason instead where test days allow none."""
    try:
        by: Grouping = "family" if len(found.groups()) > 1 else "column"
        families = permutation_importance(found, "brier", by=by, seed=seed)
        series = permutation_importance(found, "brier", by="series", seed=seed)
    except ParameterError as error:
        return {"absent": str(error)}
    alone = set(found.groups("series")) - set(found.groups("family"))
    return {
        "loss": families.loss,
        "score": families.score,
        "test_days": int(found.scored.size),
        "families": _ranked(families, set(families.families)),
        "series": _ranked(series, alone),
    }


def _ranked(importance: Importance, wanted: set[str]) -> list[dict[str, Any]]:
    sizes = dict(zip(importance.families, importance.columns, strict=True))
    return [
        {"name": name, "columns": sizes[name], "mean": mean, "low": low, "high": high}
        for name, mean, low, high in importance.ranked()
        if name in wanted
    ]


def _stability(found: Walk) -> dict[str, Any]:
    stable = stability(found)
    total = stable.importance.sum(axis=1, keepdims=True)  # NaN for a model that was one constant
    share = stable.importance[total[:, 0] > 0.0] / total[total[:, 0] > 0.0]
    first = np.argsort(-share.sum(axis=0), kind="stable")[:_SHOWN]
    return {
        "text": stable.text,
        "top": stable.top,
        "refits": [str(day) for day in stable.refits],
        "rank_correlation": [_known(value) for value in stable.rank_correlation],
        "overlap": [_known(value) for value in stable.overlap],
        "columns": [stable.columns[k] for k in first],
        "importance": [[_known(value) for value in stable.importance[:, k]] for k in first],
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _date(day: np.datetime64) -> str | None:
    return None if np.isnat(day) else str(day)

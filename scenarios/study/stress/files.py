"""The study's figures for machines: metrics.json and predictions.parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scenarios.study.numbers import difference, number
from scenarios.study.sides import side_metrics
from signals.stress.validation import Scored
from simulator.core.files import write_frame

from .run import HEADLINE, JudgedHorizon, StressForecastStudy
from .scores import named

_CLASSES = np.array(["calm", "stress"])


def predictions(study: StressForecastStudy) -> pd.DataFrame:
    """One row a session, protocol, horizon and model.

    ``rank`` is what the areas under the curves are computed from: ``p_stress`` for models, the raw value for rules.
    ``known_at`` is the date on which ``actual`` was known; the forecast was made at the close of ``date``.
    """
    return pd.concat(
        [
            _rows(judged, model, scored)
            for judged in study.judged.values()
            for model, scored in judged.forecasts.items()
        ],
        ignore_index=True,
    )


def _rows(judged: JudgedHorizon, model: str, scored: Scored) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": scored.dates.astype("datetime64[s]"),
            "protocol": judged.protocol.name,
            "horizon": judged.horizon,
            "model": model,
            "p_calm": scored.probability[:, 0],
            "p_stress": scored.probability[:, 1],
            "rank": scored.order,
            "status": _CLASSES[scored.status.astype(int)],
            "actual": _CLASSES[scored.actual.astype(int)],
            "known_at": scored.known_at.astype("datetime64[s]"),
        }
    )


def write_predictions(study: StressForecastStudy, folder: Path) -> None:
    """``predictions.parquet``."""
    write_frame(folder / "predictions.parquet", predictions(study))


def metrics(study: StressForecastStudy) -> dict[str, Any]:
    """The content of ``metrics.json``; undefined scores are null."""
    protocols: dict[str, Any] = {}
    for (name, horizon), judged in study.judged.items():
        protocols.setdefault(name, {"text": judged.protocol.text, "horizons": {}})["horizons"][str(horizon)] = _judged(
            judged
        )
    return {
        "study": "stress-forecast",
        "headline": HEADLINE,
        "intervals": study.options.bootstrap._asdict(),
        "protocols": protocols,
        "notes": list(study.notes),
    }


def _judged(judged: JudgedHorizon) -> dict[str, Any]:
    scored = next(iter(judged.forecasts.values()))
    return {
        "leaky": judged.leakage.leaky,
        "shared_outcomes": judged.leakage.shared,
        "labels_from_ahead": judged.leakage.ahead,
        "label": judged.label,
        "first": str(scored.dates[0]),
        "last": str(scored.dates[-1]),
        "sessions": judged.sessions,
        "events": int(scored.actual.sum()),
        "rules": list(judged.rules),
        "models": {name: model_metrics(judged, name) for name in judged.cards},
        **({"sides": side_metrics(judged.sides)} if judged.sides else {}),
    }


def model_metrics(judged: JudgedHorizon, name: str) -> dict[str, Any]:
    """One model's entry in ``metrics.json``."""
    card, spec = judged.cards[name], judged.specs[name]
    scores = named(card.scores)
    return {
        **{key: number(value.value) for key, value in scores.items()},
        "pr_auc_over_vix_rule": over_rule(judged, name, "vix-level"),
        "leaky": judged.leakage.leaky,
        "title": spec.title,
        "family": spec.family,
        "columns": judged.columns[name],
        "confusion": card.counts.astype(int).tolist(),
        "intervals": {key: [number(value.low), number(value.high)] for key, value in scores.items()},
        "versus": {
            rule: {key: difference(value) for key, value in named(table).items()} for rule, table in card.versus.items()
        },
    }


def over_rule(judged: JudgedHorizon, name: str, rule: str) -> float | None:
    """Average precision of a model as a multiple of that of a rule; ``None`` without the rule."""
    if rule not in judged.cards:
        return None
    own, naive = (judged.cards[key].scores["pr_auc_red"].value for key in (name, rule))
    return number(own / naive) if naive > 0.0 else None

"""The study's figures for machines: metrics.json and predictions.parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scenarios.study.numbers import difference, number
from scenarios.study.protocols import LIKE_FOR_LIKE
from signals.stress.labels import TIERS
from signals.stress.validation import Scored
from simulator.core.files import write_frame

from .run import EarlyWarningStudy, JudgedProtocol


def predictions(study: EarlyWarningStudy) -> pd.DataFrame:
    """One row a session, protocol and model.

    ``known_at`` is the date on which ``actual`` was published; the forecast was made at the close of ``date``.
    """
    return pd.concat(
        [
            _rows(name, model, forecast)
            for name, judged in study.judged.items()
            for model, forecast in judged.forecasts.items()
        ],
        ignore_index=True,
    )


def _rows(protocol: str, model: str, scored: Scored) -> pd.DataFrame:
    tiers = np.array(TIERS)
    columns = {f"p_{name}": scored.probability[:, k] for k, name in enumerate(TIERS)}
    return pd.DataFrame(
        {
            "date": scored.dates.astype("datetime64[s]"),
            "protocol": protocol,
            "model": model,
            **columns,
            "status": tiers[scored.status.astype(int)],
            "actual": tiers[scored.actual.astype(int)],
            "known_at": scored.known_at.astype("datetime64[s]"),
        }
    )


def write_predictions(study: EarlyWarningStudy, folder: Path) -> None:
    """``predictions.parquet``."""
    write_frame(folder / "predictions.parquet", predictions(study))


def metrics(study: EarlyWarningStudy) -> dict[str, Any]:
    """The content of ``metrics.json``; undefined scores are null."""
    return {
        "study": "early-warning",
        "index": study.target.index.name,
        "intervals": study.options.bootstrap._asdict(),
        "protocols": {name: _protocol(judged) for name, judged in study.judged.items()},
        "like_for_like": _like_for_like(study.judged),
        "notes": list(study.notes),
    }


def _protocol(judged: JudgedProtocol) -> dict[str, Any]:
    scored = next(iter(judged.forecasts.values()))
    return {
        "text": judged.protocol.text,
        "leaky": judged.leakage.leaky,
        "hindsight": judged.hindsight,
        "shared_observations": judged.leakage.shared,
        "labels_from_ahead": judged.leakage.ahead,
        "label": judged.label,
        "first": str(scored.dates[0]),
        "last": str(scored.dates[-1]),
        "sessions": judged.sessions,
        "models": {name: model_metrics(judged, name) for name in judged.cards},
    }


def model_metrics(judged: JudgedProtocol, name: str) -> dict[str, Any]:
    """One model's entry in ``metrics.json``."""
    spec, card = judged.specs[name], judged.cards[name]
    return {
        **_nested({key: number(value.value) for key, value in card.scores.items()}),
        "leaky": judged.leakage.leaky,
        "title": spec.title,
        "family": spec.family,
        "preset": spec.preset,
        "columns": judged.columns[name],
        "confusion": card.counts.astype(int).tolist(),
        "intervals": _nested({key: [number(score.low), number(score.high)] for key, score in card.scores.items()}),
        "versus": {
            rule: _nested({key: difference(gap) for key, gap in table.items()}) for rule, table in card.versus.items()
        },
    }


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """``precision.red`` becomes ``{"precision": {"red": ...}}``."""
    out: dict[str, Any] = {}
    for key, value in flat.items():
        group, _, name = key.partition(".")
        if name:
            out.setdefault(group, {})[name] = value
        else:
            out[key] = value
    return out


def _like_for_like(judged: Mapping[str, JudgedProtocol]) -> dict[str, Any]:
    """What the split alone is worth: same labels, same test days, shuffled minus forward."""
    if LIKE_FOR_LIKE not in judged:
        return {}
    shuffled, forward = judged[LIKE_FOR_LIKE].cards, judged["forward"].cards
    keys = ("accuracy", "ws", "wws", "tra", "auc_red")
    return {
        name: {
            key: {
                "shuffled": number(card.scores[key].value),
                "forward": number(forward[name].scores[key].value),
                "leakage": number(card.scores[key].value - forward[name].scores[key].value),
            }
            for key in keys
        }
        for name, card in shuffled.items()
        if name in forward
    }

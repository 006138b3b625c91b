"""What the study leaves behind: page, metrics, predictions, classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from reports.text import plain
from scenarios.study.numbers import number
from scenarios.study.result import Result, digest
from signals.equity.features import SETS
from signals.equity.models import MODELS
from signals.equity.published import TABLES, recovered

from .classes import class_table, instrument_table
from .page import page
from .run import CHOSEN_SET, LABELS, EquityStudy, averaged


def result(study: EquityStudy) -> Result:
    """Page, figures, forecasts, classes and instruments."""
    table = class_table(study)
    bars = study.data.bars
    return Result(
        page(study, table),
        metrics(study),
        predictions(study),
        {"study": "equity-liquidity", "seeds": study.options.seeds, "window": str(study.window)},
        {
            "bars": digest(
                (bars.sessions.astype(np.int64), bars.prices, bars.traded, bars.volume),
                [*bars.tickers, *bars.sectors.tolist()],
            )
        },
        study.options.seed,
        {
            "classes.csv": table.to_csv(index=False, float_format="%.6g"),
            "instruments.csv": instrument_table(table).to_csv(index=False),
        },
    )


def predictions(study: EquityStudy) -> pd.DataFrame:
    """A row a label, set, model, seed and share: the fold, the out-of-fold probability of liquid, and what it was."""
    names = np.array(study.data.bars.tickers)
    parts = []
    for run in study.runs:
        seeds, n = run.probability.shape
        parts.append(
            pd.DataFrame(
                {
                    "label": run.label,
                    "set": run.shown.name,
                    "model": run.model,
                    "seed": np.repeat(np.arange(seeds) + study.options.seed, n),
                    "fold": run.fold.ravel(),
                    "asset": np.tile(names, seeds),
                    "probability": run.probability.ravel(),
                    "actual": np.tile(study.actual[run.label].astype(np.int8), seeds),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def metrics(study: EquityStudy) -> dict[str, Any]:
    """The figures for machines."""
    return {
        "study": "equity-liquidity",
        "window": {"name": study.window.name, "first": str(study.window.first), "last": str(study.window.last)},
        "candidates": {window.name: fall for window, fall in study.candidates.items()},
        "history_sessions": study.history,
        "shares": len(study.data.bars.tickers),
        "seeds": study.options.seeds,
        "labels": {label: _label(study, label) for label in LABELS},
        "published": {
            label: {row.model: {**recovered(row, label)._asdict(), **recovered(row, label).scores()} for row in rows}
            for label, rows in TABLES.items()
        },
        "notes": list(study.data.notes),
    }


def _label(study: EquityStudy, label: str) -> dict[str, Any]:
    actual = study.actual[label]
    sets: dict[str, Any] = {
        shown.name: {"text": shown.text, "hindsight": shown.hindsight, "models": {}} for shown in SETS
    }
    for run in study.runs:
        if run.label == label:
            found = {name: number(value) for name, value in study.scores(run).items()}
            sets[run.shown.name]["models"][run.model] = {"title": MODELS[run.model].title, **found}
    checks: dict[str, Any] = {
        "sector_left_out": {
            model: {name: number(value) for name, value in averaged(answer, actual).items()}
            for (of, model), answer in study.sector_out.items()
            if of == label
        }
    }
    if study.other is not None:
        checks["out_of_period"] = {"window": study.other.name} | {
            model: {name: number(value) for name, value in averaged(answer, study.other_actual[label]).items()}
            for (of, model), answer in study.other_probability.items()
            if of == label
        }
    return {
        "liquid": int(actual.sum()),
        "illiquid": int((~actual).sum()),
        "sets": sets,
        "checks": {"set": CHOSEN_SET, **checks},
        "sectors": dict(_sectors(study, label)),
    }


def _sectors(study: EquityStudy, label: str) -> Iterator[tuple[str, dict[str, Any]]]:
    actual, sectors = study.actual[label], study.data.bars.sectors
    for sector in sorted(set(sectors.tolist())):
        here = sectors == sector
        yield (
            sector,
            {
                "liquid": int(actual[here].sum()),
                "illiquid": int((~actual)[here].sum()),
                **{
                    f"{name}_{which}": number(_mean(study.columns[name][here & (actual == wanted)]))
                    for name in ("beta", "size")
                    for which, wanted in (("liquid", True), ("illiquid", False))
                },
            },
        )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")


def summary(study: EquityStudy) -> str:
    """The study as text, for the terminal."""
    shown = [f"{study.window}; {len(study.data.bars.tickers)} shares; means over {study.options.seeds} seeds"]
    shown += [f"! {note}" for note in study.data.notes]
    for label, title in LABELS.items():
        width = max(len(model.title) for model in MODELS.values())
        shown += ["", f"{title}: {int(study.actual[label].sum())} liquid, {int((~study.actual[label]).sum())} illiquid"]
        shown.append(f"{'':<{width}}" + "".join(f"{name.name:>18}" for name in SETS if not name.hindsight))
        for name, model in MODELS.items():
            cells = []
            for feature_set in SETS:
                if feature_set.hindsight:
                    continue
                found = [run for run in study.runs if (run.label, run.shown, run.model) == (label, feature_set, name)]
                scores = study.scores(found[0]) if found else None
                cells.append(
                    f"{plain(scores['balanced_accuracy'])} / {plain(scores['auc'])}" if scores is not None else "-"
                )
            shown.append(f"{model.title:<{width}}" + "".join(f"{cell:>18}" for cell in cells))
    shown += ["", "balanced accuracy / AUC; every column known at the last close before the window"]
    return "\n".join(shown)

"""The folder that the study leaves: page, metrics, predictions, and what was simulated."""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reports.files import as_json
from reports.findings import write_findings
from reports.manifest import manifest
from scenarios.output import staged
from scenarios.payments.tables import log_table, positions_table, rates_table, truth_table
from signals.payments.codes import CODES
from signals.payments.models import ALARM, LOSSES, MODELS
from signals.payments.panel import SCALES
from signals.payments.rivals import TITLES
from signals.payments.scores import Score, average
from simulator.core.files import write, write_frame

from .page import page
from .run import FIGURES, BankStudy, without_stress
from .truth import Made

#: What the study calls itself.
KIND = "bank-stress study"


def write_banks(study: BankStudy, truth: Made | None, systems: pd.DataFrame | None, out: Path) -> None:
    """Write page, metrics, predictions, loans and, where it was simulated, the system: all of them or none."""
    with staged(out, KIND) as folder:
        write_frame(folder / "predictions.parquet", predictions(study))
        write(folder / "metrics.json", as_json(metrics(study, truth, systems)))
        write(folder / "loans_found.csv", loans_found(study).to_csv(index=False))
        files = ["predictions.parquet", "metrics.json", "loans_found.csv"]
        if truth is not None:
            write_frame(folder / "log.parquet", log_table(truth.simulated))
            write_frame(folder / "positions.parquet", positions_table(truth.simulated))
            write_frame(folder / "truth.parquet", truth_table(truth.simulated))
            for name, table in (
                ("stress.csv", truth.news),
                ("rates.csv", rates_table(truth.simulated)),
                ("loans.csv", truth.simulated.loans),
            ):
                write(folder / name, table.to_csv(index=False))
            files += ["log.parquet", "positions.parquet", "stress.csv", "rates.csv", "loans.csv", "truth.parquet"]
        if systems is not None:
            write(folder / "systems.csv", systems.to_csv(index=False, float_format="%.6g"))
            files.append("systems.csv")
        write_findings(page(study, truth, systems, (*files, "manifest.json")), folder / "index.html")
        asked = {"study": "bank-stress", "tuned": study.options.tuned, "banks": list(study.data.banks)}
        write(folder / "manifest.json", as_json(manifest(asked, {"log": _digest(study)}, study.options.seed)))


def _digest(study: BankStudy) -> str:
    log = study.data.payments.log
    found = hashlib.sha256()
    for array in (log.sessions.astype(np.int64), log.day, log.hour, log.payer, log.payee, log.amount, log.kind):
        found.update(np.ascontiguousarray(array).tobytes())
    found.update("\n".join([*log.accounts, *log.types]).encode())
    return found.hexdigest()


def predictions(study: BankStudy) -> pd.DataFrame:
    """A row a scale, loss, model, bank and session: probability of stress from a model that has not seen the bank."""
    parts = []
    dates = study.data.payments.log.sessions.astype("datetime64[s]")
    for (scale, loss, model), answers in study.answers.items():
        panel = study.panels[scale]
        for bank, answer in enumerate(answers):
            parts.append(
                pd.DataFrame(
                    {
                        "scale": scale,
                        "loss": loss,
                        "model": model,
                        "bank": panel.banks[bank],
                        "date": dates,
                        "probability": answer.probability,
                        "code": panel.codes[:, bank].astype(np.int8),
                        "counted": panel.counted[:, bank],
                        "units": answer.setting.units,
                        "decay": answer.setting.decay,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def loans_found(study: BankStudy) -> pd.DataFrame:
    """Overnight loans by name: ``lender``, ``borrower``, ``date``, ``amount``, ``rate`` a year as a fraction."""
    log, loans = study.data.payments.log, study.loans
    names = np.array(log.accounts)
    return pd.DataFrame(
        {
            "lender": names[loans["lender"]],
            "borrower": names[loans["borrower"]],
            "date": log.sessions[loans["day"]],
            "amount": loans["amount"],
            "rate": loans["rate"].round(7),
        }
    )


def metrics(study: BankStudy, truth: Made | None, systems: pd.DataFrame | None) -> dict[str, Any]:
    """The figures for machines; ``losses`` are on the paper's scale, ``past_only`` on what was known."""
    panel = study.panels["whole"]
    found: dict[str, Any] = {
        "study": "bank-stress",
        "sessions": int(panel.x.shape[0]),
        "banks": {
            bank: {name: int((panel.codes[:, place] == code).sum()) for code, name in CODES.items()}
            for place, bank in enumerate(panel.banks)
        },
        "without_stress": without_stress(study),
        "features": list(panel.names),
        "alarm": ALARM,
        "losses": _losses(study, "whole"),
        "past_only": {"losses": _losses(study, "past")},
        "rivals": {
            scale: {rival: _scores(study, study.rival_scores(scale, rival)) for rival in TITLES} for scale in SCALES
        },
        "loans_found": len(study.loans),
        "notes": list(study.data.notes),
    }
    if truth is not None:
        market = truth.market
        found["furfine"] = {**market._asdict(), "found": _number(market.found), "false": _number(market.false)}
        found["system"] = {
            name: str(value) if name == "first" else value for name, value in asdict(truth.simulated.system).items()
        }
    if systems is not None:
        found["systems"] = table_of(systems)
    return found


def _losses(study: BankStudy, scale: str) -> dict[str, Any]:
    return {
        loss: {
            "models": {
                model: {
                    "title": MODELS[model].title,
                    **_scores(study, study.scores(scale, loss, model)),
                    "lead": {
                        bank: _number(value)
                        for bank, value in zip(study.data.banks, study.leads(scale, loss, model), strict=True)
                    },
                }
                for model in MODELS
            }
        }
        for loss in LOSSES
    }


def _scores(study: BankStudy, scores: list[Score]) -> dict[str, Any]:
    averages = {figure: average(scores, figure, study.options.seed) for figure in FIGURES}
    return {
        **{figure: _number(value.mean) for figure, value in averages.items()},
        "intervals": {figure: [_number(value.low), _number(value.high)] for figure, value in averages.items()},
        "banks": {
            bank: {
                name: _number(value) if isinstance(value, float) else value for name, value in score._asdict().items()
            }
            for bank, score in zip(study.data.banks, scores, strict=True)
        },
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def table_of(systems: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over systems, a row a strength, labels, scale, loss and model."""
    keys = ["strength", "labels", "scale", "loss", "model"]
    figures = [*FIGURES, *(f"{figure}_truth" for figure in FIGURES), "loans_found", "loans_false"]
    means = systems.groupby(keys, sort=False)[figures].mean().reset_index()
    counts = systems.groupby(keys, sort=False)["system"].nunique().to_numpy()
    return [
        {str(name): _number(value) if isinstance(value, float) else value for name, value in row.items()}
        | {"systems": int(n)}
        for row, n in zip(means.to_dict("records"), counts, strict=True)
    ]

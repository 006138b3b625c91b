"""What the study leaves behind: page, metrics, predictions, and what was simulated."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from scenarios.payments.tables import log_table, positions_table, rates_table, truth_table
from scenarios.study.numbers import number
from scenarios.study.result import Result, digest
from signals.payments.codes import CODES
from signals.payments.models import ALARM, LOSSES, MODELS
from signals.payments.panel import SCALES
from signals.payments.rivals import TITLES
from signals.payments.scores import Score, average

from .page import page
from .run import FIGURES, BankStudy, without_stress
from .truth import Made


def result(study: BankStudy, truth: Made | None, systems: pd.DataFrame | None) -> Result:
    """Page, figures, forecasts, loans and, where it was simulated, the system that was.

    Parameters
    ----------
    study
        The study, run.
    truth
        The simulated system and what was the case in it; ``None`` for a log of the user's own.
    systems
        Scores on many simulated systems, of :func:`~scenarios.study.banks.systems.run_systems`, if asked for.
    """
    tables: dict[str, pd.DataFrame | str] = {"loans_found.csv": loans_found(study).to_csv(index=False)}
    if truth is not None:
        tables |= _of_system(truth)
    if systems is not None:
        tables["systems.csv"] = systems.to_csv(index=False, float_format="%.6g")
    files = ("predictions.parquet", "metrics.json", *tables, "manifest.json")
    return Result(
        page(study, truth, systems, files),
        metrics(study, truth, systems),
        predictions(study),
        {"study": "bank-stress", "tuned": study.options.tuned, "banks": list(study.data.banks)},
        {"log": _digest(study)},
        study.options.seed,
        tables,
    )


def _of_system(truth: Made) -> dict[str, pd.DataFrame | str]:
    """The simulated system as files: what a log of one's own would hold, and the truth."""
    made = truth.simulated
    return {
        "log.parquet": log_table(made),
        "positions.parquet": positions_table(made),
        "stress.csv": truth.news.to_csv(index=False),
        "rates.csv": rates_table(made).to_csv(index=False),
        "loans.csv": made.loans.to_csv(index=False),
        "truth.parquet": truth_table(made),
    }


def _digest(study: BankStudy) -> str:
    log = study.data.payments.log
    arrays = (log.sessions.astype(np.int64), log.day, log.hour, log.payer, log.payee, log.amount, log.kind)
    return digest(arrays, [*log.accounts, *log.types])


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
    """The figures for machines; ``losses`` are on the paper's scale, ``past_only`` on what was known.

    Scores are fractions of days, leads in days; undefined ones are null.
    """
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
        found["furfine"] = {**market._asdict(), "found": number(market.found), "false": number(market.false)}
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
                        bank: number(value)
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
        **{figure: number(value.mean) for figure, value in averages.items()},
        "intervals": {figure: [number(value.low), number(value.high)] for figure, value in averages.items()},
        "banks": {
            bank: {
                name: number(value) if isinstance(value, float) else value for name, value in score._asdict().items()
            }
            for bank, score in zip(study.data.banks, scores, strict=True)
        },
    }


def table_of(systems: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over systems, a row a strength, labels, scale, loss and model."""
    keys = ["strength", "labels", "scale", "loss", "model"]
    figures = [*FIGURES, *(f"{figure}_truth" for figure in FIGURES), "loans_found", "loans_false"]
    means = systems.groupby(keys, sort=False)[figures].mean().reset_index()
    counts = systems.groupby(keys, sort=False)["system"].nunique().to_numpy()
    return [
        {str(name): number(value) if isinstance(value, float) else value for name, value in row.items()}
        | {"systems": int(n)}
        for row, n in zip(means.to_dict("records"), counts, strict=True)
    ]

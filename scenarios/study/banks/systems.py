"""The study on many simulated systems: what labels, strength of stress and the loss are worth on average."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from joblib import delayed

from scenarios.payments.episodes import true_codes
from scenarios.payments.news import written
from scenarios.payments.system import Simulated, simulate_payments
from scenarios.payments.terms import PaymentSystem
from scenarios.progress import Progress
from signals.payments.codes import codes_of_news
from signals.payments.features import Features, payment_features
from signals.payments.furfine import detection, overnight_loans
from signals.payments.models import ALARM, LOSSES, MODELS
from signals.payments.panel import SCALES, Panel, panel_of
from signals.payments.rivals import rival_alarms
from signals.payments.scores import average, called
from signals.payments.validate import Task, left_out
from simulator.core.pools import Bound, pool
from simulator.core.types import IntArray

from .run import FIGURES, scored

#: News that is clean, as the system has it, and poor: lateness, share missed, misleading items a year.
LABELS: Final = {"clean": (0.0, 0.0, 0.0), "news": None, "poor": (10.0, 0.3, 2.0)}
#: Factors on the strength of stress.
STRENGTHS: Final = {"half": 0.5, "usual": 1.0, "double": 2.0}


def seeds_of(seed: int, number: int) -> tuple[np.random.Generator, int]:
    """The generator of the ``number``-th system of a study, and the seed of its models."""
    return np.random.default_rng(np.random.SeedSequence([seed, number])), seed + number


def run_systems(system: PaymentSystem, count: int, seed: int, workers: int | None, progress: Progress) -> pd.DataFrame:
    """A row a system, strength, labels, scale, loss and model: precision, recall and F1, by labels and by the truth.

    Settings are not searched: every model takes the same in every system. Rules of one feature stand beside the models
    as a model ``one-feature`` under both losses; shares of loans found and falsely found are on every row.
    """
    units = [(system, strength, seed, number) for number in range(count) for strength in STRENGTHS]
    processes = workers or os.cpu_count() or 1
    progress("systems", 0, len(units))
    parallel = pool(processes, return_as="generator")
    found = (
        parallel(delayed(Bound(_unit))(*unit) for unit in units) if processes > 1 else (_unit(*unit) for unit in units)
    )
    rows: list[dict[str, Any]] = []
    for done, part in enumerate(found, 1):
        rows += part
        progress("systems", done, len(units))
    return pd.DataFrame(rows)


def _unit(system: PaymentSystem, strength: str, seed: int, number: int) -> list[dict[str, Any]]:
    rng, models = seeds_of(seed, number)
    strong = replace(system, strength=system.strength * STRENGTHS[strength])
    simulated = simulate_payments(strong, rng)
    loans = overnight_loans(simulated.payments)
    seen = detection(loans, simulated.loans, simulated.payments.log)
    features = payment_features(simulated.payments, loans)
    market = {"system": number, "strength": strength, "loans_found": seen.found, "loans_false": seen.false}
    rows = []
    for labels in LABELS if strength == "usual" else ("news",):
        codes = _codes(simulated, labels, seed + number)
        for scale in SCALES if (strength, labels) == ("usual", "news") else ("whole",):
            rows += [
                market | {"labels": labels, "scale": scale} | row
                for row in _judged(simulated, features, codes, scale, models)
            ]
    return rows


def _codes(simulated: Simulated, labels: str, seed: int) -> IntArray:
    changed = LABELS[labels]
    system = simulated.system
    if changed is not None:
        lateness, missed, misleading = changed
        system = replace(system, lateness=lateness, missed=missed, misleading=misleading)
    news = written(replace(simulated, system=system), np.random.default_rng([seed, 1]))
    log = simulated.payments.log
    return codes_of_news(news, log.sessions, [log.accounts[episode.bank] for episode in simulated.episodes])


def _judged(simulated: Simulated, features: Features, codes: IntArray, scale: str, seed: int) -> list[dict[str, Any]]:
    places = [episode.bank for episode in simulated.episodes]
    banks = [simulated.payments.log.accounts[place] for place in places]
    panel = panel_of(features, places, banks, codes, scale)
    truth = panel_of(features, places, banks, true_codes(simulated.system, simulated.episodes)[:, places], scale)
    every = range(len(banks))
    rows = []
    for loss in LOSSES:
        for model in MODELS:
            answers = [left_out(panel, Task(model, loss, bank, tuned=False), seed) for bank in every]
            alarms = [called(answer.probability, ALARM) for answer in answers]
            rows.append({"loss": loss, "model": model} | _figures(panel, truth, alarms, seed))
    alarms = [rival_alarms(panel, "one-feature", bank, seed)[0] for bank in every]
    figures = _figures(panel, truth, alarms, seed)
    return [*rows, *({"loss": loss, "model": "one-feature"} | figures for loss in LOSSES)]


def _figures(panel: Panel, truth: Panel, alarms: list[Any], seed: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for suffix, judge in (("", panel), ("_truth", truth)):
        scores = scored(judge, alarms)
        found |= {f"{figure}{suffix}": average(scores, figure, seed).mean for figure in FIGURES}
    return found

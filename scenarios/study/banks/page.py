"""The page of the study."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd

from reports.bank_figures import stress_path
from reports.findings import Cell, Findings, Line, Section, Table
from reports.findings_figures import Dot, dots
from reports.text import percent, plain
from signals.payments.codes import CODES, POSSIBLE_LASTS, STRESS, STRESS_LASTS
from signals.payments.models import ALARM, LOSSES, MODELS
from signals.payments.panel import SCALES, WARM_UP
from signals.payments.published import PRINTED
from signals.payments.rivals import TITLES
from signals.payments.scores import EARLY, Average, alarms_a_year, average, gap

from .run import FIGURES, BankStudy, without_stress
from .systems_section import systems_section
from .truth import Made

_HEADS: Final = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
_SCALE_TITLES: Final = {"whole": "whole sample (the paper's, looks ahead)", "past": "past only"}
#: Whose path is drawn: the paper's figure 2 shows it.
DRAWN: Final = ("weighted", "mlp-relu")
_DEFINITIONS: Final = (
    f"An alarm is a probability of at least {ALARM}. Precision: part of the alarms on sessions of stress (0 without an "
    "alarm, as the paper prints it); recall: part of the sessions of stress with an alarm; F1: their harmonic mean. "
    "Sessions of code 2 (possibly stress) and 4 (no longer operating) are in neither, nor are the first "
    f"{WARM_UP} of the log.",
    "Every probability of a bank comes from a model that has seen no session of it. Hidden units and decay are chosen "
    "by the least loss on banks held out of the training banks in turn.",
    "Weighted cross entropy weighs a session of stress by the share of sessions without, and the others by the rest.",
    "Whole sample: features are in deviations from the bank's mean over all of its sessions, later ones included, and "
    "a loan counts on the day it was made, although only its repayment tells it is one. Past only: mean and deviation "
    "of the sessions before, loans one session later, when they are known. An undefined feature takes its mean.",
    f"From news, an item of weak evidence says possibly stress for {POSSIBLE_LASTS} sessions, one of clear evidence "
    f"stress for {STRESS_LASTS} and possibly for the rest of {POSSIBLE_LASTS}.",
    "Intervals are the middle 90% over resampled banks: a handful of banks are a handful of observations.",
)


def page(study: BankStudy, truth: Made | None, systems: pd.DataFrame | None, files: Sequence[str]) -> Findings:
    """The content of the page."""
    log = study.data.payments.log
    sections = [_levels(study), *(_by_bank(study, loss) for loss in LOSSES), _scales(study), _paths(study)]
    sections += [_leads(study), _market(study, truth), _stress(study)]
    if systems is not None:
        sections.append(systems_section(systems))
    return Findings(
        title="Which banks are under liquidity stress",
        period=(
            f"{log.sessions[0]} to {log.sessions[-1]} · {log.sessions.size} sessions · {len(study.data.banks)} banks · "
            f"{log.amount.size:,} payments · after Heuver & Triepels, Liquidity stress detection in the European "
            "banking sector"
        ),
        verdicts=list(_verdicts(study, truth)),
        sections=sections,
        definitions=_DEFINITIONS,
        notes=[*_notes(study), *study.data.notes],
        files=files,
    )


def _notes(study: BankStudy) -> Iterator[str]:
    lacking = without_stress(study)
    if lacking:
        yield f"{', '.join(lacking)}: no session of stress that counts; in no average"


def _verdicts(study: BankStudy, truth: Made | None) -> Iterator[str]:
    if truth is not None:
        yield (
            "The payments are simulated, since real ones are confidential: levels tell how hard this system was made, "
            "differences what a method is worth in it."
        )
    plainly, weighted = (study.average("whole", loss, DRAWN[1], "f1") for loss in LOSSES)
    past = study.average("past", *DRAWN, "f1")
    printed = [PRINTED[loss]["Average"].f1[2] for loss in LOSSES]
    yield (
        f"Weighted cross entropy detects stress with F1 {_interval(weighted)}, plain with {_interval(plainly)} "
        f"({MODELS[DRAWN[1]].title}; the paper: {printed[1]} and {printed[0]}). With what was known on each day alone, "
        f"weighted comes to {_interval(past)}."
    )
    yield _against_rule(study)


def _against_rule(study: BankStudy) -> str:
    """The best of the three models beside the best rule of one feature, bank by bank."""
    seed = study.options.seed
    best = max(MODELS, key=lambda model: study.average("whole", "weighted", model, "f1").mean)
    rules = study.rival_scores("whole", "one-feature")
    more = gap(rules, study.scores("whole", "weighted", best), "f1", seed)
    word = "more than" if more.low > 0.0 else "less than" if more.high < 0.0 else "not distinguishable from"
    alone = _interval(average(rules, "f1", seed))
    return (
        f"The best rule of a single feature, chosen on the other banks, has F1 {alone}: "
        f"{word} the best of the three models, {MODELS[best].title} (bank by bank {_signed(more.mean)} "
        f"[{_signed(more.low)}, {_signed(more.high)}])."
    )


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.2f}"


def _interval(value: Average) -> str:
    return f"{_number(value.mean)} [{_number(value.low)}, {_number(value.high)}]"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else plain(value)


def _levels(study: BankStudy) -> Section:
    groups = {}
    for loss in LOSSES:
        for scale in SCALES:
            values = {model: study.average(scale, loss, model, "f1") for model in MODELS}
            groups[f"{loss}, {_SCALE_TITLES[scale]}"] = [
                Dot(MODELS[model].title, value.mean, value.low, value.high) for model, value in values.items()
            ]
    return Section(
        "levels",
        "How well stress is detected",
        "F1, mean over the banks that know stress, from models that have not seen the bank.",
        charts=[dots(groups, "F1")],
    )


def _by_bank(study: BankStudy, loss: str) -> Section:
    scores = {model: study.scores("whole", loss, model) for model in MODELS}
    head = ("Alarm at 0.9", *(f"{_HEADS[figure]}, {MODELS[model].title}" for figure in FIGURES for model in MODELS))
    lines = [
        Line(
            bank,
            [Cell(_number(getattr(scores[model][place], figure))) for figure in FIGURES for model in MODELS],
        )
        for place, bank in enumerate(study.data.banks)
    ]
    averages = [study.average("whole", loss, model, figure) for figure in FIGURES for model in MODELS]
    lines.append(
        Line("Average", [Cell(_number(of.mean), f"{_number(of.low)} to {_number(of.high)}") for of in averages])
    )
    printed = PRINTED[loss]["Average"]
    lines.append(Line("the paper's average", [Cell(f"{value:.2f}") for figure in printed for value in figure], "rule"))
    return Section(
        f"banks-{loss}",
        f"Bank by bank, {loss} cross entropy",
        f"The layout of the paper's Table {1 + LOSSES.index(loss)}; features on the scale of the whole sample.",
        tables=[Table(head, lines)],
    )


def _scales(study: BankStudy) -> Section:
    lines = []
    for loss in LOSSES:
        for name, model in MODELS.items():
            cells = [study.average(scale, loss, name, figure) for scale in SCALES for figure in FIGURES]
            lines.append(Line(f"{model.title}, {loss}", [Cell(_number(of.mean)) for of in cells]))
    for rival, title in TITLES.items():
        scores = [study.rival_scores(scale, rival) for scale in SCALES]
        cells = [average(of, figure, study.options.seed) for of in scores for figure in FIGURES]
        lines.append(Line(title, [Cell(_number(of.mean)) for of in cells], "rule"))
    head = ("", *(f"{_HEADS[figure]}, {_SCALE_TITLES[scale]}" for scale in SCALES for figure in FIGURES))
    rules = [
        Line(bank, [Cell(study.rivals[scale, "one-feature"][place][1]) for scale in SCALES])
        for place, bank in enumerate(study.data.banks)
    ]
    return Section(
        "scales",
        "What looking ahead is worth, and simple rivals",
        "The same models with features on the scale of the whole sample, which no supervisor had at the time, and on "
        "what was known; beside them the best rule of one feature and a forest that is told of no stress at all.",
        tables=[
            Table(head, lines),
            Table(("Bank left out", *(_SCALE_TITLES[scale] for scale in SCALES)), rules, "the rules of one feature"),
        ],
    )


def _paths(study: BankStudy) -> Section:
    dates = study.data.payments.log.sessions
    charts = []
    for place in range(len(study.data.banks)):
        paths = {_SCALE_TITLES[scale]: study.answers[(scale, *DRAWN)][place].probability for scale in SCALES}
        charts.append(
            stress_path(study.data.banks[place], dates, paths, study.panels["whole"].codes[:, place], CODES, ALARM)
        )
    return Section(
        "paths",
        "The probability of stress, bank by bank",
        f"{MODELS[DRAWN[1]].title} with weighted cross entropy, from banks other than the one shown, with the stress "
        "codes behind it (the paper's figure 2); the alarm is the dotted line.",
        charts=charts,
    )


def _leads(study: BankStudy) -> Section:
    days = study.data.payments.log.sessions
    a_year = days.size / max(float((days[-1] - days[0]).astype(int)) / 365.25, 1.0 / 365.25)
    head = ("Bank left out", *(f"{MODELS[model].title}, {scale}" for model in MODELS for scale in SCALES))
    leads = {(model, scale): study.leads(scale, "weighted", model) for model in MODELS for scale in SCALES}
    alarms = {(model, scale): study.alarms(scale, "weighted", model) for model in MODELS for scale in SCALES}
    lines = []
    for place, bank in enumerate(study.data.banks):
        cells = []
        for key, values in leads.items():
            false = alarms_a_year(alarms[key][place], study.panels[key[1]], place, a_year)
            lead = "–" if math.isnan(values[place]) else f"{values[place]:.0f}"
            cells.append(Cell(lead, f"{_number(false)} false a year"))
        lines.append(Line(bank, cells))
    return Section(
        "leads",
        "How early",
        f"Sessions from the first alarm within the {EARLY} before the first session of stress to that session; – "
        "without one. Below: false alarms a year, since who always cries is early too. Weighted cross entropy.",
        tables=[Table(head, lines)],
    )


def _market(study: BankStudy, truth: Made | None) -> Section:
    loans = study.loans
    lines = [
        Line("loans found", [Cell(f"{len(loans):,}")]),
        Line("value, million a session", [Cell(plain(loans["amount"].sum() / 1e6 / study.data.codes.shape[0]))]),
        Line("median rate", [Cell(percent(float(loans["rate"].median())) if len(loans) else "–")]),
    ]
    if truth is not None:
        market = truth.market
        lines += [
            Line("true overnight loans", [Cell(f"{market.true:,}")]),
            Line("of them found", [Cell(percent(market.found))]),
            Line("named that are none", [Cell(percent(market.false))]),
        ]
    return Section(
        "market",
        "The money market in the log",
        "Payments of at least a million in steps of a hundred thousand that came back on the next session with "
        "a plausible interest (Furfine). Loans of a week, and those repaid in parts, cannot be seen this way.",
        tables=[Table(("", ""), lines)],
    )


def _stress(study: BankStudy) -> Section:
    panel = study.panels["whole"]
    dates = study.data.payments.log.sessions
    lines = []
    for place, bank in enumerate(panel.banks):
        codes = panel.codes[:, place]
        stress = np.flatnonzero(codes == STRESS)
        first = str(dates[stress[0]]) if stress.size else "–"
        lines.append(Line(bank, [*(Cell(str(int((codes == code).sum()))) for code in CODES), Cell(first)]))
    head = ("Bank", *(f"{code} {name}" for code, name in CODES.items()), "first stress")
    return Section(
        "codes",
        "What the banks are said to have been through",
        "Sessions by stress code.",
        tables=[Table(head, lines)],
    )

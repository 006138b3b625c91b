"""The page of the study."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from reports.equity_figures import dependence, scatter
from reports.findings import Cell, Findings, Line, Section, Table
from reports.findings_figures import Dot, dots
from reports.text import percent, plain
from signals.equity.explain import contributions, partial_dependence
from signals.equity.features import SETS, FeatureSet, design
from signals.equity.labels import LARGEST_FALL
from signals.equity.models import ALWAYS, MODELS, SIZE, made
from signals.equity.published import TABLES, recovered
from signals.equity.scores import Counts
from signals.equity.validate import Task

from .classes import TAKEN
from .run import CHOSEN_MODEL, CHOSEN_SET, LABELS, EquityStudy, Run, averaged

_COLUMNS: Final = (
    ("accuracy", "Acc"),
    ("error", "Err"),
    ("sensitivity", "Sens."),
    ("specificity", "Spec."),
    ("balanced_accuracy", "BA"),
    ("weighted_liquid_printed", "WBA_L"),
    ("weighted_illiquid_printed", "WBA_ILL"),
    ("weighted_liquid_stated", "WBA_L as stated"),
    ("weighted_illiquid_stated", "WBA_ILL as stated"),
    ("auc", "AUC"),
)
_SHARES_SHOWN: Final = 2000
_DEFINITIONS: Final = (
    f"Price drop: a share is illiquid if its price fell by more than {LARGEST_FALL:.0%} in logs over "
    "any 20 sessions of "
    "the window (LCR delegated act, Article 12(1)(c)). Amihud: the largest 20-session mean of absolute return over "
    "dollar volume; the same part of shares is called illiquid as by the price drop, since it has no threshold.",
    "Liquid is the positive class. Sensitivity: part of the liquid shares that were called so; specificity: of the "
    "illiquid ones. BA: their mean. WBA_L and WBA_ILL are shown as the paper's tables print them "
    "(0.75 sensitivity + 0.25 "
    "specificity; 0.75 precision of the liquid class + 0.25 specificity) and as its Table 5 states "
    "them (weighted means of "
    "sensitivity and specificity, halved).",
    "Every probability is out of fold: five folds, stratified by class, drawn anew with each seed; "
    "searches over settings "
    "see the training folds alone. Figures are means over seeds.",
    "On the Amihud label size alone does nearly as well as any model: size is dollar volume here, and that is the "
    "measure's own denominator.",
)


def page(study: EquityStudy, table: pd.DataFrame) -> Findings:
    """The content of the page; ``table`` is that of :func:`~scenarios.study.equity.classes.class_table`."""
    return Findings(
        title="Which shares stay liquid under stress",
        period=(
            f"{study.window} · {len(study.data.bars.tickers)} shares · features from the "
            f"{study.history} sessions before · "
            "after Tarkocin & Donduran, Liquidity classification of equities under stress using machine learning models"
        ),
        verdicts=list(_verdicts(study)),
        sections=[
            _windows(study),
            *(_models(study, label) for label in LABELS),
            _timing(study),
            _checks(study),
            _sectors(study),
            _reasons(study),
            _classes(table),
            _printed(),
        ],
        definitions=_DEFINITIONS,
        notes=study.data.notes,
        files=("classes.csv", "instruments.csv", "predictions.parquet", "metrics.json", "manifest.json"),
    )


def _best(study: EquityStudy, label: str, shown: str) -> tuple[Run, dict[str, float]]:
    runs = [run for run in study.runs if (run.label, run.shown.name) == (label, shown) and not MODELS[run.model].rival]
    scored = [(run, study.scores(run)) for run in runs]
    return max(scored, key=lambda pair: pair[1]["balanced_accuracy"])


def _verdicts(study: EquityStudy) -> Iterator[str]:
    for label, title in LABELS.items():
        (simple, plainly), (past, more) = (_best(study, label, name) for name in ("V4", CHOSEN_SET))
        size = study.scores(study.of(label, "V4", SIZE))
        yield (
            f"By the {title}, sector, beta and size known before the window classify shares with a "
            "balanced accuracy of "
            f"{percent(plainly['balanced_accuracy'])} (AUC {plain(plainly['auc'])}, "
            f"{MODELS[simple.model].title}); with "
            f"volatility, return and Amihud of the past {percent(more['balanced_accuracy'])} (AUC "
            f"{plain(more['auc'])}, "
            f"{MODELS[past.model].title}). Each is the best of ten models. "
            f"Size alone: {percent(size['balanced_accuracy'])}; always illiquid: 50.0%."
        )
    inside = [
        study.scores(study.of(label, "V4-inside", CHOSEN_MODEL))["balanced_accuracy"]
        - study.scores(study.of(label, "V4", CHOSEN_MODEL))["balanced_accuracy"]
        for label in LABELS
    ]
    yield (
        "The paper measures size and volume inside the stress it predicts. That look-ahead is worth "
        f"{100 * inside[0]:+.1f} points of balanced accuracy on the price drop and "
        f"{100 * inside[1]:+.1f} on the Amihud "
        f"label here ({MODELS[CHOSEN_MODEL].title}, V4)."
    )


def _windows(study: EquityStudy) -> Section:
    lines = [
        Line(
            window.name,
            [Cell(f"{window.first} to {window.last}"), Cell(percent(fall))],
            "" if window == study.window else "rule",
        )
        for window, fall in sorted(study.candidates.items(), key=lambda item: item[1])
    ]
    return Section(
        "windows",
        "The window of stress",
        "The candidate with the largest mean fall over 20 sessions (the paper's Table 2, which shows -50% for its 882 "
        "shares in September to November 2008). Candidates that the data do not cover are not listed.",
        tables=[Table(("Window", "Days", "Mean largest fall in 20 sessions"), lines)],
    )


def _cells(scores: dict[str, float]) -> list[Cell]:
    return [Cell(_score(key, scores[key])) for key, _ in _COLUMNS]


def _score(key: str, value: float) -> str:
    if math.isnan(value):
        return "–"
    return plain(value) if key == "auc" else percent(value)


def _rows(study: EquityStudy, label: str, shown: FeatureSet) -> list[Line]:
    return [
        Line(MODELS[run.model].title, _cells(study.scores(run)), "rule" if MODELS[run.model].rival else "")
        for run in study.runs
        if run.label == label and run.shown == shown
    ]


def _models(study: EquityStudy, label: str) -> Section:
    known = [shown for shown in SETS if not shown.hindsight]
    groups = {
        shown.title: [
            Dot(MODELS[run.model].title, study.scores(run)["balanced_accuracy"])
            for run in study.runs
            if run.label == label and run.shown == shown and run.model != ALWAYS
        ]
        for shown in known
    }
    head = ("Model", *(title for _, title in _COLUMNS))
    run = study.of(label, CHOSEN_SET, CHOSEN_MODEL)
    counts = Counts.of(run.probability.mean(axis=0) >= 0.5, study.actual[label])
    confusion = Table(
        (f"{MODELS[CHOSEN_MODEL].title}, {CHOSEN_SET}", "called liquid", "called illiquid"),
        [
            Line("liquid", [Cell(str(counts.true_liquid), "", "good"), Cell(str(counts.false_illiquid))]),
            Line("illiquid", [Cell(str(counts.false_liquid)), Cell(str(counts.true_illiquid), "", "good")]),
        ],
    )
    actual = study.actual[label]
    return Section(
        f"models-{label.replace('_', '-')}",
        f"Models, by the {LABELS[label]}",
        f"{int(actual.sum())} shares are liquid and {int((~actual).sum())} illiquid. The tables have the layout of the "
        "paper's Tables 9 and 10; every column is known before the window.",
        charts=[dots(groups, "balanced accuracy", 0.5)],
        tables=[
            *(Table((f"{head[0]}, {shown.title}", *head[1:]), _rows(study, label, shown)) for shown in known),
            confusion,
        ],
    )


def _timing(study: EquityStudy) -> Section:
    head = ("Model", *(title for _, title in _COLUMNS))
    tables = [
        Table((f"{LABELS[label]}: {shown.title}", *head[1:]), _rows(study, label, shown))
        for label in LABELS
        for shown in SETS
        if shown.hindsight
    ]
    return Section(
        "timing",
        "The paper's timing, which looks ahead",
        "Size and volume measured inside the window of stress, as the paper's Table 3 has them. On "
        "the Amihud label this "
        "shows a model its own answer: the measure is a return over that very volume. What differs "
        "in the data besides: "
        "the paper has 882 shares of seven exchanges with market capitalisation and industry.",
        tables=tables,
    )


def _checks(study: EquityStudy) -> Section:
    lines = []
    for label, title in LABELS.items():
        for (of, model), answer in study.sector_out.items():
            if of == label:
                inside = study.scores(study.of(label, CHOSEN_SET, model))
                there = averaged(answer, study.actual[label])
                after = _out_of_period(study, label, model)
                lines.append(
                    Line(
                        f"{MODELS[model].title}, {title}",
                        [_pair(inside), _pair(there), Cell("-") if after is None else _pair(after)],
                    )
                )
    later = "another window" if study.other is None else str(study.other)
    return Section(
        "checks",
        "Sectors left out, and another stress",
        f"Balanced accuracy and, below it, AUC of {CHOSEN_SET}: in five folds; for each sector by "
        "models that saw none of its "
        f"shares (and no sector); and of models fitted on this window, tried on {later} with what was "
        "known before that. "
        "Levels of volatility and Amihud were then several times as high, so that trees, which cut at levels of this "
        "window, call nearly all shares alike.",
        tables=[Table(("Model", "five folds", "sector left out", later), lines)],
    )


def _out_of_period(study: EquityStudy, label: str, model: str) -> dict[str, float] | None:
    answer = study.other_probability.get((label, model))
    return None if answer is None else averaged(answer, study.other_actual[label])


def _pair(scores: dict[str, float]) -> Cell:
    return Cell(percent(scores["balanced_accuracy"]), f"AUC {plain(scores['auc'])}")


def _sectors(study: EquityStudy) -> Section:
    bars = study.data.bars
    charts, tables = [], []
    for label, title in LABELS.items():
        actual = study.actual[label]
        charts.append(
            scatter(study.columns["beta"], study.columns["size"], actual, bars.tickers, "log of median dollar volume")
        )
        lines = []
        for sector in [*sorted(set(bars.sectors.tolist())), "All shares"]:
            here = np.ones(actual.size, np.bool_) if sector == "All shares" else bars.sectors == sector
            lines.append(
                Line(sector, list(_sector_cells(study, here, actual)), "rule" if sector == "All shares" else "")
            )
        head = (
            title,
            "liquid",
            "illiquid",
            "% illiquid",
            "beta, liquid",
            "beta, illiquid",
            "size, liquid",
            "size, illiquid",
        )
        tables.append(Table(head, lines))
    return Section(
        "sectors",
        "By sector, beta and size",
        "The paper's figures 1 and 3 and Tables 6 to 8: one chart and one table a label.",
        charts=charts,
        tables=tables,
    )


def _sector_cells(study: EquityStudy, here: np.ndarray, actual: np.ndarray) -> Iterator[Cell]:
    yield Cell(str(int((here & actual).sum())))
    yield Cell(str(int((here & ~actual).sum())))
    yield Cell(percent(float((~actual)[here].mean())))
    for name in ("beta", "size"):
        for which in (actual, ~actual):
            values = study.columns[name][here & which]
            yield Cell(plain(float(values.mean())) if values.size else "-")


def _reasons(study: EquityStudy) -> Section:
    shown = next(shown for shown in SETS if shown.name == CHOSEN_SET)
    x, names = design(dict(study.columns), shown, study.data.bars.sectors)
    charts, lines = [], []
    for label, title in LABELS.items():
        task = Task(x, study.actual[label], CHOSEN_MODEL)
        model = made(CHOSEN_MODEL, study.options.seed, 0.0).fit(x, study.actual[label].astype(np.int64))
        curves = {name: partial_dependence(model, x, number) for number, name in enumerate(shown.columns)}
        charts.append(dependence(curves, f"probability of liquid, {title}"))
        found = contributions(task, names, study.options.seed)
        lines.append(Line(title, [Cell(f"{name} {value:.2f}") for name, value in found.items()]))
    width = max(len(line.cells) for line in lines)
    return Section(
        "reasons",
        "What moves the forecast",
        f"Partial dependence of {MODELS[CHOSEN_MODEL].title} on {CHOSEN_SET}, fitted on all shares; "
        "below, the mean absolute Shapley "
        "contribution in log-odds of each column, of gradient-boosted trees on the same columns, the largest first.",
        charts=charts,
        tables=[Table(("Label", *(f"{place}." for place in range(1, width + 1))), lines)],
    )


def _share(row: Mapping[Hashable, Any]) -> Line:
    right = row["liquid"] == row["was_liquid"]
    return Line(
        str(row["ticker"]),
        [
            Cell(str(row["sector"])),
            Cell(percent(row["probability"])),
            Cell("liquid" if row["liquid"] else "illiquid", "", "good" if right else "bad"),
            Cell(percent(row["largest_fall"])),
            Cell(f"{row['eu_level']}, {row['eu_haircut']:.0%}"),
            Cell(f"{row['basel_level']}, {row['basel_haircut']:.0%}"),
            Cell(f"{row['basel_secured_run_off']:.0%}"),
            Cell(f"{row['basel_stable_funding']:.0%}"),
        ],
    )


def _classes(table: pd.DataFrame) -> Section:
    lines = [_share(row) for row in table.head(_SHARES_SHOWN).to_dict("records")]
    left = (
        f" The first {_SHARES_SHOWN} of {len(table)} are shown; classes.csv has all."
        if len(table) > _SHARES_SHOWN
        else ""
    )
    head = (
        "Share", "Sector", "P(liquid)", "Class", "Largest fall", "EU level, haircut", "Basel level, haircut",
        "Run-off of secured funding", "Stable funding for its term",
    )  # fmt: skip
    return Section(
        "classes",
        "The class of each share",
        f"Out-of-fold probability of {MODELS[CHOSEN_MODEL].title} on {CHOSEN_SET}, mean over seeds; "
        "green where the class was "
        "right. A share counts as level 2B if it is called liquid and its issuer is not financial; "
        f"{TAKEN} are not in the "
        f"data and taken as met. instruments.csv has level and haircut to copy into [instruments] of a scenario.{left}",
        tables=[Table(head, lines, "every share")],
    )


def _printed() -> Section:
    head = ("Model", *(title for _, title in _COLUMNS[:-1]), "AUC, printed")
    tables = []
    for label, rows in TABLES.items():
        lines = []
        for row in rows:
            scores = recovered(row, label).scores()
            cells = [Cell(percent(scores[key])) for key, _ in _COLUMNS[:-1]]
            lines.append(Line(row.model, [*cells, Cell(plain(row.auc / 100.0))]))
        tables.append(
            Table(
                (f"Table {9 if label == 'price_drop' else 10} of the paper", *head[1:]),
                lines,
                f"{LABELS[label]}: the paper's rows",
            )
        )
    return Section(
        "published",
        "The paper's own rows",
        "Recomputed from the confusion matrices behind its Tables 9 and 10 (340 and 339 of 882 "
        "shares liquid), which give "
        "every printed decimal.",
        tables=tables,
    )

"""The section on many simulated systems."""

from __future__ import annotations

from typing import Final

import pandas as pd

from reports.findings import Cell, Line, Section, Table
from reports.findings_figures import Dot, dots
from reports.text import percent, plain
from signals.payments.models import LOSSES, MODELS
from signals.payments.published import PRINTED

from .run import FIGURES

_CASES: Final = (
    ("usual", "clean", "whole", "clean labels"),
    ("usual", "news", "whole", "labels as news has them"),
    ("usual", "poor", "whole", "poor labels"),
    ("half", "news", "whole", "half the strength of stress"),
    ("double", "news", "whole", "double the strength"),
    ("usual", "news", "past", "features of the past only"),
)
_TITLES: Final = {**{name: model.title for name, model in MODELS.items()}, "one-feature": "rule of one feature"}


def systems_section(systems: pd.DataFrame) -> Section:
    """Means over systems of every case, with the standard deviation between them. Scores are fractions of days."""
    count = systems["system"].nunique()
    lines = []
    for strength, labels, scale, title in _CASES:
        case = systems[(systems["strength"] == strength) & (systems["labels"] == labels) & (systems["scale"] == scale)]
        for name, shown in _TITLES.items():
            cells = []
            for loss in LOSSES:
                rows = case[(case["loss"] == loss) & (case["model"] == name)]
                cells += [Cell(plain(float(rows[figure].mean())), _deviation(rows[figure])) for figure in FIGURES]
                cells.append(Cell(plain(float(rows["f1_truth"].mean()))))
            lines.append(Line(f"{title}: {shown}", cells, "rule" if name == "one-feature" else ""))
    lines.append(Line("the paper, MLP2 (relu)", [cell for loss in LOSSES for cell in _printed(loss)], "rule"))
    heads = [f"{name}, {loss}" for loss in LOSSES for name in ("precision", "recall", "F1", "F1 by the truth")]
    market = systems.drop_duplicates(["system", "strength"])
    groups = {
        title: [Dot(_TITLES[name], float(_f1(systems, strength, labels, scale, name).mean())) for name in _TITLES]
        for strength, labels, scale, title in _CASES
    }
    return Section(
        "systems",
        f"{count} simulated systems",
        "Means over systems, below them the standard deviation between systems; no setting is searched here. F1 by the "
        "truth: the same alarms held against what was the case instead of what the news said. The chart is F1 under "
        f"weighted cross entropy. Of the overnight loans {percent(market['loans_found'].min())} at least were found, "
        f"and {percent(market['loans_false'].max())} at most of those named were none.",
        charts=[dots(groups, "F1, weighted cross entropy")],
        tables=[Table(("", *heads), lines)],
    )


def _printed(loss: str) -> list[Cell]:
    row = PRINTED[loss]["Average"]
    return [*(Cell(f"{getattr(row, figure)[2]:.2f}") for figure in FIGURES), Cell("")]


def _f1(systems: pd.DataFrame, strength: str, labels: str, scale: str, model: str) -> pd.Series:
    here = (systems["strength"] == strength) & (systems["labels"] == labels) & (systems["scale"] == scale)
    return systems[here & (systems["loss"] == "weighted") & (systems["model"] == model)]["f1"]


def _deviation(values: pd.Series) -> str:
    return f"± {plain(float(values.std(ddof=1)))}" if len(values) > 1 else ""

"""One registry for every figure: an entry is enough for all outputs, and all outputs agree with it."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from reports import write_metrics, write_page
from reports.sheet_figures import page_rows
from reports.sweep import METRICS, SHOWN
from reports.text import TICKS, heading, phrase, written
from scenarios.schema import JudgeSection
from scenarios.table import figure_lines
from simulator.core import abi
from simulator.metrics import (
    DOWN,
    FLOWS,
    LEADING,
    LIMIT,
    PAIRED,
    POLICY,
    SPAN,
    UP,
    WINDOW,
    Measure,
    RunArrays,
    policy_metrics,
    swept,
)
from simulator.metrics.document import tables, with_tables
from simulator.metrics.registry import compared
from tests.reports.made_page import made
from tests.tables import by_row

README = Path(__file__).resolve().parents[2] / "simulator" / "metrics" / "README.md"
GROUPS = {"policy": POLICY, "flows": FLOWS, "window": WINDOW, "span": SPAN, "limit": LIMIT}
ALL = [
    pytest.param(measure, id=f"{group}-{measure.name}") for group, table in GROUPS.items() for measure in table.values()
]

WORST_DAY = Measure[RunArrays](
    name="worst_day",
    title="Worst day",
    unit="fraction",
    better=UP,
    digits=3,
    brief="worst",
    definition="The least return of any session, made up for a test.",
    of=lambda run: float(run.daily_returns.min()),
    paired=lambda books: books.returns.min(axis=1),
)


def test_one_entry_is_enough_for_every_output(monkeypatch, tmp_path):
    monkeypatch.setitem(POLICY, WORST_DAY.name, WORST_DAY)
    comparison = made(2, 0, 300)
    worst = {name: record.returns.min() for name, record in comparison.records.items()}
    write_metrics(comparison, tmp_path)
    write_page(comparison, tmp_path / "index.html")
    policies = json.loads((tmp_path / "metrics.json").read_text())["policies"]
    assert {name: figures["worst_day"] for name, figures in policies.items()} == worst
    head, *rows = [line.split(",") for line in (tmp_path / "metrics.csv").read_text().splitlines()]
    assert {row[0]: float(row[head.index("worst_day")]) for row in rows} == worst
    text = (tmp_path / "index.html").read_text()
    shown = {name: f"{100 * value:.3f}%" for name, value in worst.items()}
    assert {name: row["Worst day"] for name, row in by_row(text, "comparison").items()} == shown
    assert re.search(f"<dt>Worst day</dt><dd>{WORST_DAY.definition}</dd>", text)
    lines = figure_lines(comparison.metrics)
    assert lines[0].split()[-1] == "worst"
    assert {line.split()[0]: line.split()[-1] for line in lines[2:]} == shown
    assert page_rows()["Worst day"] is WORST_DAY
    assert list(compared(POLICY)) == [*PAIRED, "worst_day"]
    assert f"| `worst_day` | fraction | up |  | {WORST_DAY.definition} |" in tables()


def test_the_readme_is_in_step_with_the_registry():
    text = README.read_text(encoding="utf-8")
    assert text == with_tables(text), "run python -m simulator.metrics.document simulator/metrics/README.md"


@pytest.mark.parametrize("measure", ALL)
def test_every_measure_says_what_it_is(measure):
    assert measure.definition.endswith(".")
    assert measure.title
    assert measure.unit in {*TICKS, "date"}
    assert measure.better in {UP, 0, DOWN}
    assert "".join(heading(measure)).replace(" ", "") == measure.title.replace(", ", "").replace(" ", "")
    assert phrase(measure)[0] == phrase(measure).strip()[0]


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_no_two_measures_of_a_group_have_one_name(group):
    assert len({measure.title for measure in group.values()}) == len(group)
    assert [measure.name for measure in group.values()] == list(group)


def test_sweeps_have_what_the_kernel_writes():
    assert tuple(measure.name for measure in swept()) == abi.FIGURES
    assert swept() == METRICS
    assert set(SHOWN) < set(abi.FIGURES)
    assert {measure.column for measure in PAIRED.values()} < set(abi.FIGURES)  # placebos are read from there


def test_signals_are_judged_by_what_is_compared_and_better_higher():
    stated = {"policy": "out", "against": ["volatility"]}
    assert next(iter(PAIRED)) == LEADING == JudgeSection(**stated).measure
    for measure in PAIRED.values():
        if measure.better == UP:
            assert JudgeSection(**stated, measure=measure.name).measure == measure.name
    with pytest.raises(ValidationError, match="'sharpe', 'cagr' or 'max_drawdown'"):
        JudgeSection(**stated, measure="cost_bps_annual")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("cagr", 0.1234, "12.3%"),
        ("max_drawdown", float("nan"), "–"),
        ("recovery_sessions", None, "not yet"),
        ("recovery_sessions", 1234, "1,234"),
        ("cost_bps_annual", 3.456, "3.46"),
        ("fill_sessions_mean", 2.25, "2.2"),
        ("final_nav", 12_340_000.0, "12.3m"),
        ("ruined", "2020-03-16", "2020-03-16"),
    ],
)
def test_units_say_how_figures_are_written(name, value, text):
    assert written(POLICY[name], value) == text


def test_figures_are_read_by_name_and_travel_between_processes():
    record = next(iter(made(1, 0, 60).records.values()))
    figures = policy_metrics(record)
    assert figures.final_nav == figures["final_nav"] == record.nav.iloc[-1]
    assert list(dict(figures)) == list(POLICY)
    again = pickle.loads(pickle.dumps(figures))
    assert again.as_dict() == figures.as_dict()
    with pytest.raises(AttributeError, match="no figure 'alpha'"):
        _ = figures.alpha


def test_what_is_optional_is_left_out_where_undefined():
    table = policy_metrics(next(iter(made(1, 0, 60).records.values()))).as_dict()
    assert {name for name, measure in POLICY.items() if measure.optional} == {"final_nav_gross", "ruined"}
    assert not {"final_nav_gross", "ruined"} & set(table)
    assert table["windows"] == {}
    assert np.isfinite(table["final_nav"])

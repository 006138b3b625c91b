"""Between two points a chart shows what was known then: a value that is published holds until the next one is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from reports import figures
from reports.bank_figures import stress_path
from reports.card_figures import trace_chart as card_trace
from reports.explanation_figures import around
from reports.findings_figures import lines
from reports.forecast_figures import precision_chart
from reports.forecast_figures import trace_chart as forecast_trace
from reports.forecast_study import Curve, Trace
from reports.spacing import changes
from reports.warning_figures import index_chart
from reports.warning_study import IndexView
from simulator.core.panels import SignalPanel

DAYS = pd.bdate_range("2024-01-01", periods=15)
WEEKLY = np.repeat([1.0, 3.0, 2.0], 5)  # published on Mondays
WHOLE = pd.date_range(DAYS[0], DAYS[-1])
SHOWN = np.concatenate([np.repeat([1.0, 3.0], 7), np.full(5, 2.0)])  # of each calendar day, weekends too


def at(trace, days):
    """What a line of Plotly's shows on days: in steps where it is told so, else on the slope between two points."""
    text = np.asarray(trace.x)
    dates = pd.to_datetime(text, unit="ms") if text.dtype.kind == "f" else pd.DatetimeIndex(text)
    x, y = dates.to_numpy().astype(np.int64), np.asarray(trace.y, np.float64)
    asked = days.as_unit(dates.unit).to_numpy().astype(np.int64)
    if trace.line.shape == "hv":
        return y[np.searchsorted(x, asked, side="right") - 1]
    return np.interp(asked, x, y)


def line(figure, name):
    return next(trace for trace in figure.data if trace.name == name and trace.mode == "lines")


def explained():
    window = {"dates": list(DAYS), "on": [False] * 15, "probability": WEEKLY, "event": [False] * 15, "levels": None}
    return around({"around": window, "date": "2024-01-03", "probability": 1.0})


def card():
    trace = SimpleNamespace(dates=DAYS, probability=WEEKLY, stressed=[])
    return card_trace(SimpleNamespace(trace=trace, failures=SimpleNamespace(misses=[], false_alarms=[])))


@pytest.mark.parametrize(
    ("figure", "name"),
    [
        (explained(), "forecast"),
        (card(), "probability"),
        (forecast_trace(Trace("a", 5, DAYS.to_numpy(), WEEKLY, np.zeros(15), DAYS[:0].to_numpy())), "probability"),
        (stress_path("b", DAYS.to_numpy(), {"p": WEEKLY / 100.0}, np.zeros(15, int), {}, 0.9), "p"),
        (lines({"m": (DAYS.to_numpy()[::5], WEEKLY[::5])}, "share"), "m"),
        (index_chart(IndexView("i", DAYS.to_numpy(), WEEKLY, np.column_stack([WEEKLY, WEEKLY + 1.0]))), "i"),
        (index_chart(IndexView("i", DAYS.to_numpy(), WEEKLY, np.column_stack([WEEKLY, WEEKLY]))), "amber above"),
        (index_chart(IndexView("i", DAYS.to_numpy(), WEEKLY, np.column_stack([WEEKLY, WEEKLY]))), "red above"),
    ],
)
def test_a_value_holds_until_the_next_is_known(figure, name):
    assert at(line(figure, name), WHOLE).tolist() == SHOWN.tolist()


def panel(sessions, level):
    values = np.column_stack([level, np.zeros((level.size, 2))])
    days = sessions.to_numpy().astype("datetime64[D]")
    return SignalPanel(days, ("level", "state", "fire"), values, days)


def test_a_weekly_signal_over_thirty_years_is_drawn_exactly():
    sessions = pd.bdate_range("1994-01-03", periods=7_400)
    level = np.repeat(np.random.default_rng(3).choice([0.0, 1.0, 2.0], 1_480), 5)
    level[:20] = np.nan
    drawn = line(figures.signals({"s": panel(sessions, level)}), "s: level")
    assert np.array_equal(at(drawn, sessions), level, equal_nan=True)
    assert len(drawn.x) <= 1_500
    assert np.diff(drawn.x).max() < 30 * 86_400_000, "the pointer finds a point within a month"


def test_a_signal_of_every_day_keeps_its_extremes():
    sessions = pd.bdate_range("1994-01-03", periods=7_400)
    level = np.random.default_rng(4).normal(size=7_400)
    drawn = line(figures.signals({"s": panel(sessions, level)}), "s: level")
    assert len(drawn.x) < 2_000
    assert max(drawn.y) == np.float32(level.max())
    assert min(drawn.y) == np.float32(level.min())


def test_rows_of_a_line_in_steps():
    gaps = np.array([np.nan, np.nan, 1.0, 1.0, np.nan, 2.0, 2.0, 2.0])
    assert changes(gaps).tolist() == [0, 2, 4, 5, 7]
    assert changes(np.array([4.0])).tolist() == [0]
    assert changes(np.array([])).tolist() == []


def test_the_area_under_precision_and_recall_is_the_average_precision():
    """Four days ranked, the first, third and fourth with an event: precision 1, 1/2, 2/3, 3/4 at recall 1/3 to 1."""
    curve = Curve("a", np.array([1, 1, 2, 3]) / 3.0, np.array([1.0, 1 / 2, 2 / 3, 3 / 4]))
    trace = precision_chart(SimpleNamespace(curves=[curve], rules={}, base_rate=0.5)).data[0]
    x, y = np.asarray(trace.x), np.asarray(trace.y)
    assert trace.line.shape == "vh"  # up or down to the precision of a point, then across to it
    area = x[0] * y[0] + (np.diff(x) * y[1:]).sum()
    assert area == pytest.approx((1.0 + 2 / 3 + 3 / 4) / 3, abs=1e-4)

"""Every figure of the comparison page, against the records it is made from."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from reports import figures, limits
from reports.figures import COLOURS, GREY, kept
from reports.text import bps, integer, money, percent, plain
from simulator.core import abi
from simulator.ledger import Kind
from simulator.metrics import limit_days
from tests.reports.made_page import made, page
from tests.tables import by_row, cells


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    comparison, path = page(tmp_path_factory.mktemp("page"), 3, 2)
    return comparison, path.read_text()


def wanted(record):
    """The table's row, from the record alone: nothing of ``simulator.metrics`` is used."""
    returns, cash = record.returns.to_numpy(), record.accrual
    span = (record.index[-1] - record.index[0]).days / 365.25
    level = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    fall = level / np.maximum.accumulate(level) - 1.0
    excess = returns - cash
    downside = np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2))
    opening = np.concatenate([[record.initial_cash], record.nav.to_numpy()[:-1]])
    traded = np.maximum(record.daily["bought"], record.daily["sold"]) / record.nav.to_numpy()
    halved = (record.daily["bought"] + record.daily["sold"]) / 2.0 / record.nav.to_numpy()
    costs = record.costs.to_numpy() / opening[:, None] * 1e4
    cover = record.liquidity["coverage"]
    after = np.flatnonzero(fall[fall.argmin() :] >= 0.0)
    return {
        "CAGR": f"{100 * (level[-1] ** (1 / span) - 1):.1f}%",
        "Volatility": f"{100 * returns.std(ddof=1) * 252**0.5:.1f}%",
        "Sharpe": f"{excess.mean() / excess.std(ddof=1) * 252**0.5:.2f}",
        "Sortino": f"{excess.mean() / downside * 252**0.5:.2f}",
        "Max drawdown": f"{100 * fall.min():.1f}%",
        "Recovery sessions": f"{after[0]:,}" if after.size else "not yet",
        "Turnover a year": f"{100 * traded.sum() / span:.1f}%",
        "Turnover halved": f"{100 * halved.sum() / span:.1f}%",
        "Cost bps a year": bps(costs.sum() / span),
        "Displacement bps a year": bps((-record.daily["impact_pnl"] / opening).sum() * 1e4 / span),
        "Liquid share least": f"{100 * record.liquidity['liquid_share'].min():.1f}%",
        "Coverage least": f"{cover.min():.2f}",
        "Coverage mean": f"{cover.mean():.2f}",
        "Trades": f"{(record.records['kind'] == Kind.FILL).sum():,}",
        "Final nav": money(record.nav.iloc[-1]),
    }


def test_every_figure_of_the_comparison_table(written):
    comparison, text = written
    rows = by_row(text, "comparison")
    for name, record in comparison.records.items():
        for heading, value in wanted(record).items():
            assert rows[name][heading] == value, (name, heading)


def test_cost_components_stand_under_their_names(written):
    comparison, text = written
    head, *rows = cells(text, "comparison")
    at = next(number for number, name in enumerate(head) if name.startswith("spread"))
    names = head[at].split(" · ")
    assert names[:3] == ["spread", "temporary", "permanent"]
    for row in rows:
        record = comparison.records[row[0]]
        opening = np.concatenate([[record.initial_cash], record.nav.to_numpy()[:-1]])
        span = (record.index[-1] - record.index[0]).days / 365.25
        each = (record.costs.to_numpy() / opening[:, None] * 1e4).sum(axis=0) / span
        assert row[at].split(" · ") == [bps(each[abi.COMPONENTS.index(name)]) for name in names]


def values(trace):
    return np.asarray(trace.y, dtype=np.float64)


def dates(trace):
    return pd.to_datetime(np.asarray(trace.x), unit="ms")


def falls(record):
    level = np.cumprod(1.0 + record.returns.to_numpy())
    return level / np.maximum.accumulate(np.maximum(level, 1.0)) - 1.0


@pytest.mark.parametrize(
    ("draw", "path"),
    [
        (figures.growth, lambda record: np.cumprod(1.0 + record.returns.to_numpy())),
        (
            figures.drawdowns,
            falls,
        ),
        (figures.coverage, lambda record: record.liquidity["coverage"].to_numpy()),
    ],
    ids=["growth", "drawdown", "coverage"],
)
def test_charts_draw_the_records_with_their_extremes(draw, path):
    records = made(3, 0, 2500).records
    drawn = {trace.name: trace for trace in draw(records).data}
    assert set(drawn) == set(records)
    for name, record in records.items():
        whole, trace = pd.Series(path(record), record.index), drawn[name]
        np.testing.assert_allclose(values(trace), whole[dates(trace)], rtol=1e-6, atol=1e-7)
        assert values(trace).min() == pytest.approx(whole.min(), rel=1e-6)
        assert values(trace).max() == pytest.approx(whole.max(), rel=1e-6)
        assert (dates(trace)[0], dates(trace)[-1]) == (record.index[0], record.index[-1])


def test_bars_of_costs_are_the_metrics():
    comparison = made(2, 0, 300)
    for bar in figures.costs(comparison.metrics).data:
        for name, value in zip(bar.y, bar.x, strict=True):
            one = comparison.metrics[name]
            own = (
                one.displacement_bps_annual if bar.name == "displacement" else one.cost_components_bps_annual[bar.name]
            )
            assert value == pytest.approx(own)


def test_ticks_stand_on_the_days_that_a_limit_bit():
    comparison = made(2, 0, 400)
    ticks = [
        trace for trace in limits.strip(comparison.records).data if trace.mode == "markers" and trace.x[0] is not None
    ]
    shown = {}
    for trace in ticks:
        shown.setdefault(trace.name, set()).update(dates(trace))
    for name, record in comparison.records.items():
        events = record.events
        assert shown[name] == set(events.loc[events["kind"].isin(["limit", "breach", "shortfall"]), "date"])


def test_a_signal_is_shaded_where_it_is_on():
    panels = made(1, 2, 600).signals
    figure = figures.signals(panels)
    levels = [trace for trace in figure.data if trace.fill is None]
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(levels) == len(bands) == 2
    assert not figure.layout.shapes
    for level, band, panel in zip(levels, bands, panels.values(), strict=True):
        whole = panel.column("level")
        assert values(level).max() == pytest.approx(whole.max(), rel=1e-6)
        assert values(level).min() == pytest.approx(whole.min(), rel=1e-6)
        on = np.zeros(whole.size, dtype=bool)
        index = pd.DatetimeIndex(panel.sessions)
        for start, end in zip(band.x[0::5], band.x[2::5], strict=True):
            on |= (index >= start) & (index < end)
        assert (on == panel.state())[:-1].all()


def test_the_drawn_rows_keep_extremes_gaps_and_ends():
    path = np.zeros(10_001)
    path[[5_000, 10_000]] = [3.0, 9.0]
    path[7_000] = -2.0
    path[2_000:3_000] = np.nan
    rows = kept(path, 200)
    assert {0, 5_000, 7_000, 10_000} <= set(rows)
    assert np.isnan(path[rows]).any()
    assert rows.size <= 2 * 101 + 2
    only = np.full(1_000, np.nan)
    only[500:520] = np.linspace(5.0, 6.0, 20)
    assert {500, 519} <= set(kept(only, 10)), "a gap is not a value of zero"


@pytest.mark.parametrize(("policies", "signals"), [(1, 1), (7, 16), (60, 0)])
def test_lists_of_any_length_make_a_page(policies, signals, tmp_path):
    _, path = page(tmp_path, policies, signals, 260)
    text = path.read_text()
    assert len(cells(text, "comparison")) == policies + 1
    swatches = re.findall(r'class="swatch" style="--day: (#\w+);', text.split('id="limits"')[0])
    assert len(swatches) == policies
    coloured = [swatch for swatch in swatches if swatch != GREY]
    assert len(set(coloured)) == len(coloured), "no colour stands for two policies"
    if signals:
        assert f"signal-{signals - 1:02d}" in text
    assert ('"Signals"' in text or ">Signals<" in text) == bool(signals), "no empty section"
    assert "-0.00" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def test_where_ticks_are_many_each_is_the_strongest_of_several_sessions(monkeypatch):
    comparison = made(3, 0, 400)
    ticks = {name: limit_days(record, Kind.LIMIT) for name, record in comparison.records.items()}
    assert limits.sessions_a_tick(comparison.records) == 1
    whole = drawn_ticks(limits.strip(comparison.records))
    monkeypatch.setattr(limits, "_MOST_TICKS", whole // 3)
    together = limits.sessions_a_tick(comparison.records)
    assert together in (3, 4)
    assert whole / together <= drawn_ticks(limits.strip(comparison.records)) < whole
    days, cut = ticks["band-000"]
    kept_days, kept_cut = limits._strongest(days, cut, together)
    assert len(set(kept_days // together)) == kept_days.size
    for day, most in zip(kept_days, kept_cut, strict=True):
        assert most == cut[days // together == day // together].max()
    assert limits._strongest(days, cut, 1)[0].tolist() == days.tolist()


def drawn_ticks(figure) -> int:
    return sum(len(trace.x) for trace in figure.data if trace.mode == "markers" and trace.x[0] is not None)


def test_many_policies_lead_with_the_benchmark_and_the_best():
    comparison = made(20, 0, 260)
    led = figures.led(comparison.metrics, "band-000")
    best = max(comparison.metrics, key=lambda name: comparison.metrics[name].sharpe)
    assert led[0] == "band-000"
    assert best in led
    assert len(led) == 8
    palette = figures.colours(list(comparison.metrics), led)
    assert palette["band-000"] == COLOURS[0]
    assert sum(colour == GREY for colour in palette.values()) == 12


def test_zero_has_no_sign():
    assert (percent(-1e-9), plain(-0.001), bps(-0.001), integer(-0.2), money(-0.1)) == (
        "0.0%",
        "0.00",
        "0.00",
        "0",
        "0",
    )
    assert (percent(-0.012), plain(-0.01), bps(-12.0), money(-2e6)) == ("-1.2%", "-0.01", "-12.0", "-2.0m")

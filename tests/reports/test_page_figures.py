"""Every figure of the comparison page, against the records it is made from."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from reports import book_figures, figures, limits, rolling, year_figures
from reports.against_index import IndexLine
from reports.blotter import blotter, fair_share
from reports.figures import COLOURS, GREY, kept
from reports.levels import carried, levels
from reports.page import components, periods
from reports.spacing import rounded, spaced
from reports.spreadsheets import trades_table
from reports.text import bps, integer, money, percent, plain
from simulator import Bounds, Flow, simulate
from simulator.core import abi
from simulator.ledger import Kind
from simulator.metrics import CRISES, PolicyMetrics, limit_days
from strategies import ThresholdBand
from tests.reports.made_page import made, page
from tests.support import random_market
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


@pytest.fixture(scope="module")
def three():
    """Three books of 700 sessions, two of 250 of which are drawn all."""
    return made(3, 2, 700)


def test_weights_over_time_are_those_of_the_ledger(three):
    index = three.first.index
    rows = spaced(index, 1, 100).rows
    assert (rows[0], rows[-1]) == (0, index.size - 1)
    for record in three.records.values():
        kept_assets = np.array([1, 4])
        drawn = {trace.name: trace for trace in book_figures.weights(record, rows, kept_assets).data}
        held = record.weights.iloc[rows]
        assert list(drawn) == [record.assets[1], record.assets[4], "4 others", "CASH"]
        np.testing.assert_allclose(values(drawn["CASH"]), held["CASH"].clip(lower=0.0), rtol=2.5e-4, atol=1e-9)
        np.testing.assert_allclose(values(drawn[record.assets[4]]), held[record.assets[4]], rtol=2.5e-4)
        rest = held.drop(columns=[record.assets[1], record.assets[4], "CASH"]).sum(axis=1)
        np.testing.assert_allclose(values(drawn["4 others"]), rest, rtol=2.5e-4)
        assert (dates(drawn["CASH"]) == index[rows]).all()


def test_what_is_sold_short_lies_below_zero():
    market = random_market(5, 60, 2, volume=1e6)
    weights = {market.assets[0]: 1.3, market.assets[1]: -0.4}
    record = simulate(
        market,
        ThresholdBand(weights, band=0.05),
        initial_cash=1e6,
        name="short",
        bounds=Bounds(allow_short=True, max_leverage=2.0),
    )
    rows = np.arange(60)
    drawn = {trace.name: trace for trace in book_figures.weights(record, rows, np.array([0, 1])).data}
    sold = drawn[f"{market.assets[1]} below zero"]
    assert sold.stackgroup != drawn[market.assets[0]].stackgroup
    np.testing.assert_allclose(values(sold), record.weights[market.assets[1]].clip(upper=0.0), rtol=2.5e-4, atol=1e-9)
    assert values(sold).min() < -0.3
    assert values(drawn[market.assets[1]]).max() == 0.0


def test_costs_over_time_end_at_those_of_the_metrics(three):
    years = (three.first.index[-1] - three.first.index[0]).days / 365.25
    for name, record in three.records.items():
        figure = year_figures.costs_over_time(record, np.array([0, 300, 699]))
        last = {trace.name: values(trace)[-1] for trace in figure.data}
        stated = three.metrics[name]
        assert last.pop("displacement") == pytest.approx(stated.displacement_bps_annual * years, rel=2.5e-4)
        for component, value in last.items():
            assert value == pytest.approx(stated.cost_components_bps_annual[component] * years, rel=2.5e-4)
        opening = np.concatenate([[record.initial_cash], record.nav.to_numpy()[:-1]])
        by_hand = (record.costs["spread"].to_numpy() / opening * 1e4)[:301].sum()
        assert values(figure.data[0])[1] == pytest.approx(by_hand, rel=2.5e-4)


def test_figures_of_the_year_before_are_those_of_its_sessions_alone(three):
    index = three.first.index
    found = rolling.rolling(three.records, three.benchmark, index[[100, 400, 699]])
    wide = rolling.window(three.first)
    assert 250 < wide < 264
    for name, record in three.records.items():
        for row in (400, 699):
            part = slice(row + 1 - wide, row + 1)
            returns, excess = record.returns.to_numpy()[part], (record.returns - record.accrual).to_numpy()[part]
            a_year = record.sessions_per_year**0.5
            assert found["return"][name][index[row]] == pytest.approx(np.prod(1.0 + returns) - 1.0)
            assert found["volatility"][name][index[row]] == pytest.approx(returns.std(ddof=1) * a_year)
            sharpe = excess.mean() / excess.std(ddof=1) * a_year
            assert found["Sharpe"][name][index[row]] == pytest.approx(sharpe)
        assert index[100] not in found["return"][name].index, "no year is before it"
    first, benchmark = found["Sharpe"]["band-001"], found["Sharpe"][three.benchmark]
    pd.testing.assert_series_equal(found["Sharpe less the benchmark's"]["band-001"], first - benchmark)
    assert three.benchmark not in found["Sharpe less the benchmark's"]


def test_turnover_of_the_year_before_is_that_of_the_ledger(three):
    index, wide = three.first.index, rolling.window(three.first)
    found = rolling.turnover(three.records, index[[10, 699]])
    for name, record in three.records.items():
        trades, nav = record.trades, record.nav
        since = index[700 - wide]
        last = trades[trades["date"] >= since]
        sides = last["notional"].groupby([last["date"], last["notional"] > 0.0]).sum().abs()
        larger = sides.groupby(level=0).max()
        assert list(found[name].index) == [index[699]]
        assert found[name].iloc[0] == pytest.approx((larger / nav[larger.index]).sum(), rel=1e-9)


def test_what_a_policy_did_is_in_its_ledger(three):
    panels = dict(three.signals)
    for record in three.records.values():
        figure = book_figures.decided(record, panels, 2)
        invested, _, planned, *lanes = figure.data
        whole = 1.0 - record.weights["CASH"]
        np.testing.assert_allclose(values(invested), whole[dates(invested)], rtol=1e-6, atol=1e-7)
        assert values(invested).min() == pytest.approx(whole.min(), abs=1e-6)
        decisions = record.decisions
        assert list(dates(planned)) == list(decisions["date"])
        np.testing.assert_allclose(values(planned), decisions["planned_turnover"], rtol=2.5e-4)
        for lane, panel in zip(lanes, panels.values(), strict=True):
            on, index = np.zeros(700, dtype=bool), pd.DatetimeIndex(panel.sessions)
            days = pd.to_datetime(np.asarray(lane.x), unit="ms")
            for start, end in zip(days[0::5], days[2::5], strict=True):
                on |= (index >= start) & (index < end)
            assert (on == panel.state())[:-1].all()


def test_of_many_decisions_the_largest_of_every_few_are_drawn(three):
    record = three.records["band-000"]
    decisions = record.decisions
    assert len(decisions) > 40
    few = book_figures.drawn_decisions(record, 20)
    together = -(-len(decisions) // 20)
    assert len(few) <= 20
    for number, planned in enumerate(few["planned_turnover"]):
        assert planned == decisions["planned_turnover"].iloc[number * together : (number + 1) * together].max()
    assert book_figures.drawn_decisions(record, len(decisions)) is decisions


def test_rows_drawn_are_the_last_of_a_week_a_month_a_quarter():
    index = pd.bdate_range("2001-01-01", "2004-12-31")
    ends = {"week": "W-SUN", "month": "ME", "quarter": "QE"}
    assert spaced(index, 2, 2 * index.size).said == "every session"
    for word, rule in ends.items():
        wanted = pd.Series(index, index).resample(rule).last()
        found = spaced(index, 3, 3 * (len(wanted) + 1))
        assert found.said == f"the last session of each {word}"
        assert list(index[found.rows]) == [index[0], *wanted]
    assert spaced(index, 10**6, 10).said == "the last session of each quarter"
    assert spaced(pd.bdate_range("1960-01-01", "2000-01-01"), 1).rows.size < 1700


def test_rounding_for_a_picture_keeps_a_number_and_its_sign():
    whole = np.array([0.0, -1.0, 1e-9, 123.456, -0.04321, np.nan])
    np.testing.assert_allclose(rounded(whole), whole, rtol=2.5e-4)


def test_the_blotter_has_the_latest_fills_as_traded(three):
    market = random_market(3, 700, 6, crises=True, volume=2_000.0)
    fills = trades_table(three.records, market)
    names = list(three.records)
    whole = blotter(fills, names)
    assert whole.left_out == []
    columns = json.loads(whole.columns)
    assert [columns["policies"][place] for place in columns["policy"]] == list(fills["policy"])
    assert [columns["days"][place] for place in columns["day"]] == [str(day) for day in fills["date"]]
    assert [columns["assets"][place] for place in columns["asset"]] == list(fills["asset"])
    signed = fills["shares"] * np.where(fills["side"] == "sell", -1.0, 1.0)
    np.testing.assert_allclose(columns["shares"], signed, rtol=1e-6)
    np.testing.assert_allclose(columns["price"], fills["price"], rtol=1e-6)
    np.testing.assert_allclose(columns["cost"], fills["cost"], rtol=1e-3)
    few = blotter(fills, names, 100)
    kept_rows = json.loads(few.columns)["policy"]
    assert len(kept_rows) <= 100
    for place, line in enumerate(few.left_out):
        own = fills[fills["policy"] == names[place]]
        count = kept_rows.count(place)
        since = own["date"].iloc[-count]
        assert line == f"of {names[place]} the latest {count:,} of {len(own):,}, from {since} on"


def test_what_few_fills_leave_is_shared_by_those_with_many():
    assert fair_share([3, 100, 200], 103) == 50
    assert fair_share([3, 4], 100) == 4
    assert fair_share([500, 500], 1) == 1
    assert fair_share([], 10) == 1


def test_levels_that_the_page_carries_are_those_of_the_ledger(three):
    told = json.loads(levels(three.records, ["band-001"]))
    assert list(told["lines"]) == ["band-001"]
    days = np.cumsum(told["days"]).astype("datetime64[D]")
    assert (days == three.first.sessions).all()
    path = np.exp(np.cumsum(told["lines"]["band-001"]) / told["steps"])
    np.testing.assert_allclose(path, np.cumprod(1.0 + three.records["band-001"].returns), rtol=6e-6)
    assert carried(three.records, ["band-002"]) == list(three.records)
    assert carried(three.records, ["band-002"], 1_000) == ["band-002"]


def test_the_frame_that_every_chart_has():
    frame = figures.layout(420)
    assert (frame["height"], frame["hovermode"]) == (420, "x unified")
    assert frame["margin"] == {"l": 48, "r": 12, "t": 28, "b": 36}
    assert frame["margin"]["t"] + frame["margin"]["b"] == figures._MARGINS
    assert frame["legend"] == {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}}
    assert frame["font"]["size"] == 12


def test_money_that_is_due_is_marked_up_or_down_at_the_foot():
    flows = [
        Flow(date="2001-03-01", share=-0.25),
        Flow(date="2001-04-02", amount=0.5),
        Flow(date="2001-05-02", amount=-0.5),
        Flow(date="2001-06-01", share=0.1),
        Flow(date="2001-06-01", amount=9.0, every="month"),  # by rule: not shown
    ]
    figure = figures.growth(made(1, 0, 300).records, flows)
    marks = {trace.name: trace for trace in figure.data if trace.mode == "markers"}
    rules = [trace for trace in figure.data if trace.line.dash == "dot"]
    for (name, trace), rule, days, told, symbol, colour in zip(
        marks.items(),
        rules,
        (["2001-04-02", "2001-06-01"], ["2001-03-01", "2001-05-02"]),
        (["0", "10.0% of nav"], ["25.0% of nav", "0"]),
        ("triangle-up", "triangle-down"),
        ("#2E7D32", "#B00020"),
        strict=True,
    ):
        assert name == {"triangle-up": "subscription", "triangle-down": "redemption"}[symbol]
        assert (list(trace.x), list(trace.text), list(trace.y)) == (days, told, [0.03, 0.03])
        assert (trace.marker.symbol, trace.marker.color, trace.marker.size) == (symbol, colour, 11)
        assert (trace.marker.line.width, trace.yaxis, rule.yaxis) == (1, "y2", "y2")
        assert list(rule.x) == [days[0], days[0], None, days[1], days[1], None]
        assert list(rule.y) == [0.0, 1.0, None] * 2
        assert (rule.line.width, rule.line.color, rule.opacity, rule.showlegend) == (1, colour, 0.45, False)
    assert list(figure.layout.yaxis2.range) == [0.0, 1.0]
    assert not figure.layout.yaxis2.visible


def test_a_cost_of_a_component_that_a_policy_lacks_is_nothing():
    parts = {"a": ({"spread": 1.5}, None), "b": ({"borrow": 2.5}, 0.5), "c": ({}, 0.25)}
    metrics = {
        name: PolicyMetrics({"cost_components_bps_annual": own, "displacement_bps_annual": displaced}, {}, [], None)
        for name, (own, displaced) in parts.items()
    }
    figure = figures.costs(metrics)
    assert {bar.name: list(bar.x) for bar in figure.data} == {
        "spread": [0.0, 0.0, 1.5],
        "temporary": [0.0, 0.0, 0.0],
        "permanent": [0.0, 0.0, 0.0],
        "borrow": [0.0, 2.5, 0.0],
        "displacement": [0.25, 0.5, 0.0],
    }
    assert figure.layout.height == 60 + 3 * 34
    assert (figures.row_height(20), figures.row_height(21)) == (34, 18)


@pytest.mark.parametrize(("count", "row"), [(1, 130), (12, 130), (13, 90)])
def test_a_chart_of_signals_is_as_high_as_they_are_many(count, row):
    panels = made(1, count, 260).signals
    figure = figures.signals(panels)
    inner = count * row + (count - 1) * 34
    assert figure.layout.height == inner + 64
    tops = [figure.layout[f"yaxis{number or ''}"].domain for number in (0, *range(2, count + 1))]
    heights = [(high - low) * inner for low, high in tops]
    assert heights == pytest.approx([row] * count, rel=1e-6)
    assert figures.signals({"fires": replace(next(iter(panels.values())), columns=("fire", "state"))}) is None


def test_lines_that_are_not_pointed_out_are_thin_and_grey_and_lie_below():
    index = pd.bdate_range("2007-01-01", "2010-12-31")
    series = {name: pd.Series([1.0, 2.0], index[:2]) for name in "ABC"}
    palette = {"A": "#000000", "B": GREY, "C": "#0072B2"}
    figure = figures.lines(series, figures.Label("%{y}"), palette, index)
    assert [(trace.name, trace.line.width, trace.showlegend) for trace in figure.data] == [
        ("B", 1.0, False),
        ("A", 1.4, True),
        ("C", 1.4, True),
    ]
    assert (figure.layout.height, figure.layout.hovermode) == (420, "closest")
    assert list(figure.data[0].x) == [1167609600000.0, 1167696000000.0]  # Monday and Tuesday, in milliseconds
    inside = [(start, end) for start, end in CRISES if start >= "2007-01-01" and end <= "2010-12-31"]
    assert inside
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == inside
    assert {(s.y0, s.y1, s.yref, s.opacity, s.line.width, s.layer) for s in figure.layout.shapes} == {
        (0, 1, "paper", 0.13, 0, "below")
    }
    alone = figures.lines(series, figures.Label("%{y}"), dict.fromkeys("ABC", "#000000"), index)
    assert alone.layout.hovermode == "x unified"


def test_points_of_a_line_by_how_many_lines_there_are():
    assert [figures._points(lines) for lines in (0, 1, 40, 41, 250, 251)] == [1500, 1500, 1500, 1463, 240, 240]


def test_a_log_axis_that_spans_little_has_ticks_of_its_own():
    assert figures._narrow({"a": np.array([1.0, 19.9])})
    assert not figures._narrow({"a": np.array([1.0, 4.0]), "b": np.array([20.0])})


def test_buttons_for_dates_lie_within_the_run():
    def told(start, end):
        return periods(SimpleNamespace(start=start, end=end))

    years = told("2000-01-03", "2010-12-31")
    assert years[-2:] == [
        ("last 5 years", "2005-12-31", "2010-12-31"),
        ("last year", "2009-12-31", "2010-12-31"),
    ]
    inside = [(start, end) for start, end in CRISES if start >= "2000-01-03" and end <= "2010-12-31"]
    assert [(start, end) for _, start, end in years[:-2]] == inside
    for title, start, end in years[:-2]:
        assert title == (start[:4] if start[:4] == end[:4] else f"{start[:4]}–{end[2:4]}")
    assert told("2005-12-31", "2010-12-31")[-1:] == [("last year", "2009-12-31", "2010-12-31")]
    assert [title for title, *_ in told("2016-05-02", "2016-12-30")] == []


def test_the_strip_of_limits_is_as_high_as_its_lanes():
    """A block is a lane of 13 pixels for each of two policies, and 26 pixels, two lanes, of title."""
    records = made(2, 0, 400).records
    figure, blocks = limits.strip(records), len(limits.lanes(records))
    assert [note.y for note in figure.layout.annotations] == pytest.approx([-4 * k - 0.4 for k in range(blocks)])
    assert list(figure.layout.yaxis.range) == pytest.approx([0.5 - 4 * blocks, 1.6])
    assert figure.layout.height == 80 + 4 * blocks * 13
    rules, *ticks = [trace for trace in figure.data if trace.x[0] is not None]
    assert [y for y in rules.y if y is not None][::2] == pytest.approx(
        [-4 * k - lane for k in range(blocks) for lane in (1, 2)]
    )
    for trace in ticks:
        record = records[trace.name]
        rows = record.index.get_indexer(dates(trace))
        assert trace.marker.size == limits._LANE - 3
        strength = np.clip(np.sqrt(np.asarray(trace.customdata) / limits._STRONG), 0.15, 1.0)
        np.testing.assert_allclose(trace.marker.opacity, strength, atol=0.006)
        assert (np.asarray(trace.customdata) > 0.0).all()
        assert (record.nav.to_numpy()[rows] > 0.0).all()


def test_components_of_cost_are_those_that_always_are_and_those_that_were_paid():
    paid = [
        PolicyMetrics({"cost_components_bps_annual": parts}, (), (), None)
        for parts in ({"borrow": 0.0}, {"commission": 1.0})
    ]
    always = ["spread", "temporary", "permanent"]
    assert sorted(components(dict(enumerate(paid)))) == sorted([*always, "commission"])
    assert sorted(components({"a": paid[0]})) == sorted(always)


def test_a_signal_of_no_known_level_is_shaded_from_nothing_to_one():
    index, state = pd.bdate_range("2024-01-01", periods=4), np.array([False, True, False, False])
    assert list(figures._bands(state, index, np.full(4, np.nan)).y) == [0.0, 1.0, 1.0, 0.0, None]
    assert list(figures._bands(state, index, np.array([-2.0, 3.0, np.nan, 1.0])).y) == [-2.0, 3.0, 3.0, -2.0, None]


def test_an_index_stands_beside_the_growth_of_policies():
    """Divided by its first level, on the sessions that are drawn; its name runs nothing."""
    records = made(2, 0, 400).records
    levels = 3_000.0 * np.exp(np.linspace(0.0, 0.7, 400))
    plain = figures.growth(records)
    figure = figures.growth(records, index=IndexLine("SP<500>", levels))
    drawn = figure.data[-1]
    assert len(figure.data) == len(plain.data) + 1
    assert drawn.name == "SP&lt;500&gt; (index)"
    rows = next(iter(records.values())).index.get_indexer(dates(drawn))
    np.testing.assert_allclose(values(drawn), levels[rows] / 3_000.0, rtol=1e-3)
    assert (rows[0], rows[-1]) == (0, 399)

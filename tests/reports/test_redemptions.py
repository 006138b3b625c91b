"""The catalogued run on a fund: what its page, figures and ledger say."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from scenarios.build import build
from scenarios.load import load
from scenarios.runner import replay, run
from tests.browser import visit
from tests.tables import inflated

POLICIES = ("passive", "quarterly", "buffered", "volatility")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("redemptions") / "out"
    run(load("redemption-run"), out)
    return out


@pytest.fixture(scope="module")
def page(folder):
    """The words of the page."""
    body = (folder / "index.html").read_text().split("<body>")[1]
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", body, flags=re.DOTALL).split())


@pytest.fixture(scope="module")
def metrics(folder):
    return json.loads((folder / "metrics.json").read_text())["policies"]


def test_the_story(metrics):
    """Who had stepped out pays at once; who held shares makes investors wait; all are paid in the end."""
    waits = {name: metric["flows"]["shortfall_sessions"] for name, metric in metrics.items()}
    assert waits["passive"] > waits["buffered"] > waits["volatility"] == 0
    for metric in metrics.values():
        assert metric["flows"]["owed_at_end"] == metric["flows"]["never_paid"] == 0.0
        assert metric["flows"]["subscribed"] == 100e6
        assert metric["flows"]["redeemed"] > 700e6
    assert {"max_participation", "no_trade", "groups", "min_liquid_share", "min_trade"} <= set(
        metrics["quarterly"]["limits"]
    )
    assert "annual_turnover" in metrics["volatility"]["limits"]
    assert {"max_weight", "min_cash", "groups"} <= set(metrics["passive"]["breaches"])


@pytest.mark.parametrize("policy", POLICIES)
def test_figures_agree_with_the_written_ledger(folder, metrics, policy):
    events = pd.read_parquet(folder / "ledger" / f"{policy}-events.parquet")
    figures = metrics[policy]
    for kind, table in (("limit", "limits"), ("breach", "breaches")):
        by_name = events[events["kind"] == kind].groupby("component", observed=True)
        assert set(by_name.groups) == set(figures[table])
        for name, part in by_name:
            one = figures[table][name]
            assert one["sessions"] == part["date"].nunique()
            assert (one["first"], one["last"]) == (str(part["date"].min().date()), str(part["date"].max().date()))
            assert one["cut"] == pytest.approx(part["amount"].sum(), rel=1e-12)
    flows = events[events["kind"] == "flow"]["amount"]
    assert figures["flows"]["redeemed"] == pytest.approx(-flows[flows < 0].sum(), rel=1e-12)
    daily = pd.read_parquet(folder / "ledger" / f"{policy}-daily.parquet")
    assert daily["flows"].sum() == pytest.approx(flows.sum(), rel=1e-9)
    assert daily["cash"].min() >= 0.0


def test_returns_are_free_of_flows(folder, metrics):
    """Time-weighted growth from the written books alone: early flows count from the open, late ones to the close.

    Where a session begins or ends with something owed, all that fell due counts from its open.
    """
    for policy in POLICIES:
        daily = pd.read_parquet(folder / "ledger" / f"{policy}-daily.parquet")
        previous = daily["nav"].shift(1, fill_value=0.0)
        early, late = daily["flows"] - daily["late_flows"], daily["late_flows"]
        if "owed" in daily:
            assert daily["nav"].to_numpy() == pytest.approx((daily["nav_gross"] - daily["owed"]).to_numpy())
            before = daily["owed"].shift(1, fill_value=0.0)
            waits = (daily["owed"] > 0.0) | (before > 0.0)
            early = early.where(~waits, daily["flows"] - (daily["owed"] - before))
            late = late.where(~waits, 0.0)
        growth = ((daily["nav"] - late) / (previous + early)).prod()
        years = (pd.Timestamp("2009-12-31") - pd.Timestamp("2007-07-02")).days / 365.25
        assert growth ** (1 / years) - 1 == pytest.approx(metrics[policy]["cagr"], rel=1e-9)
        assert daily["nav"].iloc[-1] / 2e9 < 0.6 < growth


def test_the_page_shows_the_limits(page, metrics):
    for words in (
        "Limits that bit",
        "no_trade no-trade list",
        "max_weight exceeded by drift",
        "Investors' money",
        "Sessions with something owed",
        "along the Almgren–Chriss trajectory over 5 sessions",
        "at most 22% in health (JNJ, LLY, MRK, PFE, UNH)",
        "the most liquid assets first",
        "ask for 20% of the previous close",
        "Each fill pays a commission",
    ):
        assert words in page.replace("&#39;", "'"), words
    assert f"{metrics['passive']['flows']['largest_shortfall'] / 1e6:,.1f}m" in page


def test_the_charts_carry_flows_and_limits(folder):
    text = inflated((folder / "index.html").read_text())
    growth = text.split('id="chart-growth-of-1"')[1].split("</script>")[0]
    assert growth.count("triangle-down") == 1
    assert "20.0% of nav" in growth
    assert "2008-10-27" in growth
    strip = text.split('id="chart-limits-that-bit"')[1].split("</script>")[0]
    assert "redemptions not paid" in strip
    assert "drift beyond groups" in strip


def test_a_scenario_without_limits_says_so(tmp_path):
    changes = ["bounds={}", "flows=[]", "execution={}", "shocks=[]", "scenario.end=2007-12-31"]
    run(load("redemption-run", changes), tmp_path / "out")
    text = (tmp_path / "out" / "index.html").read_text()
    assert "Investors' money" not in text
    assert "chart-limits-that-bit" not in text or "max_participation" not in text.split("chart-limits-that-bit")[1]


def test_a_waterfall_changes_what_is_sold(folder):
    changes = ["scenario.end=2008-10-31"]
    liquid = replay(build(load("redemption-run", changes), None)).results["passive"]
    alike = replay(build(load("redemption-run", [*changes, "portfolio.waterfall=pro-rata"]), None)).results["passive"]
    day = pd.Timestamp("2008-09-18")
    small = ["AMD", "BBY", "RRC"]
    sold = {}
    for name, fund in (("liquid", liquid), ("alike", alike)):
        trades = fund.trades[fund.trades["date"] == day].set_index("asset")["notional"]
        sold[name] = trades[trades.index.isin(small)].sum() / trades.sum()
    assert sold["liquid"] == 0.0
    assert sold["alike"] > 0.05


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 400])
def test_the_page_in_a_browser(folder, width):
    seen = visit(folder / "index.html", width, 5200)
    assert seen.console == []
    assert seen.requests == []
    assert 'id="limits-table"' in seen.dom
    assert 'id="flows-table"' in seen.dom
    assert "drift beyond min_cash" in seen.dom

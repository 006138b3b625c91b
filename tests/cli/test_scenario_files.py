"""Everything the engine can do is reachable from a scenario file, and survives being shown and read again."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from scenarios.assumptions import assumptions
from scenarios.build import build
from scenarios.cli import main
from scenarios.load import load
from scenarios.resolved import explained
from scenarios.runner import replay
from simulator.ledger.events import Kind
from tests.support import same_events

#: One change for each thing that may be said; together they are consistent.
EVERYTHING = [
    "scenario.end=2008-12-31",
    "market.halts={GE=[['2008-10-02', 2008-10-08]]}",
    "market.delistings.BBY={date=2008-11-12, recovery=0.25}",
    "portfolio.waterfall=pro-rata",
    "execution.schedule=twap",
    "execution.sessions=3",
    "execution.newer=net",
    "execution.annual_turnover=1.5",
    "execution.annual_cost_bps=60",
    "execution.max_cost_bps=30",
    "execution.marks=impacted",
    "bounds.max_weight={AAPL=0.04}",
    "bounds.min_cash=0",
    "bounds.max_leverage=1.3",
    "bounds.allow_short=true",
    "bounds.groups.drugs={assets=['MRK', 'PFE'], max_weight=0.09}",
    "policies.long-short={kind='periodic', trigger='quarter', weights={AAPL=0.05, MSFT=1.1, KO=-0.15}}",
    "flows.1={date=2008-09-18, amount=-50e6}",
    "costs.per_share=0",
    "costs.commission_bps=1.0",
    "costs.min_commission=5.0",
    "costs.fixed_commission=1.0",
    "costs.borrow_bps=80.0",
    "costs.financing_bps=150.0",
    "costs.half_life_days=inf",
    "costs.by_asset.AAPL.eta=0.3",
]


@pytest.fixture(scope="module")
def outcome():
    return replay(build(load("redemption-run", EVERYTHING), None))


def test_what_is_shown_runs_to_the_same_ledger(outcome, tmp_path):
    (tmp_path / "y.toml").write_text(explained(load("redemption-run", EVERYTHING)), encoding="utf-8")
    again = replay(build(load(str(tmp_path / "y.toml")), None))
    assert list(again.results) == list(outcome.results)
    for name, result in outcome.results.items():
        assert same_events(result.records, again.results[name].records), name


def test_show_and_run_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    changes = ["--set", "scenario.end=2008-11-28"]
    assert main(["show", "redemption-run", *changes]) == 0
    (tmp_path / "y.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["run", "redemption-run", *changes, "--out", "a", "--quiet"]) == 0
    assert main(["run", "y.toml", "--out", "b", "--quiet"]) == 0
    assert (tmp_path / "a" / "metrics.json").read_bytes() == (tmp_path / "b" / "metrics.json").read_bytes()
    ledgers = sorted((tmp_path / "a" / "ledger").iterdir())
    assert len(ledgers) == 9  # events and books of four policies, and returns.parquet
    for path in ledgers:
        assert path.read_bytes() == (tmp_path / "b" / "ledger" / path.name).read_bytes(), path.name


def test_flows_after_the_end_are_left_out_and_said():
    scenario = build(load("redemption-run", ["scenario.end=2008-10-08"]), None)
    assert [str(flow.date) for flow in scenario.flows] == ["2008-02-15", "2008-09-18", "2008-10-08"]
    assert "Flows after the end of the run are left out: 2." in assumptions(scenario)


def test_flows_before_the_start_are_refused(capsys):
    assert main(["run", "redemption-run", "--set", "scenario.start=2008-06-02", "--quiet"]) == 2
    assert "flows: 2008-02-15 lies outside the run, which goes from 2008-06-02" in capsys.readouterr().err


def test_every_statement_reaches_the_engine(outcome):
    scenario, one = outcome.scenario, outcome.results["quarterly"]
    run = one.run
    assert scenario.waterfall == "pro-rata"
    assert (run.flows.rank == 0).all()
    assert (run.limits.slices, run.limits.net, run.limits.short, run.limits.impacted_marks) == (3, True, True, True)
    assert (run.limits.annual_turnover, run.limits.least_cash) == (1.5, pytest.approx(-0.3))
    assert run.costs.financing == pytest.approx(0.015)
    assert dict(scenario.bounds.max_weight) == {"AAPL": 0.04}
    assert set(scenario.bounds.groups) == {"health", "energy", "drugs"}
    assert scenario.bounds.no_trade["BAC"] == [(date(2008, 9, 15), date(2009, 1, 2))]
    assert [(flow.amount, flow.share) for flow in scenario.flows[:3]] == [(100e6, None), (-50e6, None), (None, -0.2)]
    kinds = {Kind(code) for code in np.unique(one.records["kind"])}
    assert {Kind.DELISTING, Kind.FLOW, Kind.LIMIT, Kind.BREACH} <= kinds


def test_halts_fill_nothing_and_delistings_pay_what_is_stated(outcome):
    for result in outcome.results.values():
        trades = result.trades
        halted = (trades["asset"] == "GE") & trades["date"].between("2008-10-02", "2008-10-08")
        assert not halted.any()
        gone = result.events[result.events["kind"] == "delisting"]
        assert list(gone["asset"]) in ([], ["BBY"])
        assert not ((trades["asset"] == "BBY") & (trades["date"] >= "2008-11-12")).any()
    (row,) = outcome.results["quarterly"].events.query("kind == 'delisting'").itertuples()
    before = outcome.results["quarterly"].marks[outcome.results["quarterly"].index < "2008-11-12", :][-1]
    asset = outcome.results["quarterly"].assets.index("BBY")
    assert row.price == pytest.approx(0.25 * before[asset])
    assert str(row.date.date()) == "2008-11-12"


def test_a_book_may_be_short_where_it_says_so(outcome):
    weights = outcome.results["long-short"].weights
    assert weights["KO"].iloc[40] < -0.05
    costs = outcome.results["long-short"].total_costs
    assert costs["borrow"] > 0.0
    assert costs["commission"] > 0.0


def test_what_is_in_use_is_said_and_nothing_else(outcome):
    said = " ".join(assumptions(outcome.scenario))
    for words in (
        "GE is halted 2008-10-02 to 2008-10-08",
        "BBY is delisted before the open of 2008-11-12, paying 25% of its last price",
        "The target of an asset that is not listed is shared by those that are",
        "worked in 3 equal slices",
        "turnover of decisions in any 252 sessions 150%",
        "cost in any 252 sessions 60 bps",
        "A newer decision is sized against what an older one has due",
        "Trades below 0.05% of nav are not made",
        "displaced by the book's own trading",
        "at most 4% in AAPL",
        "at most 9% in drugs (MRK, PFE)",
        "absolute weights up to 1.3, borrowing allowed; short positions allowed",
        "at least 40% of nav liquid",
        "BAC may not be traded 2008-09-15 to 2009-01-02",
        "bring 100.0m on 2008-02-15, ask for 50.0m on 2008-09-18, ask for 20% of the previous close's nav",
        "all assets alike (pro rata)",
        "pays a commission",
        "80 basis points of their value a year",
        "the cash rate and 150 basis points",
        "AAPL: {eta: 0.3}",
    ):
        assert words in said, words
    plain = " ".join(assumptions(build(load("us-large-caps"), None)))
    for words in (
        "delisted",
        "halted",
        "Bounds",
        "Investors",
        "commission",
        "borrow",
        "slices",
        "lots",
        "252 sessions",
    ):
        assert words not in plain, words


def test_estimated_spreads_and_lots_are_said(tmp_path):
    prices = tmp_path / "prices"
    prices.mkdir()
    rows = [f"2024-01-{day:02d},10,11,9,{10 + day % 3},1000,0,0" for day in range(2, 30)]
    text = "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n" + "\n".join(rows) + "\n"
    (prices / "A.csv").write_text(text.replace(",9,", ",8,").replace(",11,", ",13,"))
    (tmp_path / "x.toml").write_text(
        '[scenario]\nname = "x"\n[market]\nsource = "csv"\npath = "prices"\ncash_rate = 0.0\nprices = "raw"\n'
        '[portfolio]\nweights = { A = 1.0 }\n[instruments.A]\nlot = 100\n[costs]\nspread_from = "abdi-ranaldo"\n'
        '[policies.passive]\nkind = "hold"\n'
    )
    outcome = replay(build(load(str(tmp_path / "x.toml")), tmp_path))
    said = " ".join(assumptions(outcome.scenario))
    assert "estimated from daily prices (abdi-ranaldo)" in said
    assert "Round lots of shares: A 100" in said
    assert "Prices are as traded" in said
    held = outcome.results["passive"].shares["A"].to_numpy()
    assert held[-1] > 0.0
    assert (held % 100.0 == 0.0).all()


def test_an_infinite_half_life_can_be_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    changes = ["--set", "costs.half_life_days=inf", "--set", "scenario.end=2007-12-31", "--set", "shocks=[]"]
    assert main(["run", "redemption-run", *changes, "--out", "a", "--quiet"]) == 0
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert manifest["scenario"]["costs"]["half_life_days"] == "inf"
    capsys.readouterr()


def test_flows_before_signals_are_warm_say_why_the_run_starts_there(capsys):
    early = ["scenario.start=1990-01-02", "flows=[{ date = 1990-01-05, share = -0.1 }]"]
    command = ["run", "redemption-run", "--set", early[0], "--set", early[1], "--quiet"]
    assert main(command) == 2
    assert "1990-01-31 (as asked for, or once its signals are warm)" in capsys.readouterr().err


def test_a_misspelt_name_is_told_from_one_without_a_kind(capsys):
    assert main(["run", "redemption-run", "--set", "policies.quartely.every=5", "--quiet"]) == 2
    assert "policies.quartely: 'kind' is missing; those with one: " in (said := capsys.readouterr().err)
    assert "quarterly" in said


def test_the_same_flow_on_many_days_is_said_once():
    days = ("2008-03-31", "2008-06-30", "2008-09-30")
    table = ", ".join(f"{{ date = {day}, share = -0.03 }}" for day in days)
    said = assumptions(build(load("redemption-run", [f"flows=[{table}, {{ date = 2008-12-31, share = -1.0 }}]"]), None))
    whole = "Investors ask for 3% of the previous close's nav on 2008-03-31, 2008-06-30, 2008-09-30, ask for 100% of"
    assert any(line.startswith(whole) for line in said)

"""A table of instruments: what it says of assets reaches the run, and the scenario's own keys beat it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scenarios.assumptions import assumptions
from scenarios.build import assemble, build, load_market
from scenarios.cli import main
from scenarios.load import load
from scenarios.resolved import explained, resolved
from scenarios.shocks.yields import CreditSpreadShift, RateShift
from simulator.core.errors import ParameterError, UndertowError
from simulator.core.instruments import Instrument
from simulator.data import inspect
from tests.layouts import bars

TABLE = """Ticker,class,sector,duration,lot,currency,settlement,level,stressed_haircut
AAA,ig-credit,Utilities,6.5,10,USD,2,2A,0.12
BBB,hy-credit,,4,,,,other,
ZZZ,gold,,,,,,,
"""

SCENARIO = """
[scenario]
name = "one"
benchmark = "hold"
initial_cash = 1000000.0
[market]
source = "csv"
path = "prices"
prices = "raw"
cash_rate = 0.0
[portfolio]
weights = { AAA = 0.5, BBB = 0.3, CCC = 0.2 }
opening = "targets"
[policies.hold]
kind = "hold"
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "data/prices").mkdir(parents=True)
    for number, name in enumerate(("AAA", "BBB", "CCC")):
        frame = bars(number, 120).drop(columns="Adj Close").assign(Dividends=0.0, Splits=1.0)
        frame.to_csv(tmp_path / f"data/prices/{name}.csv")
    (tmp_path / "data/instruments.csv").write_text(TABLE)
    (tmp_path / "one.toml").write_text(SCENARIO)
    return tmp_path


def market(home, *settings):
    return load_market(load(str(home / "one.toml"), settings), home / "data")


FROM = 'market.instruments.from="instruments.csv"'


def test_the_table_says_what_instruments_are_and_the_scenario_beats_it(home):
    found = market(home, FROM, "instruments.AAA={stressed_haircut=0.3}", "instruments.CCC={class='gold'}")
    aaa = Instrument("ig-credit", "2A", 0.3, 10.0, "Utilities", 6.5, 2, "USD")
    assert found.instruments == (aaa, Instrument("hy-credit", "other", 0.20, duration=4.0), Instrument("gold"))
    notes = [note.text for note in inspect(found) if note.subject == "instruments"]
    assert notes == [
        f"{home}/data/instruments.csv: of 3 tickers it holds AAA, BBB; not CCC, which keep what [instruments] or their "
        "ticker says"
    ]
    assert market(home).instruments == (Instrument(),) * 3


def test_a_class_of_the_table_is_not_called_assumed(home):
    file = load(str(home / "one.toml"), [FROM])
    said = "\n".join(assumptions(assemble(file, load_market(file, home / "data"))))
    assert "Asset class assumed to be equity: CCC (" in said


def test_fields_that_are_not_stated_leave_no_trace_in_a_fingerprint(home):
    assert repr(Instrument("gold")) == "Instrument(asset_class='gold', level='other', stressed_haircut=0.1, lot=0.0)"
    plain = market(home)
    other = replace(plain, instruments=(Instrument(duration=1.0), *plain.instruments[1:]))
    assert plain.fingerprint() != other.fingerprint()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("ticker,clas\nAAA,gold\n", "unknown column 'clas'; did you mean 'class'?"),
        ("class\ngold\n", "no column 'ticker'"),
        ("ticker\nAAA\n", "nothing beside tickers"),
        ("ticker,class,Class\nAAA,gold,gold\n", "appears twice"),
        ("ticker,class\n", "no rows"),
        ("ticker,class\nAAA,gold\nAAA,equity\n", "line 3 (AAA): AAA appears twice"),
        ("ticker,class\nAAA,golden\n", "line 2 (AAA): unknown asset class 'golden'"),
        ("ticker,class\n,gold\n", "line 2 (no ticker)"),
        ("ticker,lot\nAAA,many\n", "line 2 (AAA): lot must be a number"),
        ("ticker,settlement\nAAA,1.5\n", "settlement must be a whole number"),
        ("ticker,settlement\nAAA,31\n", "line 2 (AAA): settlement must be at most 30 sessions"),
        ("ticker,stressed_haircut\nAAA,15\n", "stressed_haircut must"),
        ("ticker;stressed_haircut\nAAA;0,15\n", "number, written 0.15"),
        ("ticker,currency\nAAA,euro\n", "currency must be three capital letters"),
        ("ticker,level\nAAA,3\n", "unknown liquidity level '3'"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(home, table, words):
    (home / "data/instruments.csv").write_text(table)
    with pytest.raises(UndertowError) as caught:
        market(home, FROM)
    assert words in str(caught.value)
    assert "instruments.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (['market.instruments.from="none.csv"'], "none.csv: no such file"),
        (['market.instruments.from="study"'], "needs study"),
        ([FROM, 'market.instruments.study="x"'], "study is for from = 'study'"),
        (['market.instruments={from="study",study="nowhere"}'], "is no folder that `undertow study equity-liquidity`"),
        (["market.instruments.form='x'"], "did you mean 'from'?"),
    ],
)
def test_a_table_that_is_not_there_is_refused(home, settings, words):
    with pytest.raises(UndertowError, match=words.replace("(", r"\(").replace("?", r"\?")):
        market(home, *settings)


def study(folder, tickers, liquid):
    """What the study writes of shares, of which some are liquid."""
    folder.mkdir(parents=True)
    window = {"name": "2023", "first": "2023-02-01", "last": "2023-03-01"}
    (folder / "metrics.json").write_text(json.dumps({"study": "equity-liquidity", "window": window}))
    rows = [
        f"{name},equity,Tech,{'2B' if name in liquid else 'other'},{0.15 if name in liquid else 0.3}"
        for name in tickers
    ]
    (folder / "instruments.csv").write_text("\n".join(["ticker,class,sector,level,stressed_haircut", *rows]) + "\n")


def liquidity(home, out, *settings):
    words = [word for text in settings for word in ("--set", text)]
    assert main(["liquidity", str(home / "one.toml"), "--data", str(home / "data"), "--out", str(out), *words]) == 0
    return json.loads((out / "liquidity.json").read_text())


def test_the_lcr_of_a_run_is_that_of_the_study(home, capsys):
    study(home / "classes", ["AAA", "BBB", "CCC", "DDD"], ["AAA"])
    (home / "one.toml").write_text(SCENARIO + '[market.instruments]\nfrom = "study"\nstudy = "classes"\n')
    found = liquidity(home, home / "out")["bank"]
    weights = {row["asset"]: row["value"] for row in liquidity(home, home / "out")["positions"]}
    cash = found["level_1"]
    nav = cash + sum(weights.values())
    assert found["level_2b"] == pytest.approx(0.5 * weights["AAA"])  # BCBS 238: half of a share counts
    stock = cash + min(0.5 * weights["AAA"], 15 / 85 * cash)  # and no more than 15% of the stock
    assert found["hqla"] == pytest.approx(stock / nav, abs=1e-12)
    haircuts = [instrument.haircut for instrument in market(home).instruments]
    assert haircuts == [0.15, 0.3, 0.3]
    elsewhere = liquidity(home, home / "by-path", 'market.instruments={from="../classes"}')
    assert elsewhere["bank"] == found


def test_a_run_that_begins_before_a_study_ended_is_told_first(home):
    study(home / "classes", ["AAA"], ["AAA"])
    settings = [f'market.instruments={{from="study",study="{home}/classes"}}']
    early = [note for note in inspect(market(home, *settings)) if note.subject == "instruments" and note.grave]
    assert "learned from 2023-02-01 to 2023-03-01" in early[0].text
    late = market(home, *settings, "scenario.start=2023-03-02")
    assert not [note for note in inspect(late) if note.subject == "instruments" and note.grave]


def test_a_duration_of_an_instrument_moves_its_price_by_rates_alone(home):
    scenario = build(load(str(home / "one.toml"), [FROM]), home / "data")
    day = str(scenario.market.sessions[60])
    for shock, expected in (
        (RateShift(start=day, days=1, points=1.0), [-0.065, -0.04, 0.0]),
        (RateShift(start=day, days=1, points=1.0, durations={"equity": 2.0, "BBB": 1.0}), [-0.065, -0.01, -0.02]),
        (CreditSpreadShift(start=day, days=1, points=1.0, durations={"hy-credit": 3.0}), [0.0, -0.03, 0.0]),
    ):
        moved = replace(scenario, shocks=(shock,))
        from scenarios.runner import shocked

        ratio = np.log(shocked(moved, scenario.market).market.close[60] / scenario.market.close[60])
        assert ratio == pytest.approx(expected, abs=1e-12)
    with pytest.raises(ParameterError, match="state durations"):
        shocked(replace(scenario, shocks=(CreditSpreadShift(start=day, days=1),)), scenario.market)


def test_the_settlement_of_an_instrument_decides_its_bucket(home, tmp_path):
    told = liquidity(home, home / "usual", "portfolio.opening='targets'")
    slow = liquidity(home, home / "slow", "instruments.AAA={settlement=6}")
    usual, late = ({row["asset"]: row["usual_bucket"] for row in profile["positions"]} for profile in (told, slow))
    assert usual["AAA"] == "highly liquid"
    assert late == {**usual, "AAA": "less liquid"}


def test_show_prints_the_table_and_its_text_is_a_scenario(home):
    file = load(str(home / "one.toml"), [FROM])
    (home / "two.toml").write_text(explained(file))
    assert 'instruments = { from = "instruments.csv" }' in explained(file)
    assert resolved(load(str(home / "two.toml"))) == resolved(file)


def test_any_usual_file_will_do(home):
    frame = pd.read_csv(home / "data/instruments.csv", dtype=str)
    frame.to_parquet(home / "data/instruments.parquet")
    assert market(home, FROM).instruments == market(home, 'market.instruments.from="instruments.parquet"').instruments


def test_a_group_may_be_a_sector(home):
    settings = [FROM, "instruments.CCC.sector=Utilities", 'bounds.groups.u={sector="Utilities",max_weight=0.4}']
    bounds = build(load(str(home / "one.toml"), settings), home / "data").bounds
    assert bounds.groups["u"].assets == ("AAA", "CCC")
    assert bounds.groups["u"].max_weight == 0.4
    for group, words in (
        ('{sector="Utility",max_weight=0.4}', "no asset of sector 'Utility'; did you mean 'Utilities'?"),
        ('{sector="Utilities",assets=["AAA"],max_weight=0.4}', "either assets or a sector"),
        ("{max_weight=0.4}", "either assets or a sector"),
    ):
        with pytest.raises(UndertowError) as caught:
            build(load(str(home / "one.toml"), [FROM, f"bounds.groups.u={group}"]), home / "data")
        assert words in str(caught.value)
    with pytest.raises(UndertowError, match="no instrument states one"):
        build(load(str(home / "one.toml"), ['bounds.groups.u={sector="X",max_weight=0.4}']), home / "data")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([], "Trades settle at once, but as instruments state AAA T+2. "),
        (["execution.settlement_days=2"], "Trades settle T+2. "),
        (
            ["execution.settlement_days='us-equities'"],
            "Trades settle as us-equities do, but as instruments state AAA T+2. ",
        ),
        (
            ["execution.settlement_days={'2000-01-03'=3, '2017-09-05'=1}"],
            "Trades settle T+3 from 2000-01-03 on, T+1 from 2017-09-05 on, but as instruments state AAA T+2. ",
        ),
        (["execution.settlement_days={BBB=4}"], "Trades settle AAA: T+2, BBB: T+4 (others at once). "),
        (["execution.settlement_days={AAA=1}"], "Trades settle AAA: T+1 (others at once). "),
    ],
)
def test_the_page_says_when_trades_settle_instruments_included(home, settings, said):
    lines = assumptions(build(load(str(home / "one.toml"), [FROM, *settings]), home / "data"))
    assert [line for line in lines if line.startswith(said)], lines


def test_nothing_is_said_of_settlement_where_all_settles_at_once(home):
    for stated in ("0", "{AAA=0}"):
        settings = [f"execution.settlement_days={stated}", "instruments.AAA={settlement=0}"]
        lines = assumptions(build(load(str(home / "one.toml"), settings), home / "data"))
        assert not [line for line in lines if "settle" in line], lines

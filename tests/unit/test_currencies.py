"""Prices in another currency: a book of them is that of the converted prices, and what rates lack is said."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from scenarios.assumptions import assumptions
from scenarios.build import build, load_market
from scenarios.cli import main
from scenarios.load import load
from simulator.core.errors import UndertowError
from simulator.data import inspect
from tests.layouts import bars

SESSIONS = 260
SCENARIO = """
[scenario]
name = "one"
benchmark = "quarterly"
initial_cash = 250000.0
[market]
source = "csv"
path = "prices"
cash_rate = 0.02
[portfolio]
weights = { AAA = 0.5, BBB = 0.3, CASH = 0.2 }
[costs]
commission_bps = 1.0
min_commission = 2.0
half_spread_bps = 4.0
eta = 0.1
[[flows]]
date = 2023-06-01
amount = -30000.0
[policies.quarterly]
kind = "periodic"
every = 21
[policies.band]
kind = "threshold-band"
band = 0.02
"""
EUR = """
[market.fx]
EUR = "eurusd.csv"
[instruments.AAA]
currency = "EUR"
[instruments.BBB]
currency = "EUR"
"""
MONEY = ["Open", "High", "Low", "Close", "Adj Close"]


def eurusd(index):
    rng = np.random.default_rng(9)
    return pd.Series(1.08 * np.exp(rng.normal(0.0, 0.005, len(index)).cumsum()), index, name="Close").rename_axis(
        "Date"
    )


def assets(convention):
    frames = {name: bars(number, SESSIONS) for number, name in enumerate(("AAA", "BBB"))}
    if convention != "adjusted":
        frames = {name: frame.drop(columns="Adj Close") for name, frame in frames.items()}
    for number, frame in enumerate(frames.values()):
        if convention != "adjusted":
            frame["Dividends"] = 0.0
            frame.iloc[40 + number :: 60, frame.columns.get_loc("Dividends")] = 0.7
        if convention == "raw":
            frame["Splits"] = 1.0
            cut = 100 + number
            frame.iloc[cut, frame.columns.get_loc("Splits")] = 2.0
            frame.iloc[cut:, :4] /= 2.0
            frame.iloc[cut:, frame.columns.get_loc("Volume")] *= 2
    return frames


@pytest.fixture
def home(tmp_path):
    return written(tmp_path, "adjusted")


def written(folder, convention):
    """A scenario in dollars on prices in euros, and beside them the same prices in dollars."""
    for name in ("data/prices", "dollars/prices"):
        (folder / name).mkdir(parents=True)
    frames = assets(convention)
    rate = eurusd(frames["AAA"].index)
    rate.to_csv(folder / "data/eurusd.csv")
    for name, frame in frames.items():
        frame.to_csv(folder / f"data/prices/{name}.csv")
        money = [column for column in (*MONEY, "Dividends") if column in frame]
        frame.assign(**{column: frame[column] * rate for column in money}).to_csv(folder / f"dollars/prices/{name}.csv")
    stated = SCENARIO.replace('path = "prices"', f'path = "prices"\nprices = "{convention}"')
    if convention == "raw":
        stated = stated.replace("half_spread_bps = 4.0", "half_spread_bps = 4.0\nper_share = 0.003")
    (folder / "plain.toml").write_text(stated)
    (folder / "euros.toml").write_text(stated.replace("cash_rate", 'currency = "USD"\ncash_rate') + EUR)
    return folder


def market(home, *settings, name="euros", data="data"):
    return load_market(load(str(home / f"{name}.toml"), settings), home / data)


@pytest.mark.parametrize("convention", ["adjusted", "split-adjusted", "raw"])
def test_a_book_in_another_currency_is_the_book_of_converted_prices(tmp_path, convention):
    home = written(tmp_path, convention)
    found = {}
    for name, data in (("euros", "data"), ("plain", "dollars")):
        words = ["run", str(home / f"{name}.toml"), "--data", str(home / data), "--out", str(home / "out" / name)]
        assert main([*words, "--quiet", "--no-tearsheets"]) == 0
        days = [
            pd.read_parquet(home / "out" / name / f"ledger/{policy}-daily.parquet") for policy in ("quarterly", "band")
        ]
        figures = json.loads((home / "out" / name / "metrics.json").read_text())["policies"]
        found[name] = (pd.concat(days).select_dtypes("number"), figures)
    ours, theirs = found["euros"][0], found["plain"][0]
    for column in ours:  # nav, cash, shares, each component of cost
        np.testing.assert_allclose(
            ours[column], theirs[column], rtol=1e-12, atol=1e-9 * theirs[column].abs().max() * 1e-3
        )
    assert (ours[["cost_spread", "cost_temporary", "cost_commission", "bought"]].sum() > 0.0).all()
    for policy, own in found["euros"][1].items():
        there = found["plain"][1][policy]
        assert own["cost_bps_annual"] > 0.0
        for name, value in own.items():
            if isinstance(value, float):
                assert value == pytest.approx(there[name], rel=1e-9, abs=1e-12), (policy, name)
        assert own["cost_bps_annual"] == pytest.approx(there["cost_bps_annual"], rel=1e-12)


def test_prices_and_dividends_take_the_rate_of_their_day_and_shares_stay(tmp_path):
    home = written(tmp_path, "raw")
    rate = pd.read_csv(home / "data/eurusd.csv")["Close"].to_numpy()
    local = pd.read_csv(home / "data/prices/AAA.csv")
    found = market(home)
    for name in ("open", "high", "low", "close", "dividends"):
        own = getattr(found, name)[:, 0]
        np.testing.assert_allclose(own, local[name.title()] * rate, rtol=1e-15)
    assert np.array_equal(found.volume[:, 0], local["Volume"])
    assert np.array_equal(found.splits[:, 0], local["Splits"])
    assert found.instruments[0].currency == "EUR"
    said = [note.text for note in inspect(found) if note.subject == "AAA, BBB"]
    assert said == [
        f"quoted in EUR, all prices of a day converted to USD at that day's rate ({home}/data/eurusd.csv): 1 EUR = "
        f"{rate[0]:.6g} USD on 2023-01-02, {rate[-1]:.6g} on 2023-12-29"
    ]


def test_what_amounts_are_in_is_an_assumption(home):
    file = load(str(home / "euros.toml"))
    said = [line for line in assumptions(build(file, home / "data")) if line.startswith("All amounts are in USD")]
    assert len(said) == 1
    assert "half_spread_bps of AAA, BBB" in said[0]
    assert not [line for line in assumptions(build(load(str(home / "plain.toml")), home / "data")) if "amounts" in line]


def test_no_price_before_a_cut_depends_on_a_rate_after_it(home):
    before = market(home)
    rates = pd.read_csv(home / "data/eurusd.csv")
    rates.loc[150:, "Close"] *= 3.0
    rates.to_csv(home / "data/eurusd.csv", index=False)
    after = market(home)
    for name in ("open", "high", "low", "close"):
        assert np.array_equal(getattr(before, name)[:150], getattr(after, name)[:150])
        assert not np.isclose(getattr(before, name)[150:], getattr(after, name)[150:]).any()


def test_a_rate_the_other_way_round_and_pence(home):
    rates = pd.read_csv(home / "data/eurusd.csv", index_col="Date")
    (1.0 / rates).to_csv(home / "data/usdeur.csv")
    plain = market(home)
    other = market(home, 'market.fx.EUR={path="usdeur.csv",inverse=true}')
    np.testing.assert_allclose(other.close, plain.close, rtol=1e-14)
    pence = market(home, "instruments.BBB.currency=GBp", 'market.fx.GBP="eurusd.csv"')
    np.testing.assert_allclose(pence.close[:, 1], plain.close[:, 1] / 100.0, rtol=1e-14)
    local = market(home, name="plain")
    settings = ["market.currency=GBP", "market.fx=unset", "instruments.AAA.currency=GBp", "instruments.BBB=unset"]
    pounds = market(home, *settings)
    np.testing.assert_allclose(pounds.close, local.close * [0.01, 1.0], rtol=1e-15)


def test_rates_may_be_a_file_of_bars(home):
    plain = market(home)
    rates = pd.read_csv(home / "data/eurusd.csv", index_col="Date", parse_dates=["Date"])
    rates.to_parquet(home / "data/EURUSD=X.parquet")
    assert np.array_equal(market(home, 'market.fx.EUR="EURUSD=X.parquet"').close, plain.close)


def without(home, rows):
    rates = pd.read_csv(home / "data/eurusd.csv")
    rates.drop(index=rows).to_csv(home / "data/eurusd.csv", index=False)
    return rates


def test_a_day_without_a_rate_takes_the_last_and_that_is_said_first(home):
    rates = without(home, [20, 21])
    found = market(home)
    local = pd.read_csv(home / "data/prices/AAA.csv")
    factor = rates["Close"].to_numpy().copy()
    factor[20:22] = factor[19]
    np.testing.assert_allclose(found.close[:, 0], local["Adj Close"] * factor, rtol=1e-15)
    grave = [note.text for note in inspect(found) if note.grave and note.subject == "AAA, BBB"]
    days = pd.to_datetime(rates["Date"])
    age = (days[21] - days[19]).days
    assert grave == [
        f"2 days have no rate of EUR and took the last before, at most {age} days old; the first is {rates['Date'][20]}"
    ]


def test_a_rate_that_is_too_old_is_refused_unless_that_is_stated_or_the_run_ends_before(home):
    rates = without(home, range(30, 40))
    with pytest.raises(
        UndertowError, match=r"market\.fx\.EUR: .*its last rate before 2023-02-20, when AAA has a price"
    ):
        market(home)
    stated = market(home, 'market.fx.EUR={path="eurusd.csv",max_age_days=15}')
    assert np.isfinite(stated.close).all()
    cut = market(home, f"scenario.end={rates['Date'][32]}")
    assert np.isfinite(cut.close[:35]).all()
    assert cut.sessions[35] > np.datetime64(rates["Date"][35])  # what nobody needs and has no rate is left out


def test_what_lies_before_the_first_rate_is_left_out_and_said_first(home):
    without(home, range(10))
    found = market(home)
    assert str(found.sessions[0]) == "2023-01-16"
    grave = [note.text for note in inspect(found) if note.grave and note.subject == "AAA"]
    assert grave == ["prices before 2023-01-16 are left out: there is no rate of EUR before"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["market.currency=unset"], "market.fx: say what currency the book is in"),
        (["market.currency=unset", "market.fx=unset", "instruments.BBB.currency=USD"], "prices are in EUR (AAA), USD"),
        (["market.fx=unset"], "market.fx.EUR is missing: AAA is quoted in EUR, the book in USD"),
        (['market.fx.JPY="eurusd.csv"'], "market.fx.JPY: no asset is quoted in JPY"),
        (["market.currency=GBp"], "write GBP"),
        (["market.currency=dollar"], "three capital letters"),
        (['market.fx.EUR="none.csv"'], "none.csv: no such file"),
        (["market.fx.EUR={path='eurusd.csv',inversed=true}"], "did you mean 'inverse'?"),
    ],
)
def test_what_is_not_said_or_cannot_be_is_refused(home, settings, words):
    with pytest.raises(UndertowError, match=re.escape(words)):
        market(home, *settings)


def test_assets_all_in_one_currency_need_no_more(home):
    plain = market(home, name="plain")
    same = market(home, "market.currency=unset", "market.fx=unset")
    assert np.array_equal(plain.close, same.close)


def test_a_rate_of_nothing_is_refused_and_the_bundled_market_is_in_dollars(home):
    rates = pd.read_csv(home / "data/eurusd.csv")
    rates.loc[5, "Close"] = 0.0
    rates.to_csv(home / "data/eurusd.csv", index=False)
    with pytest.raises(UndertowError, match="is 0, not above 0"):
        market(home)
    with pytest.raises(UndertowError, match="bundled market is in USD"):
        build(load("us-large-caps", ["market.currency=EUR"]), None)


def test_what_was_pulled_says_what_it_is_quoted_in(home):
    entry = {"source": "yahoo", "asked_first": "", "asked_last": "2024-01-01", "first": "", "last": "", "rows": 1}
    entry |= {"pulled": "2024-01-02", "sha256": ""}
    told = {f"{name}.csv": {**entry, "ticker": name, "currency": "EUR"} for name in ("AAA", "BBB")}
    (home / "data/prices/pulled.json").write_text(json.dumps(told))
    settings = ["instruments=unset", "market.layout=auto"]
    found = market(home, *settings)
    assert np.array_equal(found.close, market(home).close)
    assert [instrument.currency for instrument in found.instruments] == ["EUR", "EUR"]
    told["BBB.csv"]["currency"] = "USD"
    (home / "data/prices/pulled.json").write_text(json.dumps(told))
    with pytest.raises(UndertowError, match=re.escape("prices are in EUR (AAA), USD (BBB)")):
        market(home, "market.layout=auto", name="plain")

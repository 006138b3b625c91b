"""Calendars of every kind through the command line: volatility is that of the closes, over the right year."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from pandas.tseries.holiday import USFederalHolidayCalendar

from scenarios.cli import main

HOLIDAYS = pd.offsets.CustomBusinessDay(calendar=USFederalHolidayCalendar())
SHARE, COIN = pd.bdate_range("2019", "2021-12-31"), pd.date_range("2019", "2021-12-31")
LONG = pd.bdate_range("2015", "2021")
FRIDAYS = pd.date_range("2015", "2021", freq="W-FRI")
EVERY_DAY = pd.date_range("2015", "2021")
#: Sessions by asset, what is held, and how many a year has (``None``: as many as are seen).
CALENDARS = {
    "weekdays": ({"A": SHARE}, "A", 252),
    "weekdays but holidays": ({"A": pd.date_range("2019", "2021-12-31", freq=HOLIDAYS)}, "A", 252),
    "every day": ({"A": COIN}, "A", 365),
    "Fridays": ({"A": FRIDAYS}, "A", 52),
    "Wednesdays, some missing": ({"A": pd.date_range("2015", "2021", freq="W-WED").delete([10, 11, 80])}, "A", 52),
    "month ends": ({"A": pd.date_range("2005", "2021", freq="BME")}, "A", 12),
    "month starts, weekends too": ({"A": pd.date_range("2005", "2021", freq="MS")}, "A", 12),
    "quarter ends": ({"A": pd.date_range("2000", "2021", freq="BQE")}, "A", None),
    "every second weekday": ({"A": LONG[::2]}, "A", None),
    "Mondays to Thursdays": ({"A": LONG[LONG.day_of_week < 4]}, "A", None),
    "six days a week": ({"A": EVERY_DAY[EVERY_DAY.day_of_week < 6]}, "A", None),
    "every day but an outage": ({"A": COIN.delete(range(300, 320))}, "A", 365),
    "a share beside a coin": ({"A": SHARE, "B": COIN}, "A", 252),
    "a coin beside a share": ({"A": SHARE, "B": COIN}, "B", 365),
    "a weekly fund beside a share": ({"A": LONG, "B": FRIDAYS}, "B", 52),
    "a leap year of every day": ({"A": pd.date_range("2020", "2020-12-31")}, "A", 365),
    "a month of every day": ({"A": pd.date_range("2020", "2020-01-31")}, "A", 365),
    "a month of weekdays": ({"A": pd.bdate_range("2020", "2020-01-31")}, "A", 252),
    "three Fridays": ({"A": pd.date_range("2020-01-03", periods=3, freq="W-FRI")}, "A", 52),
    "two weekdays": ({"A": pd.bdate_range("2020-01-02", periods=2)}, "A", 252),
}
SCENARIO = """
[scenario]
name = "rhythm"
benchmark = "held"
initial_cash = 1e6
[market]
source = "csv"
path = "prices"
cash_rate = 0.0
[portfolio.weights]
{held} = 1.0
[execution]
lag = 0
[costs]
half_spread_bps = 0
eta = 0
gamma = 0
[policies.held]
kind = "hold"
"""


def run(home, assets, held, *more):
    """Write made closes and replay them; return the closes of what is held, and what the run says."""
    rng, closes = np.random.default_rng(1), {}
    (home / "data" / "prices").mkdir(parents=True)
    for name, sessions in assets.items():
        close = pd.Series(100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.01, len(sessions)))), sessions)
        bars = dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), close.to_numpy())
        table = pd.DataFrame({"Date": sessions.strftime("%Y-%m-%d"), **bars, "Volume": 1e9})
        table.to_csv(home / "data" / "prices" / f"{name}.csv", index=False)
        closes[name] = close
    (home / "rhythm.toml").write_text(SCENARIO.format(held=held))
    out = ("--data", str(home / "data"), "--out", str(home / "out"))
    status = main(["run", str(home / "rhythm.toml"), *out, "--quiet", "--no-tearsheets", *more])
    return closes[held], json.loads((home / "out" / "metrics.json").read_text()) if status == 0 else status


def volatility(close, a_year):
    """By the closes alone; on the first day the book is bought, and earns nothing."""
    returns = np.concatenate([[0.0], close.pct_change().to_numpy()[1:]])
    seen = (len(close) - 1) / ((close.index[-1] - close.index[0]).days / 365.25)
    return returns.std(ddof=1) * np.sqrt(a_year or seen)


@pytest.mark.parametrize(("assets", "held", "a_year"), CALENDARS.values(), ids=CALENDARS.keys())
def test_a_year_has_as_many_sessions_as_what_is_held(tmp_path, assets, held, a_year):
    close, told = run(tmp_path, assets, held)
    found = told["policies"]["held"]["volatility"]
    assert found == pytest.approx(volatility(close, a_year), rel=1e-9)
    first = " ".join(told.get("notices", []))
    assert ("sessions a year" in first) == (a_year != 252), "a year of another length is said first"
    assert ("not annualise" in first) == ((close.index[-1] - close.index[0]).days < 365), "and so is less than a year"


def test_a_year_that_is_stated_is_taken(tmp_path):
    close, told = run(tmp_path, {"A": SHARE}, "A", "--set", "market.sessions_per_year=250")
    assert told["policies"]["held"]["volatility"] == pytest.approx(volatility(close, 250), rel=1e-9)


def test_sundays_of_a_market_that_rests_on_saturdays_are_asked_about(tmp_path, capsys):
    """They are Mondays read in another zone, or a market that trades from Sunday to Thursday: nobody can know."""
    assert run(tmp_path, {"A": EVERY_DAY[~EVERY_DAY.day_of_week.isin([4, 5])]}, "A")[1] == 2
    assert "313 Sundays of a market that rests on Saturdays" in capsys.readouterr().err


SHORT = {
    "three years of month ends": (pd.date_range("2007-06-30", periods=36, freq="BME"), 36),
    "the month end of a crisis": (pd.date_range("2008-09-30", periods=1, freq="BME"), 1),
    "one session": (pd.bdate_range("2020-03-16", periods=1), 1),
    "two sessions": (pd.bdate_range("2020-03-16", periods=2), 2),
}


@pytest.mark.parametrize("name", SHORT)
def test_however_few_sessions_a_file_has_its_run_is_whole(tmp_path, name, capsys):
    dates, count = SHORT[name]
    often = ("--set", 'policies.often.kind="periodic"', "--set", "policies.often.every=1")
    close, told = run(tmp_path, {"A": dates}, "A", *often)
    out = tmp_path / "out"
    for policy in ("held", "often"):
        found = told["policies"][policy]
        assert len(pd.read_parquet(out / "ledger" / f"{policy}-daily.parquet")) == count
        assert found["final_nav"] == pytest.approx(1e6 * close.iloc[-1] / close.iloc[0], rel=1e-12)
        assert found["max_drawdown"] == pytest.approx((close / close.cummax() - 1.0).min(), abs=1e-12)
    assert main(["tearsheet", str(out), "often"]) == 0
    assert main(["verify", str(out)]) == 0
    assert capsys.readouterr().err == ""

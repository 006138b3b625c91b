"""Published series: when they become known, how long they hold, and what their history may know."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build
from scenarios.load import load
from scenarios.runner import replay
from simulator import ExogenousSeries, MarketData, simulate
from simulator.core.errors import DataError, ParameterError, UndertowError
from simulator.core.release import KNOWN_RULES, ReleaseRule
from simulator.data import inspect, read_folder, read_series, read_vintages
from simulator.features import Features, Workspace
from strategies import Hold


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def known(name: str, date: str) -> np.datetime64:
    return ReleaseRule.parse(KNOWN_RULES[name]).known_at(np.array([date], "datetime64[D]"))[0]


# --- release rules


@pytest.mark.parametrize("name", KNOWN_RULES)
def test_no_publisher_works_on_columbus_day(name):
    # stocks traded on Monday 2020-10-12; the offices that publish were closed, with Friday's values in them
    assert known(name, "2020-10-09") > day("2020-10-12")


@pytest.mark.parametrize(
    ("name", "date", "published"),
    [
        ("NFCI", "2018-03-02", "2018-03-07"),  # Wednesday
        ("NFCI", "2018-01-12", "2018-01-18"),  # King's birthday on Monday: Thursday
        ("NFCI", "2018-11-16", "2018-11-21"),  # Thanksgiving is later in the week: Wednesday
        ("NFCI", "2015-07-03", "2015-07-08"),  # the Friday itself a holiday: Wednesday all the same
        ("STLFSI4", "2018-03-02", "2018-03-08"),  # Thursday
        ("STLFSI4", "2018-11-16", "2018-11-23"),  # Thanksgiving: Friday
        ("TEDRATE", "2018-03-05", "2018-03-12"),  # FRED holds LIBOR back for a week
        ("USD3MTD156N", "2018-03-05", "2018-03-12"),
        ("DGS10", "2018-10-05", "2018-10-09"),
        ("OFRFSI", "2018-10-04", "2018-10-09"),
    ],
)
def test_well_known_series_come_when_their_publishers_say(name, date, published):
    assert known(name, date) == day(published)


# --- how long a value holds


def series(dates, name="X", **more):
    index = pd.DatetimeIndex(dates)
    return ExogenousSeries.from_pandas(pd.Series(np.arange(1.0, len(index) + 1), index), "close", name, **more)


@pytest.mark.parametrize(
    ("freq", "limit"),
    [("B", 21), ("D", 21), ("W-FRI", 28), ("MS", 124), ("QS", 368)],  # the usual wait times 4, and 21 days at least
)
def test_a_value_holds_for_four_of_its_publishers_waits(freq, limit):
    one = series(pd.date_range("2005-01-01", "2010-12-31", freq=freq))
    assert one.age_limit_days == limit
    last = one.dates[-1]
    values, known = one.on(last + np.array([limit, limit + 1]))
    assert values[0] == one.values[-1]
    assert np.isnan(values[1])
    assert np.isnat(known[1])
    assert one.ended(last + limit) is None
    assert one.ended(last + limit + 1) == last


def test_a_stated_age_comes_before_the_rhythm_and_stays_where_history_is_cut():
    weekly = pd.date_range("2005-01-07", "2010-12-31", freq="W-FRI")
    assert series(weekly, max_age_days=7).age_limit_days == 7
    assert series(weekly).until(day("2005-01-10")).age_limit_days == 28  # one value left: no rhythm to be seen in it
    with pytest.raises(ParameterError, match="max_age_days must be at least 1"):
        series(weekly, max_age_days=0)


def test_a_series_that_no_role_names_has_its_own_rhythm():
    market = market_with(series(pd.date_range("2019-01-01", "2020-12-31", freq="MS"), "JOBS"))
    column = Features(market).series("JOBS")
    assert column.notna().all()  # a month old, and not missing after three weeks
    assert np.isfinite(Workspace(market).series("JOBS")).all()


def market_with(*held, sessions=pd.bdate_range("2020-01-02", "2020-12-31")):  # noqa: B008
    close = pd.DataFrame({"A": np.linspace(100.0, 120.0, len(sessions))}, sessions)
    return MarketData.from_frames(close, series={item.name: item for item in held})


def test_a_series_that_ends_is_told_and_unknown():
    ended = series(pd.bdate_range("2019-01-01", "2020-06-30"), "GONE")
    note = next(entry for entry in inspect(market_with(ended)) if entry.subject == "GONE")
    assert note.grave
    assert note.text.startswith("ends on 2020-06-30")
    column = Features(market_with(ended)).series("GONE")
    assert column["2020-07-21"] == ended.values[-1]
    assert column["2020-07-22":].isna().all()


def test_a_rate_that_ends_is_not_carried():
    sessions = pd.bdate_range("2020-01-02", "2020-12-31")
    close = pd.DataFrame({"A": np.linspace(100.0, 120.0, len(sessions))}, sessions)
    rate = pd.Series(0.05, pd.bdate_range("2019-01-01", "2020-03-31"))
    with pytest.raises(DataError, match=r"cash_rate: none is known on 2020-04-22 \(its last one holds to 2020-04-21\)"):
        simulate(MarketData.from_frames(close, cash_rate=rate, assumed_adv=1e6), Hold({"CASH": 1.0}), liquidity=False)
    simulate(
        MarketData.from_frames(close, cash_rate=rate, assumed_adv=1e6),
        Hold({"CASH": 1.0}),
        liquidity=False,
        end="2020-04-21",
    )
    stated = MarketData.from_frames(close, cash_rate=rate, cash_rate_after=0.01, assumed_adv=1e6)
    assert stated.cash_rate[sessions.get_loc("2020-04-21")] == 0.05
    assert (stated.cash_rate[sessions.get_loc("2020-04-22") :] == 0.01).all()
    note = next(entry for entry in inspect(stated) if entry.subject == "cash_rate")
    assert note.grave
    assert note.text == "none published from 2020-04-22 to the end: cash earns 1.00% a year then, as stated"
    assert not [entry for entry in inspect(stated.between(0, 60)) if entry.subject == "cash_rate"]


# --- what its history may know


def test_a_smoothed_series_is_refused_but_with_vintages_or_leave():
    fridays = pd.date_range("2019-01-04", "2020-12-25", freq="W-FRI")
    with pytest.raises(DataError, match=r"series NFCI: its history is smoothed with later values.*vintages"):
        market_with(series(fridays, "NFCI"))
    with pytest.raises(DataError, match="series MINE: its history is smoothed"):
        market_with(series(fridays, "MINE", revised="smoothed"))
    market = market_with(series(fridays, "NFCI", allow_revised=True))
    (note,) = [entry for entry in inspect(market) if entry.subject == "NFCI" and entry.grave]
    assert "whatever reads it knows the future" in note.text
    assert not [entry for entry in inspect(market_with(series(fridays, "MINE"))) if entry.grave]
    with pytest.raises(ParameterError, match="revised must be one of none, revised, smoothed"):
        series(fridays, revised="maybe")


ROWS = [  # value, for, known from
    (1.0, "2020-01-03", "2020-01-08"),
    (1.2, "2020-01-03", "2020-01-10"),
    (2.0, "2020-01-10", "2020-01-15"),
    (1.5, "2020-01-03", "2020-01-15"),
    (2.5, "2020-01-10", "2020-01-22"),
    (3.0, "2020-01-17", "2020-01-22"),
]


def vintages():
    frame = pd.DataFrame(ROWS, columns=["value", "date", "known_at"])
    return ExogenousSeries.from_vintages(frame.sample(frac=1.0, random_state=0), "NFCI")


def test_a_feature_reads_the_value_known_at_that_close():
    market = market_with(vintages(), sessions=pd.bdate_range("2020-01-06", "2020-01-23"))
    read = Features(market).series("NFCI")
    by_hand = [np.nan] * 2 + [1.0] * 2 + [1.2] * 3 + [2.0] * 5 + [3.0] * 2
    #          Mon, Tue 7th     8th, 9th    10th..14th   15th..21st   22nd, 23rd
    np.testing.assert_array_equal(read, by_hand)
    np.testing.assert_array_equal(Workspace(market).series("NFCI"), by_hand)
    # the history as it stood: the revision of the 15th is in it from that day on
    assert vintages().as_known("2020-01-14").tolist() == [1.2]
    assert vintages().as_known("2020-01-15").tolist() == [1.5, 2.0]
    assert vintages().as_known("2020-01-22").tolist() == [1.5, 2.5, 3.0]


def test_what_is_revised_tomorrow_changes_nothing_today():
    today = day("2020-01-14")
    sessions = pd.bdate_range("2020-01-06", "2020-01-14").values.astype("datetime64[D]")
    other = [(v if known <= "2020-01-14" else v + 9.0, date, known) for v, date, known in ROWS]
    frame = pd.DataFrame(other, columns=["value", "date", "known_at"])
    whole, poisoned, cut = vintages(), ExogenousSeries.from_vintages(frame, "NFCI"), vintages().until(today)
    for variant in (poisoned, cut):
        np.testing.assert_array_equal(whole.on(sessions)[0], variant.on(sessions)[0])
    assert cut.dates.tolist() == [day("2020-01-03").item()]
    assert cut.values.tolist() == [1.0]  # labels and thresholds read first values
    shocked = whole.with_values(whole.values + np.array([0.0, 10.0, 0.0]))
    assert shocked.as_known("2020-01-22").tolist() == [1.5, 12.5, 3.0]


LONG = "period_start_date,NFCI,realtime_start_date,realtime_end_date\n" + "".join(
    f"{date},{value},{known},9999-12-31\n" for value, date, known in ROWS
)
FRED = LONG.replace("period_start_date,NFCI", "date,value").replace("_date\n", "\n").replace("start_date", "start")
ALL = """observation_date,NFCI_20200108,NFCI_20200110,NFCI_20200115,NFCI_20200122
2020-01-03,1.0,1.2,1.5,1.5
2020-01-10,.,.,2.0,2.5
2020-01-17,.,.,.,3.0
"""
CHANGES = ALL.replace("1.5,1.5", "1.5,").replace("DATE", "observation_date").replace(",.", ",#N/A")


@pytest.mark.parametrize("text", [LONG, FRED, ALL, CHANGES], ids=["periods", "interface", "all", "new and revised"])
def test_vintages_are_read_as_alfred_writes_them(tmp_path, text):
    (tmp_path / "v.csv").write_text(text)
    read, whole = read_vintages(tmp_path / "v.csv"), vintages().vintages
    for part in ("dates", "known_at", "values"):
        np.testing.assert_array_equal(getattr(read, part), getattr(whole, part))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not comma-separated UTF-8 text"),
        ("date,value,realtime_start\n", "a header but no rows"),
        ("a,b\n1,2\n", "no column of reference dates"),
        ("date,value\n2020-01-03,1\n", "column 'value' is no vintage"),
        ("date,a,b,realtime_start\n2020-01-03,1,2,2020-01-08\n", "one column of values is needed"),
        ("date,a,realtime_start\n2020-01-03,1,soon\n", "line 2: 'soon' is no date"),
        ("date,a,realtime_start\n2020-01-03,x,2020-01-08\n", "line 2: column 'a': 'x' is no number"),
        ("date,NFCI_20200108,STLFSI2_20200115\n2020-01-03,1,2\n", r"of several series \(NFCI, STLFSI2\)"),
        ("date,STLFSI2_20200108\n2020-01-03,1\n", "the vintages of STLFSI2, not of NFCI"),
        ("date,STLFSI2,realtime_start\n2020-01-03,1,2020-01-08\n", "the vintages of STLFSI2, not of NFCI"),
        ("date,a,realtime_start\n2020-01-03,1,2020-01-02\n", "cannot be known on 2020-01-02, before it"),
        ("date,a,realtime_start\n2020-01-03,1,2020-01-08\n2020-01-03,2,2020-01-08\n", "two values known from"),
    ],
)
def test_bad_vintages_are_one_line(tmp_path, text, says):
    (tmp_path / "v.csv").write_text(text)
    with pytest.raises(DataError, match=says):
        read_vintages(tmp_path / "v.csv", "NFCI")


def test_files_know_what_is_smoothed_and_a_folder_leaves_it_out(tmp_path):
    macro = tmp_path / "macro"
    macro.mkdir()
    (macro / "NFCI.csv").write_text("DATE,NFCI\n2020-01-03,1.0\n2020-01-10,2.0\n")
    assert read_series(macro / "NFCI.csv", "CONDITIONS").refusal
    assert not read_series(macro / "NFCI.csv", "CONDITIONS", revised="none").refusal
    (tmp_path / "etf").mkdir()
    prices = ("Open", "High", "Low", "Close", "Adj Close", "Volume")
    days = pd.bdate_range("2020-01-06", "2020-01-23")
    pd.DataFrame(index=days).assign(**{column: 1.0 + np.arange(len(days)) / 100 for column in prices}).to_csv(
        tmp_path / "etf" / "A.csv", index_label="Date"
    )
    left = read_folder(tmp_path)
    assert not left.market.series
    assert any(note.subject == "NFCI" and note.text.startswith("left out") for note in left.notes)
    assert list(read_folder(tmp_path, allow_revised=True).market.series) == ["NFCI"]
    (macro / "NFCI-vintages.csv").write_text(LONG)
    assert read_folder(tmp_path).market.series["NFCI"].vintages is not None


# --- in a scenario

SCENARIO = """
[scenario]
name = "rates"
benchmark = "still"
[market]
source = "csv"
path = "etf"
assets = ["A"]
{market}
[portfolio]
weights = "equal"
[policies.still]
kind = "hold"
"""


def rates_folder(tmp_path, last="2020-03-31"):
    days = pd.bdate_range("2020-01-02", "2020-12-31")
    columns = ("Open", "High", "Low", "Close", "Adj Close")
    frame = pd.DataFrame({name: 100.0 + np.arange(len(days)) / 10 for name in columns}, days).assign(Volume=1e6)
    (tmp_path / "etf").mkdir()
    frame.to_csv(tmp_path / "etf" / "A.csv", index_label="Date")
    (tmp_path / "macro").mkdir()
    pd.Series(5.0, pd.bdate_range("2019-01-01", last), name="RATE").to_csv(
        tmp_path / "macro" / "RATE.csv", index_label="Date"
    )
    weeks = pd.date_range("2019-01-04", "2020-12-25", freq="W-FRI")
    pd.Series(0.1, weeks, name="NFCI").to_csv(tmp_path / "macro" / "NFCI.csv", index_label="Date")
    return tmp_path


def outcome(tmp_path, market):
    (tmp_path / "s.toml").write_text(SCENARIO.format(market=market))
    return replay(build(load(str(tmp_path / "s.toml")), tmp_path))


@pytest.mark.parametrize(
    ("market", "says"),
    [
        (
            'cash_rate = { path = "macro/RATE.csv", release = "close" }',
            r"market.cash_rate: macro/RATE.csv: its last value before 2020-04-22 is for 2020-03-31, and it holds for "
            r'21 days only; .*: cash_rate = \{ path = "macro/RATE.csv", after = 0.01 \}',
        ),
        (
            'cash_rate = 0.01\nseries = { NFCI = "macro/NFCI.csv" }',
            r"market.series.NFCI: macro/NFCI.csv: its history is smoothed with later values.* allow_revised = true",
        ),
        (
            'cash_rate = 0.01\nseries = { X = { path = "macro/RATE.csv", release = "close", revised = "smoothed" } }',
            r"market.series.X: macro/RATE.csv: its history is smoothed",
        ),
        (
            'cash_rate = 0.01\nseries = { NFCI = { path = "macro/NFCI.csv", vintages = "macro/none.csv" } }',
            r"macro/none.csv: no such file",
        ),
    ],
)
def test_a_scenario_is_refused_in_one_line(tmp_path, market, says):
    with pytest.raises(UndertowError, match=says) as caught:
        outcome(rates_folder(tmp_path), market)
    assert "\n" not in str(caught.value)


def test_what_was_stated_for_the_end_of_a_rate_is_told_first(tmp_path):
    given = 'cash_rate = { path = "macro/RATE.csv", release = "close", after = 0.01 }'
    ran = outcome(rates_folder(tmp_path), given)
    assert ran.notices == (
        "cash_rate: none published from 2020-04-22 to the end: cash earns 1.00% a year then, as stated",
    )
    assert ran.market.cash_rate[-1] == 0.01


def test_nothing_is_told_of_a_rate_that_outlives_the_run(tmp_path):
    given = 'cash_rate = { path = "macro/RATE.csv", release = "close" }'
    assert outcome(rates_folder(tmp_path, "2020-12-31"), given).notices == ()


def test_a_smoothed_series_that_is_allowed_stands_in_the_first_lines(tmp_path):
    given = 'cash_rate = 0.01\nseries = { NFCI = { path = "macro/NFCI.csv", allow_revised = true } }'
    (told,) = outcome(rates_folder(tmp_path), given).notices
    assert told.startswith("NFCI: its history is smoothed with later values")


def test_that_a_rate_earns_nothing_before_its_first_publication_is_told_first(tmp_path):
    folder = rates_folder(tmp_path)
    late = pd.Series(5.0, pd.bdate_range("2020-06-01", "2020-12-31"), name="RATE")
    late.to_csv(folder / "macro" / "RATE.csv", index_label="Date")
    ran = outcome(folder, 'cash_rate = { path = "macro/RATE.csv", release = "close" }')
    assert ran.notices == ("cash_rate: none published from 2020-01-02 to 2020-05-29: cash earns 0.00% a year",)
    earned = ran.results["still"].accrual
    days = ran.market.sessions
    assert (earned[days <= day("2020-06-01")] == 0.0).all()  # what is known on 1 June is earned from then on
    assert (earned[days > day("2020-06-01")] > 0.0).all()


@pytest.mark.parametrize(("value", "told"), [(0.05, "0.0500%"), (0.3, None), (5.0, None)])
def test_a_rate_that_may_be_in_fractions_is_told_first(tmp_path, value, told):
    folder = rates_folder(tmp_path)
    rate = pd.Series(value, pd.bdate_range("2019-12-02", "2020-12-31"), name="RATE")
    rate.to_csv(folder / "macro" / "RATE.csv", index_label="Date")
    notices = outcome(folder, 'cash_rate = { path = "macro/RATE.csv", release = "close" }').notices
    assert len(notices) == (told is not None)
    assert told is None or f"then cash never earns more than {told}; if it holds fractions" in notices[0]


@pytest.mark.parametrize(
    ("dates", "value", "more", "says"),
    [
        (("2019-12-02", "2020-12-31"), 500.0, "", "cash_rate says 500% a year: write percent a year"),
        (
            ("2019-06-03", "2019-06-03"),
            5.0,
            "",
            "publishes nothing before 2020-12-31 that holds for longer than 21 days",
        ),
        (
            ("2019-12-02", "2020-12-31"),
            5.0,
            ', revised = "smoothed", allow_revised = true',
            "market.cash_rate: its history is smoothed with later values: nobody was paid it",
        ),
    ],
)
def test_a_rate_that_nobody_can_have_earned_is_refused(tmp_path, dates, value, more, says):
    folder = rates_folder(tmp_path)
    rate = pd.Series(value, pd.bdate_range(*dates), name="RATE")
    rate.to_csv(folder / "macro" / "RATE.csv", index_label="Date")
    with pytest.raises(UndertowError, match=says) as caught:
        outcome(folder, f'cash_rate = {{ path = "macro/RATE.csv", release = "close"{more} }}')
    assert "\n" not in str(caught.value)


def cut_rate(folder, last="2007-06-29"):
    """A market to 2012, and a rate of 5.28% that ends in 2007."""
    days = pd.bdate_range("2006-01-02", "2012-12-31")
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(5).normal(0.0003, 0.01, len(days))))
    for name in ("etf", "macro"):
        (folder / name).mkdir()
    columns = ("Open", "High", "Low", "Close", "Adj Close")
    table = pd.DataFrame(dict.fromkeys(columns, close), days).assign(Volume=1e9)
    table.to_csv(folder / "etf" / "A.csv", index_label="Date")
    rate = pd.Series(5.28, pd.bdate_range("2006-01-02", last), name="RATE")
    rate.to_csv(folder / "macro" / "RATE.csv", index_label="Date")
    return pd.Series(close, days)


def test_a_rate_cut_in_2007_does_not_pay_to_the_end(tmp_path):
    close = cut_rate(tmp_path)
    given = 'cash_rate = {{ path = "macro/RATE.csv", release = "close"{} }}'
    with pytest.raises(UndertowError, match=r"RATE.csv: its last value before 2007-07-23 is for 2007-06-29") as caught:
        outcome(tmp_path, given.format(""))
    assert "\n" not in str(caught.value)
    ran = outcome(tmp_path, given.format(", after = 0.01"))
    assert ran.notices[0] == (
        "cash_rate: none published from 2007-07-23 to the end: cash earns 1.00% a year then, as stated"
    )
    # by hand: each session earns the rate known at the close before, for the calendar days between, of 360
    returns = ran.results["still"].returns.to_numpy()
    rate = np.where(close.index < "2007-07-23", 0.0528, 0.01)
    cash = np.append(0.0, rate[:-1] * np.diff(close.index.values).astype("timedelta64[D]").astype(float) / 360.0)
    excess = returns - cash
    by_hand = excess.mean() / excess.std(ddof=1) * np.sqrt(ran.results["still"].sessions_per_year)
    assert ran.metrics["still"].sharpe == pytest.approx(by_hand, abs=1e-9)
    carried = returns[1:] - 0.0528 / 360.0 * np.diff(close.index.values).astype("timedelta64[D]").astype(float)
    assert carried.mean() / carried.std(ddof=1) * 16.0 < by_hand - 0.1  # what 5.28% to the end would have said

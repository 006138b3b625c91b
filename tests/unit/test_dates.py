"""Dates are local dates: no zone moves a bar to the day before, and what is unclear is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import DataError, ExogenousSeries, MarketData, ParameterError
from simulator.core.dates import check_week, local_dates, weekend_bars

DAYS = pd.bdate_range("2020-06-25", periods=8)


def closes(index, columns=("A",)):
    return pd.DataFrame(np.linspace(100.0, 110.0, len(index) * len(columns)).reshape(len(index), -1), index, columns)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "Australia/Sydney", "America/New_York", "UTC"])
def test_midnights_of_any_zone_are_its_own_dates(zone):
    market = MarketData.from_frames(closes(DAYS.tz_localize(zone)), cash_rate=pd.Series(0.01, DAYS.tz_localize(zone)))
    assert [str(day) for day in market.sessions] == list(DAYS.strftime("%Y-%m-%d"))
    series = ExogenousSeries.from_pandas(pd.Series(1.0, DAYS.tz_localize(zone)), "close", "X")
    assert (series.dates == market.sessions).all()
    assert (market.cash_rate == 0.01).all()


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney"])
def test_midnights_told_in_utc_are_refused_or_read_in_the_zone_stated(zone):
    stamps = DAYS.tz_localize(zone).tz_convert("UTC")
    with pytest.raises(DataError, match=r"close: 2020-06-24 .* UTC may be the bar of that day or of the next"):
        MarketData.from_frames(closes(stamps))
    with pytest.raises(DataError, match=r"series X: 2020-06-24 .* say the zone"):
        ExogenousSeries.from_pandas(pd.Series(1.0, stamps), "close", "X")
    assert (MarketData.from_frames(closes(stamps), zone=zone).sessions == DAYS.values.astype("datetime64[D]")).all()
    series = ExogenousSeries.from_pandas(pd.Series(1.0, stamps), "close", "X", zone=zone)
    assert str(series.dates[0]) == "2020-06-25"


def test_evenings_are_refused_and_closes_are_not():
    evening = DAYS + pd.Timedelta(hours=20)
    with pytest.raises(DataError, match="2020-06-25 20:00 may be"):
        MarketData.from_frames(closes(evening))
    with pytest.raises(DataError, match="2020-06-25 19:00 may be"):  # midnight in UTC, seen from New York
        MarketData.from_frames(closes(evening.tz_localize("America/New_York") - pd.Timedelta(hours=1)))
    at_the_close = (DAYS + pd.Timedelta(hours=16)).tz_localize("America/New_York")
    assert str(MarketData.from_frames(closes(at_the_close)).sessions[0]) == "2020-06-25"


def test_weekdays_a_day_early_are_refused_and_sunday_markets_are_not():
    early = DAYS - pd.Timedelta(days=1)  # Tokyo's midnights, told in UTC, without their zone
    with pytest.raises(DataError, match="A: 2 Sundays of a market that rests on Saturdays, the first 2020-06-28"):
        MarketData.from_frames(closes(early))
    with pytest.raises(DataError, match="series X: 2 Sundays"):
        ExogenousSeries.from_pandas(pd.Series(1.0, early), "close", "X")
    assert len(MarketData.from_frames(closes(early), zone="Asia/Jerusalem").sessions) == 8
    for index in (pd.date_range("2020-06-25", periods=30), pd.date_range("2020-01-05", periods=30, freq="W-SUN")):
        assert len(MarketData.from_frames(closes(index)).sessions) == 30
        assert not weekend_bars(index.values).any()
    year = pd.bdate_range("2023-01-02", "2023-12-29").union([pd.Timestamp("2023-11-12")])  # Diwali, on a Sunday
    check_week("NIFTY", year.values)
    assert weekend_bars(year.values).sum() == 1


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (DAYS[[0, 0, 1]], "date 2020-06-25 appears twice"),
        (DAYS[[1, 0]], "dates go back at 2020-06-25"),
        (pd.DatetimeIndex([DAYS[0], pd.NaT]), "row 2 has no date"),
        (DAYS[:2] + pd.to_timedelta(["10h", "-14h"]), "date 2020-06-25 appears twice"),
        (pd.Index([20200102, 20200103]), "must be indexed by dates"),
        (pd.Index(["2020-01-02", "soon"]), "cannot be read as dates"),
        (pd.Index([None, 1.5], dtype=object), "must be indexed by dates"),
    ],
)
def test_an_index_that_is_no_calendar_is_named(index, message):
    with pytest.raises(DataError, match=message):
        ExogenousSeries.from_pandas(pd.Series(1.0, index), "close", "X")
    with pytest.raises(DataError, match=message):
        MarketData.from_frames(closes(index))


def test_dates_may_be_python_dates():
    assert local_dates("x", pd.Index(DAYS.date))[0] == DAYS[0]
    assert local_dates("x", DAYS.to_period("D"))[0] == DAYS[0]


def test_a_zone_must_be_one():
    with pytest.raises(ParameterError, match="'Mars/Olympus' is no time zone"):
        MarketData.from_frames(closes(DAYS.tz_localize("UTC")), zone="Mars/Olympus")


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (pd.DataFrame({"a": [1.0]}, DAYS[:1]), "must be a pandas Series, not DataFrame; pick one column"),
        (pd.Series(["1.0"], DAYS[:1]), "holds text"),
        (pd.Series([True], DAYS[:1]), "holds bool"),
        (pd.Series([np.inf], DAYS[:1]), "its value for 2020-06-25 is infinite"),
    ],
)
def test_a_series_holds_finite_numbers(series, message):
    with pytest.raises(DataError, match=message):
        ExogenousSeries.from_pandas(series, "close", "X")


def frame(columns, index=DAYS[:2]):
    return pd.DataFrame(1.0, index, columns)


@pytest.mark.parametrize(
    ("close", "message"),
    [
        (frame(["spy", "SPY"]), "columns 'spy' and 'SPY' differ in case or blanks alone"),
        (frame([1, "1"]), "column '1' appears twice"),
        (frame(["A", "CASH"]), "CASH is the cash of every book and can be no asset"),
        (frame(["A", ""]), "a column has no name"),
        (frame(["Open", "High", "Low", "Close", "Volume"]), "the bars of one asset, not assets"),
        (frame(pd.MultiIndex.from_product([["x"], ["A", "B"]])), "which one names the fields"),
        (frame(pd.MultiIndex.from_product([["Close"], ["A", "a"]])), "'A' and 'a' differ in case"),
        (frame(["A"]).astype(object), "column 'A' holds text"),
        (frame(["A"]).astype(bool), "column 'A' holds bool"),
        (frame(["A"])["A"], r"not Series; make it one with \.to_frame"),
    ],
)
def test_columns_that_are_no_assets_are_named(close, message):
    with pytest.raises(DataError, match=message):
        MarketData.from_frames(close)


def test_other_frames_are_looked_at_as_closes_are():
    close = frame(["A", "B"])
    with pytest.raises(DataError, match="volume: columns 'A' and 'a'"):
        MarketData.from_frames(close, volume=frame(["A", "a", "B"]))
    with pytest.raises(DataError, match="halted: B on 2020-06-26 is neither true nor false"):
        MarketData.from_frames(close, halted=pd.DataFrame({"A": [True, False], "B": [False, "no"]}, DAYS[:2]))
    zoned = frame(["A", "B"], DAYS[:2].tz_localize("Asia/Tokyo"))
    assert MarketData.from_frames(zoned, open=close).open is not None


def test_a_download_of_two_levels_is_read_and_adjusted():
    # Raw closes 10, 20, adjusted 5, 20: the return is 300% where raw closes say 100%.
    columns = pd.MultiIndex.from_product([["Adj Close", "Close", "Volume"], ["A", "B"]], names=["Price", "Ticker"])
    given = pd.DataFrame([[5, 5, 10, 10, 7, 7], [20, 20, 20, 20, 7, 7]], DAYS[:2], columns, dtype=float)
    for frame in (given, given.swaplevel(axis=1)):
        market = MarketData.from_frames(frame)
        assert market.assets == ("A", "B")
        assert market.close[:, 0].tolist() == [5.0, 20.0]
        assert market.adjustment[:, 0].tolist() == [0.5, 1.0]
        assert market.notional[0].tolist() == [70.0, 70.0]
    assert MarketData.from_frames(given, prices="raw").close[:, 0].tolist() == [10.0, 20.0]


def test_what_prices_carry_is_said_once():
    close = frame(["A"])
    assert not MarketData.from_frames(close).raw_known
    assert MarketData.from_frames(close, prices="raw").raw_known
    assert MarketData.from_frames(close, splits=close).raw_known
    with pytest.raises(DataError, match="prices = 'adjusted', but dividends are given"):
        MarketData.from_frames(close, prices="adjusted", dividends=close)
    with pytest.raises(ParameterError, match="prices must be one of"):
        MarketData.from_frames(close, prices="total")

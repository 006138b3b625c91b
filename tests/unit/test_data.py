"""Files in, markets out; every doubtful cell named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import DataError, Instrument, MarketData
from simulator.data import inspect, read_folder, read_market, read_series, us_large_caps
from simulator.data.bundled import bill_rates
from simulator.data.csv_asset import read_asset
from simulator.features import REGISTRY, panel

HEADER = "Date,Open,High,Low,Close,Adj Close,Volume\n"
ROWS = ["2024-01-02,10,11,9,10,5,100", "2024-01-03,10,12,10,11,5.5,200", "2024-01-04,11,11,10,10,5,0"]


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def asset(folder, rows=ROWS, header=HEADER, name="A.csv"):
    return write(folder, name, header + "\n".join(rows) + "\n")


def test_a_good_file(tmp_path):
    frame = read_asset(asset(tmp_path))
    assert frame["close"].tolist() == [5.0, 5.5, 5.0]
    assert frame["high"].tolist() == [5.5, 6.0, 5.5]
    assert frame["adjustment"].tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([ROWS[0], ROWS[0]], "date 2024-01-02 appears twice"),
        ([ROWS[1], ROWS[0]], "dates go back at 2024-01-02"),
        (["2024-01-02,10,11,9,ten,5,100"], "column 'Close' on 2024-01-02: 'ten' is no number"),
        (["2024-01-02,10,11,9,-10,5,100"], "column 'Close' on 2024-01-02 is not positive"),
        (["2024-01-02,10,11,9,10,5,-1"], "column 'Volume' on 2024-01-02 is negative"),
        (["2024-01-02,10,11,9,,,100", "2024-01-03,10,11,9,nan,,1"], "column 'Close' holds no price at all"),
        (["2024-01-02,10,8,9,10,5,100"], "'High' 8 is below 'Low' 9"),
        (["02.01.2024,10,11,9,10,5,100"], "'02.01.2024' is no date"),
        ([",10,11,9,10,5,100"], "'' is no date"),
        (["2024-01-02,10,inf,9,10,5,100"], "'inf' is no number"),
        ([], "a header but no rows"),
    ],
)
def test_a_bad_row_is_named(tmp_path, rows, message):
    with pytest.raises(DataError, match=message) as caught:
        read_asset(asset(tmp_path, rows))
    assert "A.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x00\x00", "a binary file"),
        (b"caf\xe9,b\n1,2\n", "not UTF-8"),
        ("Day,Close\n1,2\n", "no 'Date' column"),
        ("Date,Open\n2024-01-02,1\n", "no column 'High'"),
        ('Date,Open\n2024-01-02,1,2,3\n"x', "not comma-separated"),
    ],
)
def test_a_bad_file_is_named(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read_asset(write(tmp_path, "A.csv", content))


def test_a_market_joins_the_dates_of_its_files(tmp_path):
    asset(tmp_path)
    asset(tmp_path, ["2024-01-03,20,21,19,20,20,5", "2024-01-05,20,21,19,20,20,5"], name="B.csv")
    market = read_market(tmp_path, ["A", "B"])
    assert [str(day) for day in market.sessions] == ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]
    assert market.tradable.tolist() == [[True, False], [True, True], [False, False], [False, True]]
    assert market.notional[1].tolist() == [11 * 200.0, 100.0]
    notes = {(note.subject, note.text) for note in inspect(market)}
    assert ("B", "first price on 2024-01-03") in notes
    assert ("A", "1 sessions with a price but no volume; untradable") in notes


def test_a_run_knows_the_classes_that_the_studies_know(tmp_path):
    for name in ("TLT", "GLD", "XYZ", "AGG"):
        asset(tmp_path, name=f"{name}.csv")
    stated = {"GLD": Instrument("commodity")}
    market = read_market(tmp_path, ["TLT", "GLD", "XYZ", "AGG"], instruments=stated)
    assert [instrument.asset_class for instrument in market.instruments] == [
        "treasury",
        "commodity",
        "equity",
        "aggregate-bond",
    ]
    assert [instrument.haircut for instrument in market.instruments] == [0.02, 0.15, 0.15, 0.05]


def test_a_missing_file_suggests_the_nearest(tmp_path):
    asset(tmp_path, name="SPY.csv")
    with pytest.raises(DataError, match=r"SPX.csv: no such file; did you mean 'SPY'"):
        read_market(tmp_path, ["SPX"])
    with pytest.raises(DataError, match="no such folder"):
        read_market(tmp_path / "nowhere", ["SPY"])


def test_volumes_are_all_or_nothing(tmp_path):
    asset(tmp_path)
    asset(tmp_path, ["2024-01-02,10,11,9,10"], "Date,Open,High,Low,Close\n", "B.csv")
    with pytest.raises(DataError, match=r"B.csv: no column 'Volume'"):
        read_market(tmp_path, ["A", "B"], prices="adjusted")
    assert read_market(tmp_path, ["B"], prices="adjusted", assumed_adv=5.0).notional.tolist() == [[5.0]]


def test_series_state_when_they_are_known(tmp_path):
    known = write(tmp_path, "TEDRATE.csv", "DATE,TEDRATE\n2024-01-02,.\n2024-01-03,0.5\n")
    series = read_series(known, "TED")
    assert str(series.rule) == "business-days:5"
    assert np.isnan(series.values[0])
    price = write(tmp_path, "X.csv", "Date,Open,Close\n2024-01-02,1,2\n")
    assert read_series(price, "X").values.tolist() == [2.0]
    assert str(read_series(price, "X").rule) == "close"
    other = write(tmp_path, "Y.csv", "DATE,Y\n2024-01-02,1\n")
    with pytest.raises(DataError, match="when is it published"):
        read_series(other, "Y")
    assert str(read_series(other, "Y", release="days:3").rule) == "days:3"
    two = write(tmp_path, "Z.csv", "DATE,P,Q\n2024-01-02,1,2\n")
    with pytest.raises(DataError, match="which column"):
        read_series(two, "Z")
    assert read_series(two, "Z", column="Q", release="close").values.tolist() == [2.0]
    with pytest.raises(DataError, match="no column 'R'"):
        read_series(two, "Z", column="R", release="close")


def test_the_bundled_market(large_caps):
    assert large_caps.shape == (8313, 20)
    assert str(large_caps.sessions[0]) == "1990-01-02"
    assert str(large_caps.sessions[-1]) == "2022-12-28"
    assert np.isfinite(large_caps.close).all()
    assert (large_caps.notional == 200e6).all()
    assert large_caps.volume is None
    assert set(large_caps.series) == {"SP500", "SP500_RANGE", "SP500_VOLUME"}
    assert large_caps.fingerprint() == us_large_caps(200e6, 0.01).fingerprint()


def test_bill_rates_are_known_on_the_eve():
    # July 2007 paid 0.40% over 31 days: 0.004 x 360 / 31 a year; the last session of June already holds it.
    days = pd.DatetimeIndex(["2007-06-28", "2007-06-29", "2007-07-02", "2019-05-02", "2019-05-03"])
    rates = bill_rates(days, afterwards=0.02)
    assert rates.iloc[0] == pytest.approx(0.0040 * 360 / 30)
    assert rates.iloc[1] == pytest.approx(0.0040 * 360 / 31)
    assert rates.iloc[-1] == 0.02


def test_the_supplied_etfs(data):
    market = read_market(data / "etf", ["SPY", "IYR"])
    assert market.shape[0] > 6000
    silent = [note for note in inspect(market) if note.subject == "IYR" and "no volume" in note.text]
    assert silent[0].text.startswith("5 sessions")


def _write(path, header, rows):
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")


@pytest.fixture
def small_folder(tmp_path):
    """Two assets, the second a day younger; a series with a rule, one without; a market with negative prices."""
    days = pd.bdate_range("2020-04-15", periods=6).strftime("%Y-%m-%d").tolist()
    prices = [f"{day},10,11,9,10.5,10.5,1000" for day in days]
    _write(tmp_path / "etf" / "SPY.csv", "Date,Open,High,Low,Close,Adj Close,Volume", prices)
    _write(tmp_path / "etf" / "XYZ.csv", "Date,Open,High,Low,Close,Adj Close,Volume", prices[1:])
    _write(tmp_path / "macro" / "TEDRATE.csv", "DATE,TEDRATE", [f"{days[0]},0.2", f"{days[1]},."])
    _write(tmp_path / "macro" / "NEW.csv", "DATE,NEW", [f"{days[0]},1"])
    _write(tmp_path / "markets" / "CL.csv", "Date,Open,High,Low,Close", [f"{days[3]},-14,18,-40.32,-37.63"])
    return tmp_path


def test_a_folder_gives_assets_series_and_ranges(small_folder):
    market, notes = read_folder(small_folder)
    assert market.assets == ("SPY", "XYZ")
    assert str(market.sessions[0]) == "2020-04-16"  # from the first common price
    assert [instrument.asset_class for instrument in market.instruments] == ["equity", "equity"]
    assert list(market.series) == ["TEDRATE", "CL", "CL_HIGH", "CL_LOW"]  # in one order in every process
    assert str(market.series["TEDRATE"].rule) == "business-days:5"
    assert market.series["CL_LOW"].values.tolist() == [-40.32]
    assert [note.text for note in notes if note.subject == "NEW"] == [
        "left out: no release rule says when its values become known"
    ]
    ruled = read_folder(small_folder, ["SPY"], start="2020-04-17", end="2020-04-20", releases={"NEW": "close"}).market
    assert ruled.sessions.astype(str).tolist() == ["2020-04-17", "2020-04-20"]
    assert "NEW" in ruled.series


def test_a_folder_without_what_is_asked_for_says_so(small_folder, tmp_path):
    with pytest.raises(DataError, match=r"must hold one TICKER\.csv an asset"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no session between 2030-01-01 and the end"):
        read_folder(small_folder, start="2030-01-01")


def test_the_supplied_folder_gives_every_family(data):
    market = read_folder(data).market
    assert market.shape[1] == 21
    got = panel(market)
    missing = {name for name, feature in REGISTRY.items() if name not in got.columns}
    assert {REGISTRY[name].family for name in missing} <= {
        "spread",
        "activity",
        "funding",
        "macro",
        "alternative",
        "bank",
    }
    assert {name for name in missing if REGISTRY[name].family == "early-warning"} == set()
    counts = got.counts()
    assert (counts.missing == 0).all()
    assert counts.late["ew_cpff"] > 0  # commercial paper had no quotes for weeks at the end of 2008


def test_a_long_hole_is_told_with_what_lies_on_either_side():
    """40 of 130 business days have no price: from Friday 2024-01-26 to Monday 2024-03-25 it is 59 days, 10 to 15."""
    days = pd.bdate_range("2024-01-01", periods=130)
    close = pd.DataFrame({"A": 10.0, "B": 10.0}, days)
    close.iloc[60:, 0] = 15.0
    close.iloc[20:60, 0] = np.nan
    close.iloc[[30, 90], 1] = np.nan  # a session here and there is no hole
    told = {note.subject: (note.text, note.grave) for note in inspect(MarketData.from_frames(close))}
    assert told["A"] == (
        "40 sessions without a price, the longest time from 2024-01-26 to 2024-03-25: carried and untradable, then "
        "+50.0% at once; where the ticker was used again these are two assets, else state a halt",
        True,
    )
    assert told["B"] == ("2 sessions without a price; carried and untradable", False)

"""Every layout equals the plain one to the bit; what cannot be told is refused with what to state."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import DataError
from simulator.data import inspect, read_market
from simulator.data.layouts import read_layout
from simulator.data.layouts.spelling import decimals, plain_number
from tests.layouts import CLOSES, TICKERS, UNADJUSTED, WHOLE, bars, market, plain
from tests.support import same

PANELS = ("open", "high", "low", "close", "adjustment", "volume")


@pytest.fixture(scope="module")
def frames():
    return market()


def both(tmp_path, frames, write, columns, assumed_adv=None):
    plain(tmp_path / "plain", {ticker: frame[columns] for ticker, frame in frames.items()})
    (tmp_path / "other").mkdir()
    write(tmp_path / "other", frames)
    expected = read_market(tmp_path / "plain", TICKERS, prices=None, layout="auto", assumed_adv=assumed_adv)
    return expected, read_market(tmp_path / "other", TICKERS, prices=None, layout="auto", assumed_adv=assumed_adv)


def alike(a, b):
    assert a.assets == b.assets
    assert same(a.sessions, b.sessions)
    for name in PANELS:
        one, other = getattr(a, name), getattr(b, name)
        assert (one is None) == (other is None), name
        assert one is None or same(one, other), name
    assert a.fingerprint() == b.fingerprint()


@pytest.mark.parametrize("name", WHOLE)
def test_each_layout_equals_the_plain_one_to_the_bit(tmp_path, frames, name):
    auto, found = both(tmp_path, frames, WHOLE[name], list(frames["SPY"].columns))
    alike(read_market(tmp_path / "plain", TICKERS, prices=None), auto)
    alike(auto, found)


@pytest.mark.parametrize("name", UNADJUSTED)
def test_each_layout_without_adjusted_closes_equals_the_plain_one(tmp_path, frames, name):
    expected, found = both(tmp_path, frames, UNADJUSTED[name], ["Open", "High", "Low", "Close", "Volume"])
    alike(expected, found)
    assert found.unstated == TICKERS


@pytest.mark.parametrize("name", CLOSES)
def test_closes_alone_are_read_and_what_is_missing_is_grave(tmp_path, frames, name):
    expected, found = both(tmp_path, frames, CLOSES[name], ["Close"], assumed_adv=1e8)
    alike(expected, found)
    assert found.open is None
    assert found.volume is None
    grave = " ".join(note.text for note in inspect(found) if note.grave)
    assert "no open and no high and no low" in grave
    assert "no volume" in grave
    assert "market.assumed_adv" in grave


def test_ranges_that_one_asset_lacks_are_left_out_of_all_and_it_is_said(tmp_path, frames):
    plain(tmp_path, frames)
    frames["TLT"].drop(columns=["High", "Low"]).to_csv(tmp_path / "TLT.csv")
    found = read_market(tmp_path, TICKERS, layout="auto")
    assert found.high is None
    assert found.open is not None
    (note,) = [note for note in inspect(found) if note.subject == "TLT" and note.grave]
    assert "no high and no low; left out of every asset" in note.text


def test_how_files_were_read_is_said(tmp_path, frames):
    WHOLE["decimal commas, day first"](tmp_path, frames)
    said = [note.text for note in read_market(tmp_path, TICKERS, layout="auto").reading]
    assert said == [
        "read as CSV, one file a ticker, semicolons, decimal commas, day-first dates: GLD, SPY, TLT",
    ]


def text_file(tmp_path, text, name="A.csv"):
    (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Date,Close\n03/04/2020,1.5\n04/05/2020,1.6\n", "'03/04/2020' may be day-first or month-first"),
        ("Date,Close\n13/04/2020,1.5\n04/15/2020,1.6\n", "dates are written '13/04/2020' .day-first. and '04/15/2020'"),
        ("Date;Close\n2020-01-02;1,500\n2020-01-03;1,600\n", "'1,500' may mean 1.500 or 1500: state decimal"),
        ("Date;Close;Open\n2020-01-02;1,50;1.5\n", "'1,50' is written with a decimal comma and '1.5' with a point"),
        ("Date,Close\n44928,1.5\n44929,1.6\n", "'44928' is no date"),
        ("Date,Open,High\n2020-01-02,1.5,1.6\n", "no column of closes; it has: Date, Open, High"),
        ("Date,Close,Close\n2020-01-02,1.5,1.6\n", "column 'Close' appears twice"),
        ("Date,Close\n2020-01-02,abc\n", "'abc' is no number"),
        ("Date,Close\n", "a header but no rows"),
        ("Date,Adj Close\n2020-01-02,1.5\n", "adjusted closes, but no column of closes; if prices carry"),
        ("Date,Adj Close,Volume\n2020-01-02,1.5,9\n", "adjusted closes, but no column of closes"),
        ("Name,Close\nx,1.5\n", "no 'Date' column"),
        ("Date,Close\n2020-01-02,1.5\n2020-01-02,1.6\n", "date 2020-01-02 appears twice"),
        ("Date,Ticker,Open\n2020-01-02,A,1.5\n", "no column of closes"),
        ("Date,Close\n2020-01-02,1.5\nSource: a vendor\n", "line 3 has 1 cells, the header 2"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read_market(text_file(tmp_path, text), ["A"], layout="auto")
    assert "A.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_stated_decides(tmp_path):
    text_file(tmp_path, "Date;Close\n03/04/2020;1,500\n04/04/2020;1,600\n")
    found = read_market(tmp_path, ["A"], layout="auto", dates="day-first", decimal=",", zone="Europe/Berlin")
    assert found.close.ravel().tolist() == [1.5, 1.6]
    assert found.sessions.astype(str).tolist() == ["2020-04-03", "2020-04-04"]
    with pytest.raises(DataError, match=r"decimal = '.' is stated, but '1,50'"):
        read_market(text_file(tmp_path, "Date;Close\n2020-01-02;1,50\n"), ["A"], layout="auto", decimal=".")


def test_holdings_beside_prices_are_no_prices(tmp_path, frames):
    plain(tmp_path, frames)
    (tmp_path / "holdings.csv").write_text("ticker,shares\nSPY,10\n")
    layout = read_layout(tmp_path)
    assert sorted(layout.tables) == sorted(TICKERS)
    assert [refusal.is_table for refusal in layout.refused] == [False]


def test_two_files_of_one_asset_are_refused(tmp_path, frames):
    plain(tmp_path, {"SPY": frames["SPY"]})
    frames["SPY"].to_parquet(tmp_path / "SPY.parquet")
    assert "is in" in read_layout(tmp_path).refused[0].why


def test_an_unknown_asset_names_the_nearest(tmp_path, frames):
    plain(tmp_path, frames)
    with pytest.raises(DataError, match="no prices of 'SPX'; did you mean 'SPY'"):
        read_market(tmp_path, ["SPX"], layout="auto")


@pytest.mark.parametrize(
    ("cell", "sign", "expected"),
    [
        ("1.234,5", ",", "1234.5"),
        ("1,234.5", ".", "1234.5"),
        ("$1,234", ".", "1234"),
        ("85.43M", ".", "85430000"),
        ("1 234,5", ",", "1234.5"),
        ("1'234.5", ".", "1234.5"),
        ("-0,5", ",", "-0.5"),
        ("n/a", ",", "n/a"),
        ("12,34", ".", "12,34"),
    ],
)
def test_a_number_as_python_writes_it(cell, sign, expected):
    assert (
        float(plain_number(cell, sign)) == float(expected)
        if expected[-1].isdigit() and expected != "12,34"
        else (plain_number(cell, sign) == expected)
    )


def test_three_digits_alone_prove_no_decimal_sign():
    assert decimals("x", ["1.234", "100.125"]) == "."
    assert decimals("x", ["1.234.567"]) == ","
    assert decimals("x", ["1,234,567", "1.125"]) == "."
    assert decimals("x", ["1.234", "0,5"]) == ","


def test_what_closes_alone_hold_is_known_from_closes(tmp_path):
    frame = bars(3)
    pd.DataFrame({"LOW": frame["Close"], "SPY": frame["Close"] * 2}).to_csv(tmp_path / "prices.csv")
    found = read_market(tmp_path / "prices.csv", ["LOW", "SPY"], layout="auto", assumed_adv=1e6)
    assert same(found.close[:, 1], np.asarray(frame["Close"] * 2))


@pytest.mark.parametrize("text", [",,,\n,,\n", " \n;;\n"])
def test_cells_that_are_all_empty_are_an_empty_file(tmp_path, text):
    with pytest.raises(DataError, match=r"A\.csv: every cell of it is empty"):
        read_market(text_file(tmp_path, text), ["A"], layout="auto")


def test_hidden_folders_and_a_readme_are_no_prices(tmp_path, frames):
    for hidden in (".git", "__MACOSX", ".ipynb_checkpoints"):
        (tmp_path / hidden).mkdir()
        frames["SPY"].to_csv(tmp_path / hidden / "SPY-copy.csv")
    (tmp_path / "README.txt").write_text("Prices of a vendor, not to be shared\n")
    plain(tmp_path / "us", frames)
    layout = read_layout(tmp_path)
    assert sorted(layout.tables) == sorted(TICKERS)
    assert layout.refused == []


def test_what_cannot_be_a_ticker_is_refused_by_itself(tmp_path, frames):
    closes = pd.DataFrame(dict.fromkeys(("SPY", "CASH", "A\n[x]\ny=1", "../../x"), frames["SPY"]["Close"]))
    closes.to_csv(tmp_path / "prices.csv")
    layout = read_layout(tmp_path)
    assert list(layout.tables) == ["SPY"]
    assert [refusal.name for refusal in layout.refused] == ["CASH", "A [x] y=1", "../../x"]
    assert all("prices.csv: " in refusal.why and "\n" not in refusal.why for refusal in layout.refused)


def test_a_sheet_that_repeats_a_file_is_refused_whole_and_named_where_an_asset_is_missing(tmp_path, frames):
    frames["SPY"].to_csv(tmp_path / "SPY.csv")
    pd.DataFrame({name: frames[name]["Close"] for name in ("GLD", "SPY", "TLT")}).to_csv(tmp_path / "wide.csv")
    assert list(read_layout(tmp_path).tables) == ["SPY"]
    with pytest.raises(DataError, match=r"no prices of 'TLT'; known: SPY; not read: .*wide.csv: Close of SPY is in"):
        read_market(tmp_path, ["SPY", "TLT"], layout="auto")


def test_two_listings_of_one_ticker_are_refused_and_neither_is_taken(tmp_path, frames):
    names = {"SPY US Equity": frames["SPY"], "SPY LN Equity": frames["TLT"]}
    pd.concat([frame.assign(Ticker=name) for name, frame in names.items()]).to_csv(tmp_path / "long.csv")
    layout = read_layout(tmp_path)
    assert layout.tables == {}
    assert "several of its tickers stand for SPY" in layout.refused[0].why


def test_a_parquet_file_without_columns_says_so(tmp_path):
    pd.DataFrame().to_parquet(tmp_path / "A.parquet")
    with pytest.raises(DataError, match=r"A\.parquet: it holds no columns"):
        read_market(tmp_path, ["A"], layout="auto")


def test_tickers_may_be_called_name_where_a_day_has_several_rows(tmp_path, frames):
    long = pd.concat([frame.assign(Name=name) for name, frame in frames.items()])
    long.to_csv(tmp_path / "all.csv")
    found = read_layout(tmp_path)
    assert list(found.tables) == list(frames)
    assert any("long (an asset and a day a row)" in sentence for sentence in found.said)
    plain(tmp_path / "plain", frames)
    alike(*(read_market(tmp_path / folder, TICKERS, layout="auto", prices=None) for folder in ("all.csv", "plain")))
    frames["SPY"].assign(Name="S&P 500 fund").to_csv(tmp_path / "SPY.csv")
    assert list(read_layout(tmp_path / "SPY.csv").tables) == ["SPY"]  # a day a row: the file is the asset's

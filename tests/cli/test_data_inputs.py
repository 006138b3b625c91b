"""Broken and odd data files through the command line: each is read rightly, named as odd, or refused in one line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scenarios.cli import main

SCENARIO = """
[scenario]
name = "small"
[market]
source = "csv"
path = "prices"
cash_rate = 0.01
[portfolio.weights]
A = 0.9
CASH = 0.1
[policies.passive]
kind = "hold"
"""
DAYS = pd.bdate_range("2023-01-02", periods=120)


def table() -> pd.DataFrame:
    """Bars of a share that moves 1% a day, split 4:1 on day 60 in the plain prices and not in the adjusted close."""
    rng = np.random.default_rng(1)
    close = 100.0 * np.exp(rng.normal(0.0, 0.01, 120).cumsum())
    opened = np.concatenate([close[:1], close[:-1]])
    frame = pd.DataFrame({"Open": opened, "High": np.maximum(opened, close), "Low": np.minimum(opened, close)})
    frame = frame.assign(Close=close).mul(np.where(np.arange(120) < 60, 4.0, 1.0), axis=0)
    frame["Adj Close"], frame["Volume"] = close, 1e6
    return frame.round(6).set_axis(DAYS.strftime("%Y-%m-%d")).rename_axis("Date")


def text(frame: pd.DataFrame, **how) -> str:
    return frame.to_csv(**how)


def named(name: str):
    return lambda: text(table().rename(columns={"Adj Close": name}))


def total_return() -> pd.DataFrame:
    """The same without a split, every price adjusted already."""
    frame = table()
    frame.iloc[:60, :4] /= 4.0
    return frame.drop(columns="Adj Close")


def spoilt(row, column, factor):
    def content():
        frame = total_return().assign(**{"Adj Close": total_return()["Close"]})
        columns = list(frame.columns[:5]) if column is None else [column]
        frame.loc[frame.index[row], columns] *= factor
        if column in (None, "Close"):
            frame["Adj Close"] = frame["Close"]
        return text(frame)

    return content


def redated(change):
    return lambda: text(table().set_axis([change(day) for day in DAYS], axis=0).rename_axis("Date"))


def edited(old: str, new: str, count: int = 1):
    return lambda: text(table()).replace(old, new, count)


def quantmod():
    return text(table().rename(columns=lambda name: f"A.{name.replace('Adj Close', 'Adjusted')}"))


def download(tickers: str):
    frame = total_return()[["Close", "High", "Low", "Open", "Volume"]]
    head = f"Price,Close,High,Low,Open,Volume\nTicker,{tickers}\nDate,,,,,\n"
    return lambda: head + text(frame, header=False)


def twice(name: str):
    return lambda: text(table().assign(**{name: 1.0}))


READ = None
ADJUSTED = {
    "Adj_Close": (named("Adj_Close"), READ),
    "adjClose": (named("adjClose"), READ),
    "adj close": (named("adj close"), READ),
    "ADJ. CLOSE": (named("ADJ. CLOSE"), READ),
    "Adjusted Close Price": (named("Adjusted Close Price"), READ),
    "5. adjusted close": (named("5. adjusted close"), READ),
    "closeadj": (named("closeadj"), READ),
    "A.Adjusted": (quantmod, READ),
    "yfinance's three lines": (download("A,A,A,A,A"), READ),
    "tiingo's adjOpen beside adjClose": (
        lambda: text(table().rename(columns={"Adj Close": "adjClose"}).assign(adjOpen=1)),
        READ,
    ),
    "adj factor": (named("adj factor"), "column 'adj factor' is adjusted, but for what"),
    "Adjusted for dividends": (named("Adjusted for dividends"), "is adjusted, but for what"),
    "Adj Clsoe": (named("Adj Clsoe"), "did you mean 'Adj Close'?"),
    "two adjusted closes": (twice("adjusted_close"), "columns 'Adj Close' and 'adjusted_close' say the same"),
    "none": (lambda: text(total_return()), "no adjusted close (Adj Close, adjusted_close...) and no market.prices"),
    "total return index": (named("TRI"), "no adjusted close"),
    "empty on one day": (
        lambda: text(table().assign(**{"Adj Close": table()["Adj Close"].mask(np.arange(120) == 7)})),
        "on 2023-01-11 there is a 'Close' but no adjusted close",
    ),
    "null throughout": (
        lambda: text(table().assign(**{"Adj Close": "null"})),
        "there is a 'Close' but no adjusted close",
    ),
    "negative": (
        lambda: text(table().assign(**{"Adj Close": -1.0})),
        "column 'Adj Close' on 2023-01-02 is not positive",
    ),
    "in words": (
        lambda: text(table().assign(**{"Adj Close": "n/v"})),
        "column 'Adj Close' on 2023-01-02: 'n/v' is no number",
    ),
}
ODD_PRICES = {
    "x100 for a day": (spoilt(80, None, 100.0), "a close that jumps and goes back: +"),
    "/10 for a day": (spoilt(80, None, 0.1), "a close that jumps and goes back: -"),
    "pounds from a day on": (spoilt(slice(80, None), None, 0.01), "a jump as between units of a currency: -"),
    "thousandths from a day on": (spoilt(slice(80, None), None, 0.001), "a jump as between units of a currency: -"),
    "2:1 split forgotten": (spoilt(slice(80, None), None, 0.5), "a move of a split's ratio, and no split: -"),
    "1:8 reverse split forgotten": (spoilt(slice(80, None), None, 8.0), "a move of a split's ratio, and no split: +"),
    "wiped out": (spoilt(slice(80, None), None, 0.03), "a move beyond reason: -"),
    "nine-fold": (spoilt(slice(80, None), None, 12.3), "a move beyond reason: +"),
    "close above high": (spoilt(80, "Close", 1.2), "a close outside the day's range: by "),
    "open below low": (spoilt(80, "Open", 0.9), "an open outside the day's range: by "),
    "high x10": (spoilt(80, "High", 10.0), "a high far from open and close: "),
    "low / 3": (spoilt(80, "Low", 0.3), "a low far from open and close: "),
    "zero close": (spoilt(80, "Close", 0.0), "is not positive (0)"),
    "negative low": (spoilt(80, "Low", -1.0), "column 'Low' on 2023-04-24 is not positive"),
    "high below low": (spoilt(80, "High", 0.5), "is below 'Low'"),
    "stale for a month": (
        lambda: text(
            total_return().assign(
                **{
                    name: total_return()["Close"].mask((np.arange(120) > 80) & (np.arange(120) < 101)).ffill()
                    for name in ("Open", "High", "Low", "Close", "Adj Close")
                }
            )
        ),
        "the same close day after day: 21 sessions",
    ),
    "a Saturday": (
        lambda: text(table().assign(Close=table()["Adj Close"])).replace("2023-04-24", "2023-04-22"),
        "a bar on a weekend of what keeps to weekdays: a Saturday",
    ),
    "infinite": (lambda: text(table()).replace(",1000000.0", ",inf", 1), "'inf' is no number"),
    "no volume for a week": (spoilt(slice(80, 85), "Volume", 0.0), "5 sessions with a price but no volume"),
    "a hole of a month": (lambda: text(table().drop(table().index[70:90])), READ),
}
DATES = {
    "zone in the date": (redated(lambda day: f"{day:%Y-%m-%d} 00:00:00-05:00"), READ),
    "T and Z at midnight": (redated(lambda day: f"{day:%Y-%m-%d}T00:00:00Z"), READ),
    "at the close": (redated(lambda day: f"{day:%Y-%m-%d} 16:00:00"), READ),
    "Berlin's midnights in UTC": (
        redated(lambda day: f"{day - pd.Timedelta(days=1):%Y-%m-%d} 22:00:00+00:00"),
        "2023-01-01 22:00 UTC may be the bar of that day or of the next",
    ),
    "Tokyo's midnights in UTC": (
        redated(lambda day: f"{day - pd.Timedelta(days=1):%Y-%m-%d} 15:00:00+00:00"),
        "2023-01-01 15:00 UTC may be",
    ),
    "evenings": (redated(lambda day: f"{day:%Y-%m-%d} 20:00"), "2023-01-02 20:00 may be the bar"),
    "a day early": (
        redated(lambda day: f"{day - pd.Timedelta(days=1):%Y-%m-%d}"),
        "Sundays of a market that rests on Saturdays, the first 2023-01-01",
    ),
    "day first": (redated(lambda day: f"{day:%d/%m/%Y}"), "line 2: '02/01/2023' is no date; write YYYY-MM-DD"),
    "month first": (redated(lambda day: f"{day:%m/%d/%Y}"), "line 2: '01/02/2023' is no date"),
    "month in words": (redated(lambda day: f"{day:%b %d, %Y}"), "is no date"),
    "mixed forms": (edited("2023-01-10,", "10.01.2023,"), "line 8: '10.01.2023' is no date"),
    "Unix seconds": (redated(lambda day: str(int(day.timestamp()))), "is no date"),
    "Excel's numbers": (
        redated(lambda day: str((day - pd.Timestamp("1899-12-30")).days)),
        "line 2: '44928' is no date",
    ),
    "newest first": (lambda: text(table().iloc[::-1]), "dates go back at"),
    "an unfinished day twice": (
        lambda: text(table()) + text(table().iloc[-1:], header=False),
        "date 2023-06-16 appears twice",
    ),
    "two bars a day": (
        lambda: text(
            table()
            .set_axis([f"{day:%Y-%m-%d} {hour}" for day in DAYS[:60] for hour in ("10:00", "15:00")])
            .rename_axis("Date")
        ),
        "date 2023-01-02 appears twice; keep one row a day",
    ),
    "a date that is none": (edited("2023-01-10", "2023-02-30"), "'2023-02-30' is no date"),
    "a missing date": (edited("2023-01-10", ""), "line 8: '' is no date"),
    "year of two digits": (edited("2023-01-10", "23-01-10"), "'23-01-10' is no date"),
    "out of order once": (edited("2023-01-10", "2023-01-03"), "appears twice"),
}
FRAMES = {
    "semicolons": (lambda: text(table(), sep=";"), READ),
    "tabs": (lambda: text(table(), sep="\t"), READ),
    "two byte order marks": (lambda: "\ufeff\ufeff" + text(table()), READ),
    "quotes": (lambda: text(table(), quoting=1), READ),
    "an index without a name": (lambda: text(table(), index_label=""), READ),
    "row numbers": (lambda: text(table().reset_index()), READ),
    "commas at the end of rows": (lambda: text(table()).replace("\n", ",\n"), READ),
    "blank lines and blanks": (lambda: text(table()).replace("\n", " \n\n", 30), READ),
    "null for a price": (lambda: text(table().drop(table().index[6]).reindex(table().index), na_rep="null"), READ),
    "Close and close": (twice("close"), "columns 'Close' and 'close' differ in case or blanks alone"),
    "Close twice": (lambda: text(table()).replace("Adj Close", "Close", 1), "column 'Close' appears twice"),
    "decimal commas": (lambda: text(table(), sep=";", decimal=","), "write a decimal point"),
    "thousands in quotes": (
        edited(",1000000.0", ',"1,000,000"'),
        "'1,000,000' is no number; write it without thousands separators",
    ),
    "thousands without": (
        edited(",1000000.0", ",1,000,000"),
        "line 2 has 9 cells, the header 7; are there commas within numbers",
    ),
    "a note below": (lambda: text(table()) + "Source: a vendor\n", "line 122 has 1 cells, the header 7"),
    "volume in words": (edited(",1000000.0", ",1.2M"), "'1.2M' is no number; write the plain number"),
    "dollars": (edited("2023-01-02,", "2023-01-02,$"), "is no number; write the plain number"),
    "several tickers": (download("A,A,B,B,B"), "it holds several tickers (A, B); write one file a ticker"),
    "a quote left open": (lambda: text(table()) + '"2023-07-03,1,1,1,1,1,1\n', "not comma-separated text"),
    "a web page": (lambda: "<!DOCTYPE html><html><body>Too many requests</body></html>\n", "no 'Date' column"),
}
KINDS = {"adjustment": ADJUSTED, "prices": ODD_PRICES, "dates": DATES, "frames": FRAMES}
INPUTS = [(kind, name) for kind, cases in KINDS.items() for name in cases]


def said(folder, content, capsys):
    """Status and output of ``undertow check`` on a folder whose one price file holds ``content``."""
    (folder / "data" / "prices").mkdir(parents=True)
    (folder / "data" / "prices" / "A.csv").write_text(content, encoding="utf-8")
    (folder / "small.toml").write_text(SCENARIO)
    status = main(["check", str(folder / "small.toml"), "--data", str(folder / "data")])
    return status, capsys.readouterr().out.replace(str(folder), "")


@pytest.mark.parametrize(("kind", "name"), INPUTS, ids=[f"{kind}: {name}" for kind, name in INPUTS])
def test_an_odd_file_is_read_named_or_refused(tmp_path, capsys, kind, name):
    content, message = KINDS[kind][name]
    status, out = said(tmp_path, content(), capsys)
    if message is READ:
        assert status == 0, out
        assert "0 refused, 0 grave" in out or out.startswith("nothing odd"), out
    else:
        assert message in out, out
        assert status == (2 if "refused" in out.split("\n")[0] else 0)


def test_what_is_read_is_right(tmp_path):
    from simulator.data import read_market

    adjusted = table()["Adj Close"].to_numpy()
    for number, (name, (content, message)) in enumerate([*ADJUSTED.items(), *DATES.items(), *list(FRAMES.items())[:8]]):
        if message is READ:
            (tmp_path / f"F{number}.csv").write_text(content(), encoding="utf-8")
            market = read_market(tmp_path, [f"F{number}"], prices=None)
            assert np.allclose(market.close[:, 0], adjusted, atol=1e-5), name
            assert (market.sessions == DAYS.values.astype("datetime64[D]")).all(), name


def test_check_of_a_folder_names_every_file_and_a_run_repeats_the_gravest(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said(tmp_path, ODD_PRICES["x100 for a day"][0](), capsys)
    (tmp_path / "data" / "prices" / "B.csv").write_text("nonsense\n1\n")
    assert main(["check", "data"]) == 2
    out = capsys.readouterr().out
    assert "refused  prices/B" in out
    assert "grave    prices/A  2023-04-24  a close that jumps and goes back" in out
    assert (
        main(["run", "small.toml", "--data", "data", "--quiet", "--set", "costs.eta=0", "--set", "costs.gamma=0"]) == 0
    )
    out = capsys.readouterr().out
    assert out.index("! A: a close that jumps and goes back on 2023-04-24") < out.index("passive")
    assert "a close that jumps" in (tmp_path / "out" / "small" / "index.html").read_text()

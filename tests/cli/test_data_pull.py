"""`undertow data pull` against a stub of FRED on this machine, and a stub of yfinance."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import numpy as np
import pandas as pd
import pytest

from scenarios.build import load_market
from scenarios.cli import main
from scenarios.data.pull.fred import Fred
from scenarios.data.pull.run import PullAsked, pull
from scenarios.data.pull.source import BusyError, Days, Fetched, NotThereError
from scenarios.load import read_text, validate
from scenarios.progress import Silent
from tests.layouts import bars

DGS10 = "observation_date,DGS10\n2023-01-02,\n2023-01-03,3.79\n2023-01-04,3.69\n2023-01-05,3.71\n"
LATE = ["--until", "2023-06-30", "--pause", "0", "--quiet"]


class Stub(ThreadingHTTPServer):
    """Answers as a test says: by series, the status, the text and headers; and remembers what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = {"DGS10": (200, DGS10, {})}
        self.asked = []


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = {key: values[0] for key, values in parse_qs(urlparse(self.path).query).items()}
        self.server.asked.append(asked)
        status, text, headers = self.server.answers.get(asked["id"], (404, "<html>not found</html>", {}))
        self.send_response(status)
        for key, value in {"Content-Length": str(len(text)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def fred(monkeypatch):
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("UNDERTOW_FRED_URL", f"http://127.0.0.1:{server.server_port}/graph/fredgraph.csv")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def said(capsys, words, status=0):
    assert main(words) == status
    out, err = capsys.readouterr()
    if status:
        assert len(err.splitlines()) == 1, err
    return err if status else out


def record(folder):
    return json.loads((folder / "pulled.json").read_text())


def test_a_series_is_kept_as_it_came_and_read_at_once(fred, tmp_path, capsys):
    out = said(capsys, ["data", "pull", "fred", "DGS10", "--to", str(tmp_path / "my"), "--from", "2023-01-02", *LATE])
    assert (tmp_path / "my/macro/DGS10.csv").read_text() == DGS10
    assert fred.asked == [{"id": "DGS10", "cosd": "2023-01-02", "coed": "2023-06-30"}]
    assert "DGS10: 4 days, 2023-01-02 to 2023-01-05" in out
    assert 'series.DGS10 = "macro/DGS10.csv"' in out
    entry = record(tmp_path / "my")["macro/DGS10.csv"]
    assert (entry["source"], entry["rows"], entry["asked_last"], len(entry["sha256"])) == ("fred", 4, "2023-06-30", 64)
    assert "nothing odd found" in said(capsys, ["data", "check", str(tmp_path / "my")])
    (tmp_path / "my/SPY.csv").write_text(bars(1).to_csv())
    market = load_market(scenario(tmp_path, 'series.DGS10 = "macro/DGS10.csv"'), tmp_path / "my")
    values, _ = market.series["DGS10"].on(np.array(["2023-01-04", "2023-01-05"], "datetime64[D]"))
    assert values.tolist() == [3.79, 3.69]  # known on the business day after


def scenario(tmp_path, more=""):
    path = tmp_path / "one.toml"
    text = f"""
[scenario]
name = "one"
benchmark = "hold"
[market]
source = "csv"
path = "."
layout = "auto"
cash_rate = 0.0
{more}
[portfolio]
weights = {{ SPY = 1.0 }}
[policies.hold]
kind = "hold"
"""
    return validate(read_text(text, path), path)


def test_what_is_there_for_the_same_days_is_not_asked_for_again(fred, tmp_path, capsys):
    words = ["data", "pull", "fred", "DGS10", "--to", str(tmp_path), *LATE]
    said(capsys, words)
    assert "there since" in said(capsys, words)
    assert len(fred.asked) == 1
    said(capsys, [*words, "--fresh"])
    said(capsys, ["data", "pull", "fred", "DGS10", "--to", str(tmp_path), "--until", "2023-07-31", "--pause", "0"])
    assert [asked["coed"] for asked in fred.asked] == ["2023-06-30", "2023-06-30", "2023-07-31"]


def test_a_file_that_was_changed_is_fetched_again_and_one_of_the_users_own_is_not_touched(fred, tmp_path, capsys):
    words = ["data", "pull", "fred", "DGS10", "--to", str(tmp_path), "--until", "2023-06-30", "--pause", "0"]
    assert main(words) == 0
    file = tmp_path / "macro/DGS10.csv"
    file.write_text(DGS10.replace("3.69", "36.9"))
    capsys.readouterr()
    assert main(words) == 0
    assert "is not as it was pulled" in capsys.readouterr().err
    assert file.read_text() == DGS10
    (tmp_path / "pulled.json").unlink()
    file.write_text("mine")
    assert "no pull wrote it" in said(capsys, words, 2)
    assert file.read_text() == "mine"


def test_what_fred_does_not_have_is_said_last_and_the_rest_is_there(fred, tmp_path, capsys):
    err = said(capsys, ["data", "pull", "fred", "NOSUCH", "DGS10", "--to", str(tmp_path), *LATE], 2)
    assert "not written: NOSUCH: FRED has no such series" in err
    assert [file.name for file in (tmp_path / "macro").iterdir()] == ["DGS10.csv"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, "<html>sorry</html>", {}), "is not its CSV"),
        ((200, "observation_date,DGS2\n2023-01-03,1\n", {}), "is not its CSV"),
        ((200, DGS10 + "2023-01-06,much\n", {}), "line 6 is '2023-01-06,much'"),
        ((200, DGS10 + "2023-01-01,3.7\n", {}), "line 6"),
        ((200, DGS10 + "2023-01-06\n", {}), "line 6"),
        ((200, DGS10, {"Content-Length": "4000"}), "broke off"),
        ((403, "no", {}), "403"),
    ],
)
def test_what_is_no_series_is_refused_in_one_line_and_nothing_is_written(fred, tmp_path, capsys, answer, words):
    fred.answers["DGS10"] = answer
    assert words in said(capsys, ["data", "pull", "fred", "DGS10", "--to", str(tmp_path / "my"), *LATE], 2)
    assert not (tmp_path / "my").exists()


def test_without_a_network_one_line_says_so_and_what_is_there_stays(fred, tmp_path, capsys, monkeypatch):
    said(capsys, ["data", "pull", "fred", "DGS10", "--to", str(tmp_path), *LATE])
    before = (tmp_path / "pulled.json").read_bytes()
    monkeypatch.setenv("UNDERTOW_FRED_URL", "http://127.0.0.1:9/none")
    err = said(capsys, ["data", "pull", "fred", "DGS10", "NFCI", "--to", str(tmp_path), *LATE], 2)
    assert "FRED cannot be reached" in err
    assert "nothing was written" in err
    assert (tmp_path / "pulled.json").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--from", "2024-01-01"], "lies after the last"),
        (["--from", "1.1.2020"], "is no date"),
        (["--pause", "-1"], "--pause"),
    ],
)
def test_options_that_cannot_be_are_refused(tmp_path, capsys, more, words):
    assert words in said(capsys, ["data", "pull", "fred", "DGS10", "--to", str(tmp_path / "my"), *LATE, *more], 2)
    assert "is no series of FRED" in said(capsys, ["data", "pull", "fred", "../x", "--to", str(tmp_path), *LATE], 2)
    assert "is no folder" in said(capsys, ["data", "pull", "fred", "X", "--to", __file__, *LATE], 2)


def test_a_busy_source_is_asked_again_and_every_question_has_its_pause(fred, tmp_path):
    fred.answers["NFCI"] = (429, "", {"Retry-After": "7"})
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        if seconds == 7.0:
            fred.answers["NFCI"] = (200, DGS10.replace("DGS10", "NFCI"), {})

    asked = PullAsked(["DGS10", "NFCI", "DGS10"], tmp_path, Days(None, pd.Timestamp("2023-06-30").date()), pause=1.5)
    brought = pull(Fred(), asked, Silent(), sleep)
    assert list(brought.pulled) == ["DGS10", "NFCI"]
    assert waits == [1.5, 7.0]


class Failing:
    """A source that has A and is busy for ever after it."""

    name = "fred"

    def file_of(self, ticker):
        return f"{ticker}.csv"

    def fetch(self, ticker, days):
        if ticker == "A":
            return Fetched(b"a", 1, days.last, days.last)
        if ticker == "none":
            raise NotThereError("none")
        raise BusyError("it asks to wait")


def test_what_was_brought_before_a_failure_is_kept(tmp_path):
    waits = []
    asked = PullAsked(["A", "B"], tmp_path, Days(None, pd.Timestamp("2023-06-30").date()))
    with pytest.raises(Exception, match=r"3 times; come back later; 1 of them are in .* goes on from there"):
        pull(Failing(), asked, Silent(), waits.append)
    assert waits == [1.0, 5.0, 10.0]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["A.csv", "pulled.json"]


YFINANCE = """
import pandas as pd

class config:
    class debug:
        hide_exceptions = True

class exceptions:
    class YFRateLimitError(Exception): ...
    class YFTickerMissingError(Exception): ...

ASKED = []

class Ticker:
    def __init__(self, name):
        self.name = name
        self.history_metadata = {"currency": "USD"}

    def history(self, **given):
        ASKED.append((self.name, given))
        assert not config.debug.hide_exceptions
        if self.name == "NONE":
            raise exceptions.YFTickerMissingError("$NONE: no price data found")
        if self.name == "DOWN":
            raise ConnectionError("Could not resolve host")
        return pd.read_pickle(HOME / f"{self.name}.pkl")
"""


@pytest.fixture
def yfinance(tmp_path, monkeypatch):
    """A module of its name that gives two tickers as the library does, the second with what it is odd about."""
    home = tmp_path / "stub"
    home.mkdir()
    for number, name in enumerate(("SPY", "TLT")):
        frame = bars(number)
        frame["Dividends"] = 0.0
        frame["Stock Splits"] = 0.0
        frame.iloc[5, frame.columns.get_loc("Dividends")] = 0.5
        frame.index = frame.index.tz_localize("America/New_York")
        frame.to_pickle(home / f"{name}.pkl")
    frame["Capital Gains"] = 0.0
    frame.iloc[7, frame.columns.get_loc("Capital Gains")] = 0.25
    frame.iloc[9, :6] = np.nan
    frame.to_pickle(home / "TLT.pkl")
    (home / "yfinance.py").write_text(f"from pathlib import Path\nHOME = Path({str(home)!r})\n{YFINANCE}")
    monkeypatch.syspath_prepend(home)
    monkeypatch.delitem(__import__("sys").modules, "yfinance", raising=False)
    yield home
    __import__("sys").modules.pop("yfinance", None)


def test_prices_are_kept_as_parquet_and_read_at_once(yfinance, tmp_path, capsys):
    folder = tmp_path / "my"
    out = said(capsys, ["data", "pull", "yahoo", "SPY", "TLT", "--to", str(folder), "--from", "2023-01-02", *LATE])
    import yfinance as library

    asked = {"start": "2023-01-02", "end": "2023-07-01", "interval": "1d", "auto_adjust": False, "actions": True}
    assert library.ASKED[0] == ("SPY", asked)
    assert "SPY: 70 days, 2023-01-02 to 2023-04-07, in USD" in out
    assert "TLT: 69 days" in out
    tlt = pd.read_parquet(folder / "TLT.parquet").set_index("Date")
    assert tlt["Dividends"].to_numpy().nonzero()[0].tolist() == [5, 7]
    assert record(folder)["TLT.parquet"]["currency"] == "USD"
    checked = said(capsys, ["data", "check", str(folder)])
    assert "2 assets, 2023-01-02 to 2023-04-07: SPY, TLT" in checked
    assert "pulled from yahoo on " in checked
    assert "is not as it was pulled" not in checked
    bars(0).assign(Volume=5_000_000).to_parquet(folder / "SPY.parquet")
    assert "SPY  is not as it was pulled from yahoo on" in said(capsys, ["data", "check", str(folder)])
    said(capsys, ["data", "pull", "yahoo", "SPY", "TLT", "--to", str(folder), "--from", "2023-01-02", *LATE])
    (folder / "CSV").mkdir()
    bars(0).to_csv(folder / "CSV/SPY.csv")
    market, plain = (load_market(scenario(tmp_path), home) for home in (folder, folder / "CSV"))
    assert np.array_equal(market.close, plain.close)
    assert np.array_equal(market.volume, plain.volume)
    assert not market.unstated


def test_what_yahoo_does_not_have_or_cannot_send_is_one_line(yfinance, tmp_path, capsys):
    folder = tmp_path / "my"
    err = said(capsys, ["data", "pull", "yahoo", "NONE", "SPY", "--to", str(folder), *LATE], 2)
    assert "not written: NONE: Yahoo has no prices of it" in err
    err = said(capsys, ["data", "pull", "yahoo", "DOWN", "--to", str(tmp_path / "other"), *LATE], 2)
    assert "Could not resolve host" in err
    assert not (tmp_path / "other").exists()
    err = said(capsys, ["data", "pull", "yahoo", "SPY", "--to", str(tmp_path / "x"), *LATE, "--until", "2022-01-01"], 2)
    assert "no prices of it on these days" in err


def test_without_yfinance_one_line_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yfinance", None)
    err = said(capsys, ["data", "pull", "yahoo", "SPY", "--to", str(tmp_path / "my"), *LATE], 2)
    assert "pip install 'undertow[pull]'" in err
    assert not (tmp_path / "my").exists()

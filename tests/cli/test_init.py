"""From holdings and prices to a scenario that runs at once, without a line of TOML by hand."""

from __future__ import annotations

import io
import json
import tomllib

import numpy as np
import pandas as pd
import pytest

from scenarios.build import load_market
from scenarios.cli import main
from scenarios.load import load
from tests.layouts import UNADJUSTED, WHOLE, bars, plain
from tests.support import some

EIGHT = ("SPY", "EFA", "EEM", "IEF", "TLT", "GLD", "VNQ", "XYZ")
SHARES = {"SPY": 120, "EFA": 80, "EEM": 60, "IEF": 150, "TLT": 90, "GLD": 40, "VNQ": 30, "XYZ": 10}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("mine")
    frames = {ticker: bars(number, 260) for number, ticker in enumerate(EIGHT)}
    plain(home / "prices", frames)
    (home / "holdings.csv").write_text(
        "\n".join(["ticker,shares", *(f"{k},{v}" for k, v in SHARES.items()), "CASH,5000"])
    )
    return home, frames


def test_four_commands_from_holdings_to_the_page(folder, tmp_path, monkeypatch, capsys):
    home, frames = folder
    monkeypatch.chdir(tmp_path)
    holdings, prices = str(home / "holdings.csv"), str(home / "prices")
    transcript = [
        ["data", "check", prices],
        ["init", "mine.toml", "--holdings", holdings, "--data", prices, "--yes"],
        ["run", "mine.toml", "--data", prices, "--no-tearsheets", "--quiet"],
    ]
    assert [main(words) for words in transcript] == [0, 0, 0]
    said = capsys.readouterr().out
    assert "next: undertow run mine.toml --data" in said
    assert "of class equity, as their tickers are not known: XYZ" in said
    assert (tmp_path / "out/mine/index.html").is_file()
    figures = json.loads((tmp_path / "out/mine/metrics.json").read_text())
    assert sorted(figures["policies"]) == ["as-held", "band-5pct", "quarterly", "turbulence"]
    assert figures["policies"]["as-held"]["turnover_annual"] == 0.0
    assert figures["policies"]["as-held"]["cost_bps_annual"] == 0.0
    written = tomllib.loads((tmp_path / "mine.toml").read_text())
    assert written["portfolio"]["opening"] == "targets"
    worth = {ticker: shares * frames[ticker]["Close"].iloc[-1] for ticker, shares in SHARES.items()} | {"CASH": 5000.0}
    total = sum(worth.values())
    assert written["scenario"]["initial_cash"] == pytest.approx(total, abs=0.01)
    for ticker, value in worth.items():
        assert written["portfolio"]["weights"][ticker] == pytest.approx(value / total, abs=2e-6)
    assert sum(written["portfolio"]["weights"].values()) == pytest.approx(1.0, abs=1e-9)
    assert str(written["scenario"]["start"]) == "2023-01-02"
    assert str(written["scenario"]["end"]) == f"{frames['SPY'].index[-1]:%Y-%m-%d}"
    assert written["policies"]["turbulence"]["into"] == {"IEF": 0.5, "TLT": 0.5}


#: A layout of every kind; other spellings of each are read alike (tests/unit/test_layouts.py).
NAMED = (
    *(
        "wide CSV, two header rows",
        "long CSV",
        "wide Parquet",
        "long Parquet",
        "Excel, a sheet a ticker",
        "Excel, long",
    ),
    *("yfinance, a ticker", "yfinance, together", "decimal commas, day first"),
)


def scenario_of(folder, holdings, prices):
    """Weights, worth and a digest of every price of a scenario that is written for a folder of prices."""
    assert init(folder, holdings, prices, "a.toml") == 0
    file = load(str(folder / "a.toml"))
    return weights(folder / "a.toml"), file.scenario.initial_cash, load_market(file, prices).fingerprint()


@pytest.fixture(scope="module")
def plainly(folder, tmp_path_factory):
    home, frames = folder
    adjusted, closes = (tmp_path_factory.mktemp(name) for name in ("adjusted", "closes"))
    plain(closes / "prices", {ticker: frame.drop(columns="Adj Close") for ticker, frame in frames.items()})
    holdings = home / "holdings.csv"
    return scenario_of(adjusted, holdings, home / "prices"), scenario_of(closes, holdings, closes / "prices")


@pytest.mark.parametrize("layout", some([*NAMED, "Stooq"], 2))
def test_the_same_scenario_and_market_to_the_bit_from_other_layouts(folder, plainly, tmp_path, layout):
    home, frames = folder
    (tmp_path / "prices").mkdir()
    {**WHOLE, **UNADJUSTED}[layout](tmp_path / "prices", frames)
    expected = plainly[layout in UNADJUSTED]
    assert scenario_of(tmp_path, home / "holdings.csv", tmp_path / "prices") == expected


def init(tmp_path, holdings, prices, name="mine.toml", *more):
    return main(["init", str(tmp_path / name), "--holdings", str(holdings), "--data", str(prices), "--yes", *more])


def weights(path):
    return tomllib.loads(path.read_text())["portfolio"]["weights"]


def test_the_value_counts_where_a_broker_states_all(folder, tmp_path):
    text = "Symbol;Quantity;Market Value;Weight\nSPY;1.000,5;600.000,00;99\nTLT;2000;350.000,00;1\nCASH;;50.000,00;\n"
    (tmp_path / "holdings.csv").write_text(text)
    assert init(tmp_path, tmp_path / "holdings.csv", folder[0] / "prices") == 0
    assert weights(tmp_path / "mine.toml") == {"SPY": 0.6, "TLT": 0.35, "CASH": 0.05}
    said = "Market Value is what counts, of the columns Quantity, Market Value, Weight"
    assert said in (tmp_path / "mine.toml").read_text()


def test_weights_of_a_workbook_with_percentages(folder, tmp_path):
    table = pd.DataFrame({"Symbol": ["SPY", "TLT", "CASH"], "Weight (%)": [60.0, 35.0, 5.0]})
    table = table.rename(columns={"Weight (%)": "Weight"})
    table.to_excel(tmp_path / "holdings.xlsx", index=False)
    assert init(tmp_path, tmp_path / "holdings.xlsx", folder[0] / "prices") == 0
    assert weights(tmp_path / "mine.toml") == {"SPY": 0.6, "TLT": 0.35, "CASH": 0.05}
    text = (tmp_path / "mine.toml").read_text()
    assert "weights are percentages in the file" in text
    assert "the book is worth 1,000,000 at the start" in text


@pytest.mark.parametrize(
    ("holdings", "message"),
    [
        ("ticker,weight\nSPX,1\n", "no prices of SPX in"),
        ("ticker,value,Market Value\nSPY,1,5\n", "one column that says the value; it has value, Market Value"),
        ("ticker,price\nSPY,1\n", "it needs one of the columns weight, shares and value; it has none"),
        ("name,weight\nSPY,1\n", "no column 'ticker'"),
        ("ticker,weight\nSPY,-0.5\nTLT,1.5\n", "SPY is negative (-0.5)"),
        ("ticker,weight\nSPY,0.5\nTLT,0.3\n", "weights sum to 0.8; they must sum to one, CASH included"),
        ("ticker,weight\nSPY,0.5\nSPY,0.5\n", "SPY appears twice"),
        ("ticker,weight\nSPY,half\nTLT,0.5\n", "'half' of SPY is no number"),
        ("ticker,weight\nCASH,1\n", "nothing is held but cash"),
        ("ticker,weight\n", "a header but no rows"),
        ("ticker,shares\nSPY,nan\n", "is no amount"),
        (",,,\n,,\n", "every cell of it is empty"),
        ('ticker,shares\nSPY,"1,200"\n', "'1,200' may mean 1.200 or 1200: state --decimal, or write it without"),
        ("ticker;shares\nSPY;1.200\nTLT;2.400\n", "'1.200' may mean 1.200 or 1200: state --decimal"),
        (
            "ticker,currency,value\nSPY,USD,50\nTLT,EUR,50\n",
            "prices are in EUR (TLT) and USD (SPY): say what the book is in",
        ),
        (
            "ticker,currency,value\nSPY,USD,50\nTLT,EUR,50\nCASH,USD,1\n",
            "TLT is quoted in EUR, the book in USD, and no file of exchange rates lies under",
        ),
        ("ticker,currency,ccy,value\nSPY,USD,USD,50\n", "2 columns say a currency; keep one"),
        ("ticker,currency,value\nSPY,dollars,50\n", "SPY: "),
        ("ticker,value\nSPY,$50\nTLT,\u20ac50\n", "a book has one currency: say them in a column currency"),
        ('ticker,weight\n"Q\n[x]\ny=1",0\nSPY,1\n', "line 4: 'Q\\n[x]\\ny=1' cannot be a ticker"),
        ("ticker,weight\n../x,0.5\nSPY,0.5\n", "line 2: '../x' cannot be a ticker"),
        ("ticker,shares\nSPY,10\nUSD,500\n", "no prices of USD in "),
        ("ticker,shares\nSPY,10\nCash balance,500\n", "; write CASH for cash"),
        ("ticker,weight\nSPY,0.6\nTLT,0.4\nTotal,1\n", "is one of the rows their total?"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_written(folder, tmp_path, holdings, message, capsys):
    (tmp_path / "h.csv").write_text(holdings)
    assert init(tmp_path, tmp_path / "h.csv", folder[0] / "prices") == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "mine.toml").exists()


def test_files_and_options_that_cannot_be(folder, tmp_path, capsys):
    home = folder[0]
    (tmp_path / "there.toml").write_text("")
    for name, more, message in [
        ("there.toml", [], "exists already"),
        ("x.txt", [], "must end in .toml"),
        ("x.toml", ["--start", "1990-01-01"], "outside the common history, 2023-01-02 to"),
        ("x.toml", ["--start", "soon"], "is no date"),
        ("x.toml", ["--start", "2023-06"], "'2023-06' is no date"),
        ("x.toml", ["--start", "2023-06-05T12:00"], "is no date"),
        ("x.toml", ["--cash-rate", "5"], "write 0.02 for 2%"),
    ]:
        assert init(tmp_path, home / "holdings.csv", home / "prices", name, *more) == 2
        assert message in capsys.readouterr().err


def test_it_asks_five_questions_at_most(folder, tmp_path, monkeypatch, capsys):
    home = folder[0]
    (tmp_path / "h.csv").write_text("ticker,weight\nSPY,0.6\nTLT,0.4\n")
    answers = f"{tmp_path / 'h.csv'}\n{home / 'prices'}\n250000\n0.03\n\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    assert main(["init", str(tmp_path / "mine.toml")]) == 0
    written = tomllib.loads((tmp_path / "mine.toml").read_text())
    assert written["scenario"]["initial_cash"] == 250_000.0
    assert written["market"]["cash_rate"] == 0.03
    assert capsys.readouterr().out.count("]: ") == 3
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["init", str(tmp_path / "other.toml")]) == 2
    assert "nobody answers" in capsys.readouterr().err


def test_closes_alone_give_a_scenario_that_says_what_it_assumes(folder, tmp_path, capsys):
    frames = folder[1]
    prices = tmp_path / "prices"
    prices.mkdir()
    pd.DataFrame({ticker: frames[ticker]["Close"] for ticker in ("SPY", "TLT")}).to_csv(prices / "closes.csv")
    (tmp_path / "h.csv").write_text("ticker,value\nSPY,6000\nTLT,4000\n")
    assert init(tmp_path, tmp_path / "h.csv", prices) == 0
    said = capsys.readouterr().out
    assert "the files hold no volumes" in said
    assert "the files have no adjusted close" in said


def test_a_decimal_sign_that_holdings_do_not_show_can_be_stated(folder, tmp_path):
    (tmp_path / "h.csv").write_text('ticker,shares\nSPY,"1,200"\nTLT,"2,400"\nCASH,"5,000"\n')
    assert init(tmp_path, tmp_path / "h.csv", folder[0] / "prices", "mine.toml", "--decimal", ".") == 0
    closes = {ticker: frame["Close"].iloc[-1] for ticker, frame in folder[1].items()}
    worth = 1200 * closes["SPY"] + 2400 * closes["TLT"] + 5000
    written = tomllib.loads((tmp_path / "mine.toml").read_text())
    assert written["scenario"]["initial_cash"] == pytest.approx(worth, abs=0.01)
    assert written["portfolio"]["weights"]["TLT"] == pytest.approx(2400 * closes["TLT"] / worth, abs=1e-6)


def test_of_several_sheets_the_one_with_holdings_is_read_and_said(folder, tmp_path, capsys):
    sheets = {"Cover": pd.DataFrame({"Note": ["x"]}), "Book": pd.DataFrame({"ticker": ["SPY"], "weight": [1.0]})}
    for more, status, message in [({}, 0, "the sheet 'Book'"), ({"Old": sheets["Book"]}, 2, "'Book' and 'Old' hold")]:
        with pd.ExcelWriter(tmp_path / "h.xlsx") as writer:
            for name, table in (sheets | more).items():
                table.to_excel(writer, sheet_name=name, index=False)
        assert init(tmp_path, tmp_path / "h.xlsx", folder[0] / "prices", f"m{status}.toml") == status
        assert message in "".join(capsys.readouterr())


def test_a_stated_value_is_neither_taken_for_none_nor_ignored(folder, tmp_path, capsys):
    (tmp_path / "w.csv").write_text("ticker,weight\nSPY,1\n")
    (tmp_path / "s.csv").write_text("ticker,value\nSPY,2500\n")
    for name, value, message in [
        ("w.csv", "0", "worth something, not 0"),
        ("s.csv", "9", "has amounts worth 2,500.00"),
    ]:
        assert init(tmp_path, tmp_path / name, folder[0] / "prices", "m.toml", "--value", value) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "m.toml").exists()


def test_what_ended_what_is_dust_and_how_prices_were_read_is_said(folder, tmp_path, capsys):
    frames = folder[1]
    prices = tmp_path / "my\nprices"
    plain(prices, {"SPY": frames["SPY"].drop(columns="Adj Close").iloc[:200], "GLD": frames["GLD"]})
    frames["TLT"].to_csv(prices / "TLT.csv", sep=";", decimal=",", date_format="%d.%m.%Y")
    (tmp_path / "h.csv").write_text("ticker,value\nSPY,1e9\nTLT,1e9\nGLD,100\n")
    assert init(tmp_path, tmp_path / "h.csv", prices) == 0
    said, text = capsys.readouterr().out, (tmp_path / "mine.toml").read_text()
    for sentence in (
        "prices are read as CSV, one file a ticker, semicolons, decimal commas, day-first dates: TLT",
        f"SPY is worth its last price to the end: its prices end on {frames['SPY'].index[199]:%Y-%m-%d}",
        "less than a millionth of the book, left out: GLD",
        "the files have no adjusted close (SPY)",
    ):
        assert sentence in said
        assert sentence in text


def test_one_session_in_common_is_too_few(folder, tmp_path, capsys):
    plain(tmp_path / "prices", {"SPY": folder[1]["SPY"].iloc[:1]})
    (tmp_path / "h.csv").write_text("ticker,weight\nSPY,1\n")
    assert init(tmp_path, tmp_path / "h.csv", tmp_path / "prices") == 2
    assert "prices of one session in common, 2023-01-02; a run needs two" in capsys.readouterr().err


def test_why_a_file_could_not_be_read_is_said_where_its_prices_are_missing(folder, tmp_path, capsys):
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices/all.csv").write_text("Date,SPY,TLT\n01/02/2023,1.5,2.5\n02/02/2023,1.6,2.6\n")
    (tmp_path / "h.csv").write_text("ticker,weight\nSPY,1\n")
    assert init(tmp_path, tmp_path / "h.csv", tmp_path / "prices") == 2
    assert "all.csv: '01/02/2023' may be day-first or month-first" in capsys.readouterr().err


@pytest.mark.parametrize(("sessions", "status", "message"), [(22, 2, "the prices have 22 sessions"), (23, 0, "")])
def test_what_is_written_can_be_run_and_says_on_which_day_it_begins(
    folder, tmp_path, capsys, sessions, status, message
):
    frame = folder[1]["SPY"].iloc[:sessions]
    plain(tmp_path / "prices", {"SPY": frame})
    (tmp_path / "h.csv").write_text("ticker,weight\nSPY,1\n")
    assert init(tmp_path, tmp_path / "h.csv", tmp_path / "prices") == status
    said = capsys.readouterr()
    assert message in said.err
    if status == 0:
        begins = f"{frame.index[21]:%Y-%m-%d}"
        assert f"mine.toml: 1 position, {begins} to {frame.index[-1]:%Y-%m-%d}" in said.out
        assert f"it holds these weights from {begins} on" in (tmp_path / "mine.toml").read_text()


def test_grave_faults_of_prices_are_said_before_a_run(folder, tmp_path, capsys):
    frame = folder[1]["SPY"].copy()
    frame.iloc[130:, :5] *= 100.0
    plain(tmp_path / "prices", {"SPY": frame})
    (tmp_path / "h.csv").write_text("ticker,shares\nSPY,1\n")
    assert init(tmp_path, tmp_path / "h.csv", tmp_path / "prices") == 0
    said = capsys.readouterr().out
    assert "  ! SPY: " in said
    assert "units of a currency" in said


def test_a_hole_on_the_first_session_moves_the_start_and_that_is_said(folder, tmp_path, capsys):
    spy, tlt = folder[1]["SPY"], folder[1]["TLT"]
    plain(tmp_path / "prices", {"SPY": spy, "TLT": tlt.drop(tlt.index[21])})
    (tmp_path / "h.csv").write_text("ticker,weight\nSPY,0.5\nTLT,0.5\n")
    assert init(tmp_path, tmp_path / "h.csv", tmp_path / "prices") == 0
    hole, later = (f"{spy.index[row]:%Y-%m-%d}" for row in (21, 22))
    assert (
        f"a run begins on {later}, the first session after that on which all have: TLT has no price on {hole}"
    ) in capsys.readouterr().out
    assert str(tomllib.loads((tmp_path / "mine.toml").read_text())["scenario"]["start"]) == later
    assert run_of(tmp_path) == 0
    assert init(tmp_path, tmp_path / "h.csv", tmp_path / "prices", "other.toml", "--start", hole) == 2
    assert f"state --start {later}" in capsys.readouterr().err
    assert not (tmp_path / "other.toml").exists()


def run_of(home):
    words = ["run", str(home / "mine.toml"), "--data", str(home / "prices"), "--out", str(home / "out")]
    return main([*words, "--quiet", "--no-tearsheets"])


ABROAD = "ticker,currency,{measure}\nSPY,USD,{first}\nEFA,EUR,{second}\nEEM,GBp,{third}\nCASH,EUR,1000\n"


@pytest.fixture
def abroad(tmp_path):
    """Prices of three assets in dollars, euros and pence, and rates as vendors call them: one each way round."""
    frames = {ticker: bars(number, 260) for number, ticker in enumerate(("SPY", "EFA", "EEM"))}
    plain(tmp_path / "prices", frames)
    days = frames["SPY"].index
    (tmp_path / "prices/fx").mkdir()
    rates = {"USDEUR": np.linspace(0.90, 0.80, len(days)), "EURGBP=X": np.linspace(0.85, 0.80, len(days))}
    for name, values in rates.items():
        table = pd.DataFrame({"Close": values}, index=days.rename("Date"))
        table.to_csv(tmp_path / f"prices/fx/{name}.csv")
    return tmp_path, frames


def test_a_book_in_several_currencies_by_hand(abroad, capsys):
    home, frames = abroad
    (home / "h.csv").write_text(ABROAD.format(measure="shares", first=100, second=50, third=2000))
    assert init(home, home / "h.csv", home / "prices") == 0
    last = {ticker: frame["Close"].iloc[-1] for ticker, frame in frames.items()}
    worth = {"SPY": 100 * last["SPY"] * 0.80, "EFA": 50 * last["EFA"], "EEM": 2000 * last["EEM"] / 100 / 0.80}
    worth["CASH"] = 1000.0
    written = tomllib.loads((home / "mine.toml").read_text())
    assert written["scenario"]["initial_cash"] == pytest.approx(sum(worth.values()), abs=0.01)
    for ticker, value in worth.items():
        assert written["portfolio"]["weights"][ticker] == pytest.approx(value / sum(worth.values()), abs=2e-6)
    assert written["market"]["currency"] == "EUR"
    assert written["market"]["fx"] == {
        "USD": "fx/USDEUR.csv",
        "GBP": {"path": "fx/EURGBP=X.csv", "inverse": True},
    }
    assert {name: own.get("currency") for name, own in written["instruments"].items()} == {
        **dict.fromkeys(("SPY",), "USD"),
        "EFA": None,
        "EEM": "GBp",
    }
    said = capsys.readouterr().out
    assert "the book is in EUR, as its cash is" in said
    assert "EEM: quoted in GBp, converted day by day" in said or "EEM: quoted in hundredths (GBp)" in said
    run = ["run", str(home / "mine.toml"), "--data", str(home / "prices"), "--no-tearsheets", "--quiet"]
    assert main([*run, "--out", str(home / "out")]) == 0
    assert "prices of a day converted to EUR" in (home / "out/index.html").read_text()


def test_values_are_in_the_currency_beside_them_and_the_book_in_the_one_asked_for(abroad, capsys):
    home, _ = abroad
    (home / "h.csv").write_text("ticker,currency,value\nSPY,USD,1000\nEFA,EUR,500\nCASH,EUR,100\n")
    assert init(home, home / "h.csv", home / "prices", "mine.toml", "--currency", "USD") == 0
    written = tomllib.loads((home / "mine.toml").read_text())
    assert written["scenario"]["initial_cash"] == pytest.approx(1000 + 600 / 0.80, abs=0.01)
    assert written["market"]["currency"] == "USD"
    assert written["market"]["fx"] == {"EUR": {"path": "fx/USDEUR.csv", "inverse": True}}
    assert "converted on" in capsys.readouterr().out


def test_a_table_of_instruments_says_currencies_and_classes(abroad):
    home, _ = abroad
    (home / "h.csv").write_text("ticker,weight\nSPY,0.5\nEFA,0.5\n")
    table = "ticker,class,currency\nSPY,equity,USD\nEFA,small-cap,EUR\n"
    (home / "prices/instruments.csv").write_text(table)
    assert init(home, home / "h.csv", home / "prices", "mine.toml", "--currency", "EUR") == 0
    written = tomllib.loads((home / "mine.toml").read_text())
    assert written["market"]["instruments"] == {"from": "instruments.csv"}
    assert written["instruments"] == {"SPY": {"currency": "USD"}}
    assert main(["check", str(home / "mine.toml"), "--data", str(home / "prices")]) == 0

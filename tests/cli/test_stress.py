"""``undertow stress`` as a user types it: figures against single runs, reverse tests reproduced, errors in one line."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build
from scenarios.cli import main
from scenarios.crises import crises
from scenarios.load import load
from scenarios.runner import replay
from scenarios.stress.asked import asked
from scenarios.stress.measures import STRESS
from scenarios.stress.strikes import Strikes
from simulator.core.errors import ScenarioError
from simulator.ledger import reconcile
from tests.sweeping import write_small

FLOW = """
[[flows]]
date = 2001-09-10
share = -0.5
"""
SHOCKS = ["volume-collapse:days=60,remaining=0.2", "price-gap:size=-0.2,days=60"]
AT = ["--at", "2001-09-03"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a small scenario, its data, and a redemption of half the book."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    write_small(tmp_path)
    path = tmp_path / "small.toml"
    text = path.read_text().replace("initial_cash = 1_000_000", "initial_cash = 10_000_000")
    path.write_text(text + FLOW)
    return tmp_path


def stressed(*more, out="out/stress"):
    assert main(["stress", "small.toml", "--data", "data", "--quiet", "--out", out, *more]) == 0
    return pd.read_parquet(f"{out}/results.parquet")


def single(home, severity):
    """The same shocks as an ordinary run has them."""
    shocks = [f"{text},from=2001-09-03,severity={severity}" for text in SHOCKS]
    return replay(build(load("small.toml", (), shocks if severity else ()), home / "data"))


def test_every_row_is_what_a_single_run_says(home, capsys):
    table = stressed("--shock", *SHOCKS, "--severity", "0:2:3", *AT)
    assert list(table.columns) == ["policy", "severity", *(metric.name for metric in STRESS)]
    named = {"max_drawdown", "coverage_min", "days_to_cash_max", "owed_max", "never_paid", "cost", "final_nav"}
    assert named <= set(table.columns)
    assert table["severity"].tolist() == [0.0, 1.0, 2.0] * 3
    told = json.loads((home / "out/stress/metrics.json").read_text())
    assert (told["judged_from"], told["judged_to"]) == ("2001-09-03", "2002-02-20")
    for severity in (0.0, 1.0, 2.0):
        run = single(home, severity)
        for name, result in run.results.items():
            row = table[(table["policy"] == name) & (table["severity"] == severity)].iloc[0]
            rows = slice("2001-09-03", "2002-02-20")
            nav, returns = result.nav[rows], result.returns[rows]
            level = np.concatenate([[1.0], np.cumprod(1.0 + returns.to_numpy())])
            assert row["final_nav"] == nav.iloc[-1]
            assert row["total_return"] == pytest.approx(level[-1] - 1.0, rel=1e-12, abs=1e-15)
            fall = (level / np.maximum.accumulate(level) - 1.0).min()
            assert row["max_drawdown"] == pytest.approx(fall, rel=1e-12, abs=1e-15)
            assert row["coverage_min"] == result.coverage["coverage"][rows].min()
            owed = result.owed[rows] / result.nav_gross[rows]
            assert row["owed_max"] == pytest.approx(owed.max(), rel=1e-12)
            assert row["cost"] == pytest.approx(result.costs.loc[rows].to_numpy().sum(), rel=1e-12, abs=1e-9)
            before = result.nav_gross[: rows.start].iloc[-2]  # the close before the first shock
            assert row["cost_bps"] == pytest.approx(1e4 * row["cost"] / before, rel=1e-12, abs=1e-9)
            assert (row["unpaid_end"], row["never_paid"]) == (result.owed[rows].iloc[-1], 0.0)
    worst = table[table["severity"] == 2.0].set_index("policy")
    calm = table[table["severity"] == 0.0].set_index("policy")
    assert worst.loc["passive", "owed_max"] > calm.loc["passive", "owed_max"]
    assert (worst["days_to_cash_max"] > calm["days_to_cash_max"]).all()
    assert "report: out/stress/index.html" in capsys.readouterr().out


def test_days_to_cash_are_those_worked_by_hand(home):
    """Shares times mark over a fifth of half the forecast volume, of the slowest position."""
    table = stressed("--shock", *SHOCKS, "--severity", "0,1", *AT)
    run = single(home, 1.0)
    market, result = run.world.market, run.results["passive"]
    volume = pd.DataFrame(np.nan_to_num(market.volume * market.close), market.sessions, list(market.assets))
    adv = volume.rolling(21).mean()  # sessions without a trade count as nothing
    held = (result.shares * market.frame("close").ffill().reindex(result.index)).abs()
    needed = (held / (0.2 * 0.5 * adv.reindex(result.index))).max(axis=1)["2001-09-03":"2002-02-20"]
    row = table[(table["policy"] == "passive") & (table["severity"] == 1.0)].iloc[0]
    assert row["days_to_cash_max"] == pytest.approx(needed.max(), rel=1e-9)


def test_a_reverse_test_finds_what_reproduces_the_failure(home):
    stressed(
        *("--shock", *SHOCKS), *("--severity", "0:3:4"), *AT, *("--reverse", "drawdown:0.3", "coverage:0.3", "ruin")
    )
    told = json.loads((home / "out/stress/frontier.json").read_text())
    words = {"drawdown:0.3": "a drawdown beyond 30%", "coverage:0.3": "coverage below 0.3", "ruin": "all lost"}
    assert told["failures"] == words
    found = told["policies"]["passive"]["drawdown:0.3"]
    assert 0.0 < found["severity"] < 3.0
    rows = slice("2001-09-03", "2002-02-20")

    def fall(severity):
        level = np.concatenate([[1.0], np.cumprod(1.0 + single(home, severity).results["passive"].returns[rows])])
        return (level / np.maximum.accumulate(level) - 1.0).min()

    assert fall(found["severity"]) < -0.3
    assert fall(0.99 * found["severity"]) >= -0.3
    pair = told["two_shocks"]["drawdown:0.3"]["passive"]
    assert [shocks["volume-collapse"] for shocks in pair] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    gap = pair[0]["price-gap"]  # alone
    assert 0.9 * found["severity"] < gap < 1.5 * found["severity"]
    page = (home / "out/stress/index.html").read_text().split("<main>")[1]
    assert f"<td>{found['severity']:.4g} ({found['value']:.1%})</td>" in page
    assert page.count('id="chart-pair-') >= 2
    assert 'id="chart-pair-2' not in page  # nobody loses all at any mix: a sentence, and no empty chart
    assert "No mix that was tried, up to 3 of both, makes any policy fail." in page


def test_a_failure_of_one_shock_alone_has_its_border_across_the_other(home):
    shocks = ["volume-collapse:days=60,remaining=0.2", "price-gap:size=-0.2,days=60"]
    stressed("--shock", *shocks, "--severity", "0,1,3", *AT, "--reverse", "days-to-cash:20", "--set", "flows=[]")
    told = json.loads((home / "out/stress/frontier.json").read_text())
    line = [tuple(point.values()) for point in told["two_shocks"]["days-to-cash:20"]["passive"]]
    borne = [first for first, second in line if second is None]
    failing = {second: first for first, second in line if second is not None}
    assert len(borne) >= 2
    assert failing[3.0] > max(borne)
    strikes = Strikes(asked(load("small.toml", ["flows=[]"]), home / "data", shocks, "0,1,3", AT[1], None, None))
    days = [metric.name for metric in STRESS].index("days_to_cash_max")
    for second, first in failing.items():
        assert strikes.figures("passive", (first, second))[days] > 20.0
        assert strikes.figures("passive", (0.95 * first, second))[days] <= 20.0


def test_the_page_shows_notices_first_figures_and_pictures(home, capsys):
    table = stressed("--shock", *SHOCKS, "--severity", "0:2:3")
    page = (home / "out/stress/index.html").read_text().split("<main>")[1]
    said = "the latest day from which all of them and a quarter fit"
    assert page.index(said) < page.index("<h1>")
    out = capsys.readouterr().out
    assert out.startswith("! the shocks strike on")
    row = table[(table["policy"] == "volatility") & (table["severity"] == 2.0)].iloc[0]
    for text in (f"{row['max_drawdown']:.1%}", f"{row['coverage_min']:.2f}", f"{row['days_to_cash_max']:.1f}"):
        assert f"<td>{text}</td>" in page
        assert text in out
    for title in ("Prices", "Volumes"):
        assert f"<h3>{title}</h3>" in page
    assert "<h3>Spreads</h3>" not in page  # no shock widens them
    assert "chart-shock-1" in page


def test_signals_that_come_late_strike_those_who_follow_them_and_the_page_draws_what_is_heard(home, capsys):
    table = stressed("--shock", "signal-delay", "--severity", "0:20:5")
    out = capsys.readouterr().out
    assert out.startswith(
        "! the shocks strike on 2001-03-02, the second session of the run, and last to its end (--at)"
    )
    table = table.set_index(["policy", "severity"])["final_nav"].unstack()
    assert (table.loc[["passive", "threshold"]].nunique(axis=1) == 1).all()
    assert table.loc["volatility"].nunique() == 5
    late = replay(build(load("small.toml", (), ["signal-delay:from=2001-03-02,severity=10"]), home / "data"))
    assert (
        table.loc["volatility", 10.0] == late.results["volatility"].nav.iloc[-1]
    )  # over the whole run, since nothing ends
    page = (home / "out/stress/index.html").read_text()
    assert "<h3>Signal vol</h3>" in page
    assert "all signals heard 20 sessions late" in page
    shocks, file = ["price-gap:size=-0.2,days=20", "signal-delay"], load("small.toml")
    found = asked(file, home / "data", shocks, "0,5", "2001-09-03", None, None)
    assert found.stop - found.first == 20 + 63  # the gap says when it is over
    assert main(["stress", "small.toml", "--data", "data", "--quiet", "--shock", "signal-noise:signals=['vole']"]) == 2
    assert "no signal 'vole'; did you mean 'vol'" in capsys.readouterr().err


def test_investors_who_answer_to_the_book_make_a_crisis_worse_the_more_they_are(home):
    crisis = "price-gap:size=-0.2,days=20"
    alone = stressed("--shock", crisis, "--severity", "0,1", *AT).set_index(["policy", "severity"])
    both = stressed("--shock", crisis, "investor-run:days=20,to_losses=0.1", "--severity", "0,0.5,1", *AT)
    both = both.set_index(["policy", "severity"])
    assert both.xs(0.0, level=1).equals(alone.xs(0.0, level=1))  # severity 0: nobody runs
    assert (both["final_nav"].unstack()[1.0] < 0.95 * alone["final_nav"].unstack()[1.0]).all()
    page = (home / "out/stress/index.html").read_text()
    assert "ask back 0.1 x + 0.5 x^2 a day of what they hold for a loss x over 21 sessions" in page


def test_the_same_bytes_whatever_the_workers_and_verified(home, capsys):
    for workers in ("1", "3"):
        stressed("--shock", *SHOCKS, "--severity", "0:2:3", *AT, "--workers", workers, out=f"out/{workers}")
    for name in ("results.parquet", "metrics.json", "index.html", "manifest.json"):
        one, three = ((home / "out" / workers / name).read_bytes() for workers in ("1", "3"))
        assert one == three, name
    capsys.readouterr()
    assert main(["verify", "out/1"]) == 0


def test_own_shocks_are_turned_where_none_are_given(home):
    text = "[[shocks]]\nkind = 'price-gap'\nfrom = 2001-09-03\nsize = -0.1\nseverity = 2.0\n"
    (home / "small.toml").write_text((home / "small.toml").read_text() + text)
    own = stressed("--severity", "0,1")
    asked = stressed("--shock", "price-gap:from=2001-09-03,size=-0.19", "--severity", "0,1", "--set", "shocks=[]")
    pd.testing.assert_frame_equal(own, asked, rtol=1e-9)  # two tenths in logs are 19%


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "no shock to strike with: give --shock"),
        (["--shock", "prize-gap"], "did you mean 'price-gap'?"),
        (["--shock", "price-gap:sise=-0.1"], "unknown key 'sise'; did you mean 'size'?"),
        (["--shock", "price-gap", "--severity", "much"], "--severity"),
        (["--shock", "price-gap", "--severity=-1,2"], "--severity must be"),
        (["--shock", "price-gap", "--severity", "0:3"], "--severity '0:3': write a range as first:last:count"),
        (["--shock", "price-gap", "--at", "1999-01-04"], "lies outside the run"),
        (["--shock", "price-gap", "--at", "soon"], "is no date; write YYYY-MM-DD"),
        (["--shock", "price-gap", "--reverse", "panic"], "no such failure"),
        (["--shock", "price-gap", "--reverse", "coverage", "--severity", "0"], "severity above 0"),
        (["--shock", "price-gap", "--workers", "0"], "--workers"),
        (["--shock", "price-gap:severity=high"], "severity must be a number"),
        (["--shock", "price-gap:size=-0.9", "--severity", "0:100:3"], "still works"),
    ],
)
def test_what_cannot_be_asked_is_one_line(home, capsys, more, said):
    there = sorted(home.rglob("*"))
    assert main(["stress", "small.toml", "--data", "data", "--quiet", *more]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"undertow: [^\n]*\n", captured.err)
    assert said in captured.err
    assert sorted(home.rglob("*")) == there


#: It moves yields and credit alone, and the small market holds shares.
_BONDS_ALONE = "boe-system-wide-2023"


def test_a_crisis_that_moves_nothing_of_the_market_is_refused(home):
    with pytest.raises(ScenarioError, match=f"{_BONDS_ALONE} moves nothing of this market"):
        asked(load("small.toml"), home / "data", (_BONDS_ALONE,), "0,1,5", "2001-09-03", None, None)


@pytest.mark.parametrize(
    "names",
    [*((name,) for name in crises() if name != _BONDS_ALONE), ("dash-for-cash", "single-issuer-default")],
)
def test_every_crisis_strikes_every_policy_and_the_books_balance(home, names):
    """At 0, 1 and 5; severity 0 is the run without it, to the bit."""
    strikes = Strikes(asked(load("small.toml"), home / "data", names, "0,1,5", "2001-09-03", None, None))
    calm = replay(build(load("small.toml"), home / "data"))
    for dial in (0.0, 1.0, 5.0):
        outcome = strikes.outcome((dial,) * len(names))
        assert outcome.market.sessions.size > 100
        for name, result in outcome.results.items():
            reconcile(result.sessions, result.marks, result.daily, result.stream)
            if dial == 0.0:
                same = result.nav.to_numpy() == calm.results[name].nav.to_numpy()[: result.nav.size]
                assert same.all()
            early = slice(None, "2001-08-31")
            assert (result.nav[early] == calm.results[name].nav[early]).all()


def test_a_day_that_is_no_session_is_said(home, capsys):
    stressed("--shock", "price-gap", "--severity", "1", "--at", "2001-09-01")
    assert "! --at 2001-09-01 is no session; the shocks strike on the next one, 2001-09-03\n" in capsys.readouterr().out
    assert json.loads((home / "out/stress/metrics.json").read_text())["judged_from"] == "2001-09-03"

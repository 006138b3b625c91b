"""Proposals, rulings and live books: decisions as the replay took them, every byte of a journal, every step forward."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reports.proposal import beyond
from scenarios.cli import main
from scenarios.governance import advance as advancing
from scenarios.governance.effect import liquidity_both
from scenarios.governance.journal import Entry, append, faults, read
from scenarios.governance.orders import Order
from scenarios.governance.past import history
from scenarios.governance.propose import decision
from scenarios.governance.rulings import kept
from scenarios.load import load
from scenarios.progress import Silent
from scenarios.verify import complete
from simulator import Execution, LiquidityStress
from simulator.core import chain
from simulator.core.errors import ScenarioError
from simulator.engine import prepare
from simulator.engine.terms import Terms
from simulator.ledger.events import Kind
from strategies import Periodic
from tests.support import FREE, random_market
from tests.sweeping import write_small

POLICY = ["--policy", "threshold", "--set", "policies.threshold.band=0.004"]
BASE = ["small.toml", "--data", "data", "--quiet", *POLICY]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a small scenario and its data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    write_small(tmp_path)
    return tmp_path


def past():
    file = load("small.toml", ["policies.threshold.band=0.004"])
    return history(file, "threshold", Path("data"))


def decisions():
    """The policy's whole replay, and the sessions on which it decides."""
    whole = past()
    last = len(whole.market.sessions) - 1
    end = np.datetime64(load("small.toml").scenario.end)
    row = int(np.searchsorted(whole.market.sessions, end, side="right")) - 1
    _, result = whole.replayed(min(row, last), kept(None, "small", "threshold"), Silent())
    stream = result.stream
    return result, [int(t) for t in np.unique(stream["session"][stream["kind"] == Kind.DECISION])]


def run(*words):
    return main([words[0], *BASE, *words[1:]])


def propose(day, *more, out=None):
    assert run("propose", "--as-of", str(day), "--out", out or f"out/{day}", *more) == 0
    return json.loads(Path(out or f"out/{day}", "proposal.json").read_text())


def test_proposals_are_the_decisions_of_the_replay(home):
    result, days = decisions()
    whole, asked = past(), kept(None, "small", "threshold")
    assert len(days) >= 20
    stream = result.stream
    for t in [*days[:: max(len(days) // 18, 1)][:18], days[-1], days[-1] - 1]:
        day = result.sessions[t]
        committee = kept(None, "small", "threshold", str(day))
        _, then = whole.replayed(whole.row(str(day), "--as-of"), committee, Silent())
        told = decision(then, committee)
        made = stream[(stream["session"] == t) & (stream["kind"] == Kind.ORDER)]
        expected = {result.assets[i]: q for i, q in zip(made["asset"], made["quantity"], strict=True)}
        assert {row["asset"]: row["shares"] for row in told["trades"]} == expected
        assert told["decides"] is (t in days)
        assert told["nav"] == result.daily["nav"][t]
    assert asked.unruled == []


def test_a_share_below_one_has_its_price(home):
    table = pd.read_csv("data/prices/A.csv")
    table[["Open", "High", "Low", "Close", "Adj Close"]] /= 1000.0
    table["Volume"] *= 1000.0
    table.to_csv("data/prices/A.csv", index=False)
    result, days = decisions()
    told = propose(result.sessions[days[5]])
    assert set(told["prices"]) == set(result.assets)
    assert 0.0 < told["prices"]["A"] < 1.0


def test_a_proposal_sees_nothing_later(home):
    result, days = decisions()
    day = result.sessions[days[5]]
    before = propose(day)
    for path in Path("data/prices").glob("*.csv"):
        table = pd.read_csv(path)
        later = table["Date"] > str(day)
        table.loc[later, table.columns[1:]] *= 1.7
        table.to_csv(path, index=False)
    assert propose(day, out="out/again") == before
    for name in ("index.html", "trades.csv"):
        assert Path(f"out/{day}", name).read_bytes() == Path("out/again", name).read_bytes()


def test_rulings_make_the_book(home, capsys):
    result, days = decisions()
    first, second, third, after = (str(result.sessions[t]) for t in (*days[4:7], days[7]))
    propose(first)
    assert main(["approve", f"out/{first}", "--by", "Ada", "--why", "as planned"]) == 0
    assert main(["approve", f"out/{first}", "--by", "Ada", "--why", "twice"]) == 2
    assert "it is decided once" in capsys.readouterr().err
    journal = ["--journal", "out/small-threshold.jsonl"]
    told = propose(second, *journal)
    asset = told["trades"][0]["asset"]
    assert main(["approve", f"out/{second}", "--by", "Bo", "--why", "half", "--override", f"{asset}=1000"]) == 0
    propose(third, *journal)
    assert main(["reject", f"out/{third}", "--by", "Bo", "--why", "no"]) == 0
    assert main(["journal", "verify", journal[1]]) == 0
    assert "3 entries, whole" in capsys.readouterr().out
    assert run("advance", "--to", after, *journal, "--out", "book") == 0
    trades = pd.read_csv("book/trades.csv")
    decided = {str(day)[:10] for day in trades.get("decided", trades.iloc[:, 0])}
    book = json.loads(Path("book/book.json").read_text())
    assert book["journal"]["since"] == first
    assert third not in decided
    ledger = pd.read_parquet("book/ledger/threshold-events.parquet")
    orders = ledger[(ledger["kind"] == "order") & (ledger["date"].astype(str).str.startswith(second))]
    assert orders.set_index("asset")["quantity"][asset] == pytest.approx(1000.0, rel=1e-9)
    assert ledger[(ledger["kind"] == "order") & (ledger["date"].astype(str).str.startswith(third))].empty


def test_thirty_steps_leave_the_bytes_of_one_and_of_the_replay_also_after_a_stop(home, monkeypatch, capsys):
    result, days = decisions()
    end = next(t for t in days if t > 40)
    sessions = [str(day) for day in result.sessions[end - 30 : end + 1]]
    for number, day in enumerate(sessions):
        if number == 17:
            with monkeypatch.context() as patch:
                patch.setattr(advancing, "write_ledger", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
                before = Path("book/nav.csv").read_bytes()
                run("advance", "--to", day, "--out", "book")
                assert Path("book/nav.csv").read_bytes() == before
        assert run("advance", "--to", day, "--out", "book") == 0
    assert run("advance", "--to", sessions[-1], "--out", "once") == 0
    files = sorted(str(path.relative_to("once")) for path in Path("once").rglob("*") if path.is_file())
    for name in files:
        assert Path("book", name).read_bytes() == Path("once", name).read_bytes(), name
    assert sorted(str(path.relative_to("book")) for path in Path("book").rglob("*") if path.is_file()) == files
    replay = ["--set", f"scenario.end={sessions[-1]}", "--no-tearsheets", "--out", "run", "--set", POLICY[-1]]
    assert main(["run", "small.toml", "--data", "data", "--quiet", *replay]) == 0
    for name in ("threshold-events.parquet", "threshold-daily.parquet"):
        assert Path("book/ledger", name).read_bytes() == Path("run/ledger", name).read_bytes()
    capsys.readouterr()
    assert run("advance", "--to", sessions[3], "--out", "book") == 2
    assert "a book only goes forward" in capsys.readouterr().err
    table = pd.read_csv("data/prices/A.csv")
    table.loc[table["Date"] == sessions[-5], ["Close", "Adj Close"]] *= 1.001
    table.to_csv("data/prices/A.csv", index=False)
    assert run("advance", "--to", sessions[-1], "--out", "book") == 2
    assert "have changed since" in capsys.readouterr().err


def entry(day):
    return Entry(0, "approve", "s", "p", day, "0" * 64, {"A": 1.0}, {}, {}, "Ada", "why", "2020-01-04T00:00:00+00:00")


def test_one_changed_byte_names_its_entry(tmp_path):
    path = tmp_path / "journal.jsonl"
    for day in ("2020-01-01", "2020-01-02", "2020-01-03"):
        append(path, entry(day))
    content = path.read_bytes()
    assert faults(content) == []
    ends = np.cumsum([len(line) + 1 for line in content.splitlines()])
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        number = int(np.searchsorted(ends, place, side="right")) + 1
        found = faults(bytes(changed))
        assert found, place
        assert found[0].startswith(f"entry {number}:"), (place, found)


def test_lines_that_are_removed_moved_or_cut_off_are_named(tmp_path):
    path = tmp_path / "journal.jsonl"
    for day in ("2020-01-01", "2020-01-02", "2020-01-03"):
        append(path, entry(day))
    lines, head = path.read_bytes().splitlines(keepends=True), read(path)[-1].hash
    assert faults(lines[0] + lines[2])[0].startswith("entry 2: says it is number 3")
    assert faults(lines[1] + lines[0] + lines[2])[0].startswith("entry 1:")
    assert faults(lines[0] + lines[1]) == []
    assert faults(lines[0] + lines[1], head)[0].startswith("the head is")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("date", None),
        ("targets", {"A": "1"}),
        ("targets", {"A": 10**400}),
        ("overrides", [1]),
        ("prices", {"A": True}),
        ("by", 1),
    ],
)
def test_an_entry_that_none_of_ours_can_be_is_named_though_its_chain_is_whole(tmp_path, key, value):
    told = {**vars(append(tmp_path / "journal.jsonl", entry("2020-01-01"))), key: value}
    del told["hash"]
    line = chain.line_of(chain.linked(told, 1, chain.GENESIS)).encode() + b"\n"
    assert faults(line) == ["entry 1: is not as it was written"]


def test_a_head_is_asked_of_a_whole_last_entry_alone(tmp_path):
    path = tmp_path / "journal.jsonl"
    append(path, entry("2020-01-01"))
    assert faults(path.read_bytes().replace(b"Ada", b"Eva"), "0" * 64) == ["entry 1: is not as it was written"]


def test_trades_of_an_asset_that_is_gone_are_named(tmp_path):
    path = tmp_path / "journal.jsonl"
    append(path, replace(entry("2020-01-01"), overrides={"Z": 5.0}, prices={"Z": 2.0}))
    day: Any = SimpleNamespace(date=pd.Timestamp("2020-01-01"), assets=("A",))
    committee = kept(path, "s", "p")
    with pytest.raises(ScenarioError, match="entry 1: on 2020-01-01 trades of Z were approved, which is not in this"):
        committee.rule(np.array([1.0]), day, True)


def test_a_journal_may_lie_in_the_current_folder(home, capsys):
    result, days = decisions()
    propose(day := str(result.sessions[days[4]]))
    assert main(["approve", f"out/{day}", "--by", "Ada", "--why", "as planned", "--journal", "mine.jsonl"]) == 0
    assert main(["journal", "verify", "mine.jsonl"]) == 0
    capsys.readouterr()
    assert main(["approve", f"out/{day}", "--by", "Ada", "--why=--"]) == 2
    assert "gives -- as a value" in capsys.readouterr().err


def test_what_cannot_be_ruled_on_is_one_line(home, capsys):
    result, days = decisions()
    day = str(result.sessions[days[4]])
    propose(day)
    capsys.readouterr()

    def refused(*words):
        assert main(list(words)) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1, error
        return error

    who = ["--by", "Ada", "--why", "w"]
    assert "is no proposal" in refused("approve", "data", *who)
    assert "must say something" in refused("approve", f"out/{day}", "--by", " ", "--why", "w")
    assert "no asset" in refused("approve", f"out/{day}", *who, "--override", "Z=1")
    assert "is no number" in refused("approve", f"out/{day}", *who, "--override", "A=x")
    assert "sells more than is held" in refused("approve", f"out/{day}", *who, "--override", "A=-1e12")
    assert "is no session" in refused("propose", *BASE, "--as-of", "2001-06-30", "--out", "out/x")
    assert "is no date" in refused("advance", *BASE, "--to", "June", "--out", "out/x")
    assert "no such journal" in refused("journal", "verify", "none.jsonl")
    path = Path(f"out/{day}/proposal.json")
    told = json.loads(path.read_text())
    path.write_text(path.read_text().replace('"nav": ', '"nav": 1'))
    assert "was changed: propose again" in refused("approve", f"out/{day}", *who)
    for other in ([], {**told, "nav": 0.0}, {**told, "prices": {"A": "1"}}, {**told, "in_flight": [1]}):
        path.write_text(json.dumps(other))
        complete(Path(f"out/{day}"), "proposal")
        assert "is none that undertow propose writes" in refused("approve", f"out/{day}", *who)


def test_a_book_that_cannot_be_read_is_one_line(home, capsys):
    result, days = decisions()
    forward = ["advance", "--to", str(result.sessions[days[4]]), "--out", "book"]
    assert run(*forward) == 0
    for content in ("date,nav,cash\n2000\n", "\x00"):
        Path("book/nav.csv").write_text(content)
        capsys.readouterr()
        assert run(*forward) == 2
        assert "its book cannot be read; undertow verify book says" in capsys.readouterr().err


def test_an_override_beyond_the_largest_weight_is_refused_and_what_else_may_cut_it_is_said(home, capsys):
    """A is at some 60%: so many shares more make it 71%, where 70% is the most; half as many do not."""
    result, days = decisions()
    day = str(result.sessions[days[4]])
    bounds = ["--set", "bounds.max_weight=0.7", "--set", "bounds.min_coverage=1.0"]
    told = propose(day, *bounds)
    more = (0.71 - told["held"]["A"]) * told["nav"] / told["prices"]["A"]
    capsys.readouterr()
    words = ["approve", f"out/{day}", "--by", "Ada", "--why", "w", "--override", "B=-100", "--override"]
    assert main([*words, f"A={more}"]) == 2
    assert "would make it 71.00% of net assets, and the scenario allows 70.00% (bounds.max_weight); buy less" in (
        capsys.readouterr().err
    )
    less = (0.62 - told["held"]["A"]) * told["nav"] / told["prices"]["A"]
    sold = (0.25 - told["held"]["B"]) * told["nav"] / told["prices"]["B"]
    assert main([*words[:-2], f"B={sold}", "--override", f"A={less}"]) == 0
    assert "! what replaces the proposal is brought within min_coverage" in capsys.readouterr().out


def settling_book(volume):
    """40% A, whose trades settle in two sessions, and 30% B, whose trades settle at once."""
    market = random_market(5, 61, 2, gaps=0.0, silent=0.0, volume=volume)
    stress = LiquidityStress(horizon_days=1, participation=0.1, min_highly_liquid=0.4)
    terms = Terms.of(costs=FREE, liquidity=stress, execution=Execution(settlement_days={"A": 2}), initial_cash=1e6)
    return prepare(market, Periodic({"A": 0.4, "B": 0.3}, every=25), terms).run()


@pytest.fixture(scope="module")
def settling():
    return settling_book(1e6)


def order(place, notional):
    return Order(place, "AB"[place], np.sign(notional), notional, 0.0, 100.0, 0.0)


@pytest.mark.parametrize("sign", [-1.0, 1.0], ids=["sold", "bought"])
@pytest.mark.parametrize("place", [0, 1], ids=["in two sessions", "at once"])
def test_what_a_sale_brings_counts_once_it_has_settled(settling, place, sign):
    """Within one session: cash, B as far as it can be sold, and no cash that is still to be paid or to come."""
    values, cash = (settling.daily["shares"] * settling.marks)[-1], settling.cash.iloc[-1]
    notional = sign * 50_000.0
    rows = {row["measure"]: row for row in liquidity_both(settling, [order(place, notional)])["rows"]}
    capacity = 0.1 * settling.run.costs.planned_volume[-1, 1]
    nav, there = values.sum() + cash, cash + min(values[1], capacity)
    assert rows["rcr_waterfall_1d"]["before"] == pytest.approx(there / (0.2 * nav), rel=1e-9)
    values[place] += notional
    late = place == 0 and sign < 0.0
    there = cash - (0.0 if late else notional + 100.0) + min(values[1], capacity)
    assert rows["rcr_waterfall_1d"]["after"] == pytest.approx(there / (0.2 * (nav - 100.0)), rel=1e-9)


def test_a_proposal_that_buys_beyond_a_limit_of_22e4_says_so(settling):
    """A and B are cash in three sessions at most, and highly liquid; where little is traded both are illiquid."""
    told = {"liquidity": liquidity_both(settling, [order(0, 0.2 * settling.nav.iloc[-1])]), "trades": [{}]}
    assert beyond(told) == []
    thin = settling_book(1e3)
    share = 1.0 - thin.cash.iloc[-1] / thin.nav.iloc[-1] + 0.2
    told["liquidity"] = liquidity_both(thin, [order(0, 0.2 * thin.nav.iloc[-1])])
    illiquid, highly = beyond(told)
    assert illiquid == (
        f"with every order filled {100 * share:.1f}% of net assets are illiquid, and the limit under SEC rule 22e-4 is "
        "at most 15%; these orders buy what it forbids (A): an active breach"
    )
    assert "% of net assets are highly liquid" in highly
    assert "at least 40%" in highly
    told["liquidity"] = liquidity_both(thin, [order(0, -1e3)])
    assert beyond(told)[0].endswith("these orders buy nothing it forbids")
    assert beyond({**told, "trades": []}) == []

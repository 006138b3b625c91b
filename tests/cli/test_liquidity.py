"""``undertow liquidity``: one day's answer, on the page, as data and on the terminal."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reports.liquidity import lead
from reports.liquidity_figures import curve
from reports.liquidity_run import _picture
from reports.liquidity_text import basis_points, days, horizon, share, times
from scenarios.build import build
from scenarios.cli import main
from scenarios.liquidity.over_time import liquidity_over_time
from scenarios.load import load
from scenarios.runner import replay
from simulator import simulate
from tests.sweeping import write_small
from tests.tables import by_row, cells

DAY = "2001-12-18"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("liquidity")
    write_small(folder, 650)
    return folder


def run(home, name, *more):
    command = ["liquidity", str(home / "small.toml"), "--data", str(home / "data"), "--out", str(home / name)]
    return main([*command, "--quiet", *more])


@pytest.fixture(scope="module")
def told(home):
    assert run(home, "day", "--policy", "volatility", "--date", DAY) == 0
    return json.loads((home / "day" / "liquidity.json").read_text())


@pytest.fixture(scope="module")
def result(home):
    return replay(build(load(str(home / "small.toml")), home / "data")).results["volatility"]


@pytest.fixture(scope="module")
def page(told, home):
    return (home / "day" / "index.html").read_text()


def test_the_folder_is_whole_and_verifies(told, home, capsys):
    names = sorted(path.name for path in (home / "day").iterdir())
    assert names == [".undertow", "index.html", "liquidity.json", "manifest.json"]
    assert main(["verify", str(home / "day")]) == 0
    capsys.readouterr()


def test_its_figures_are_those_of_the_run_on_that_day(told, result):
    row = result.liquidity.loc[DAY]
    assert told["nav"] == pytest.approx(result.nav[DAY], rel=1e-12)
    for name in ("days_to_90", "rcr_slicing_5d", "sale_cost_bps", "illiquid", "hqla", "left_waterfall"):
        assert told["measures"]["usual"][name] == pytest.approx(row[name], rel=1e-9), name
        assert told["measures"]["stressed"][name] == pytest.approx(row[f"{name}_stressed"], rel=1e-9), name
    assert told["around"]["days_to_90"][-1] == pytest.approx(row["days_to_90"], rel=1e-12)
    held = result.weights.loc[DAY]
    assert {position["asset"]: position["weight"] for position in told["positions"]} == pytest.approx(
        {name: held[name] for name in "ABC" if held[name] > 0}, rel=1e-9
    )


def test_the_page_shows_them(told, page):
    days = by_row(page, "days")
    assert float(days["100%"]["under stress"]) == pytest.approx(told["days"][-1]["stressed"], abs=0.06)
    rows = {(row[0], row[1]): row for row in cells(page, "redemption")[1:]}
    assert rows["5 sessions", "slicing"][4] == f"{told['measures']['stressed']['rcr_slicing_5d']:.2f}"
    assert rows["5 sessions", "waterfall"][2] == f"{told['measures']['usual']['rcr_waterfall_5d']:.2f}"
    stay = cells(page, "stayers")[1:]
    assert [row[:2] for row in stay] == [
        [way, method] for way in ("as usual", "under stress") for method in ("waterfall", "slicing")
    ]
    surface = cells(page, "surface-stressed")
    assert surface[0][1:] == ["1", "2", "5", "10", "20", "60"]
    assert len(surface) == 5
    assert by_row(page, "worth")["value at risk, with liquidity"]["as usual"] == (
        f"{100 * told['measures']['usual']['lvar']:.1f}%"
    )
    assert "http" not in page.split("</script>")[-1]


def test_the_curve_begins_after_the_day_itself_on_an_axis_of_sessions():
    told = {"days": [0.0, 0.5, 1.0, 5.0], "usual": [0.1, 0.2, 0.5, None], "stressed": [0.1, 0.15, 0.3, "never"]}
    figure = curve(told)
    assert [list(line.x) for line in figure.data] == [[0.5, 1.0, 5.0]] * 2
    assert [list(line.y) for line in figure.data] == [[0.2, 0.5, None], [0.15, 0.3, None]]
    assert figure.layout.xaxis.type == "log"
    ticks = dict(zip(figure.layout.xaxis.ticktext, figure.layout.xaxis.tickvals, strict=True))
    assert ticks == {"0.01": 0.01, "0.1": 0.1, "1": 1, "5": 5, "20": 20, "60": 60, "180": 180}


def test_a_picture_by_hand_on_an_axis_of_logs():
    """220 high from 0.01 to 100 sessions: 1 is half way up, 10 three quarters; a thousandth counts as a hundredth."""
    made = _picture("", "", {"a": [1.0, 100.0, None, 10.0], "b": ["never", 0.001]}, logs=True)
    assert made.lines == {"a": ["0.0,110.0 333.3,0.0", "1000.0,55.0"], "b": ["1000.0,220.0"]}
    assert made.marks == [(220.0, "0.01"), (110.0, "1.00"), (0.0, "100")]
    flat = _picture("", "", {"a": [10.0]}, logs=True)  # a decade at least
    assert (flat.lines, flat.marks[-1]) == ({"a": ["0.0,220.0"]}, (0.0, "100"))
    assert _picture("", "", {"a": [None]}, logs=True).marks == [(220.0, "1.00"), (110.0, "3.16"), (0.0, "10.0")]


def test_a_picture_by_hand_from_zero():
    """Up to a twentieth above the largest, or above 1: 2 of 2.1 lies 10.5 below the top."""
    made = _picture("", "", {"a": [0.5, 2.0]}, logs=False)
    assert made.lines == {"a": ["0.0,167.6 1000.0,10.5"]}
    assert made.marks == [(220.0, "0.00"), (115.2, "1.00"), (0.0, "2.10")]
    assert _picture("", "", {"a": [0.5]}, logs=False).marks[-1] == (0.0, "1.05")
    assert _picture("", "", {"a": [None]}, logs=False).marks == [(220.0, "0.00"), (10.5, "1.00"), (0.0, "1.05")]


def test_figures_of_liquidity_as_people_read_them():
    known = (0.0, 0.005, 0.01, 9.99, 10.0, 99.94, 100.0, 1234.6, None, "never")
    told = ["at once", "under 0.01", "0.01", "9.99", "10.0", "99.9", "100", "1,235", "–", "never"]
    assert [days(value) for value in known] == told
    assert (horizon(1), horizon(2)) == ("1 session", "2 sessions")
    assert (times(1.234), basis_points(12.34), share(0.1234)) == ("1.23", "12.3", "12.3%")
    assert [show(value) for show in (times, basis_points, share) for value in (None, "never")] == ["–", "never"] * 3


def test_shares_of_the_profile_and_of_stayers_sum_to_one(told):
    for row in told["profile"]:
        assert sum(row["shares"]) == pytest.approx(1.0, abs=1e-9)
    for row in told["stayers"]:
        assert row["cash"] + sum(row["weights"].values()) == pytest.approx(1.0, abs=1e-9)
    sliced = [row for row in told["stayers"] if row["method"] == "slicing"]
    held = {position["asset"]: position["weight"] for position in told["positions"]}
    for row in sliced:  # who stays keeps the same book
        assert row["weights"] == pytest.approx(held, rel=1e-6)


def test_the_terminal_says_the_same(told, home, capsys):
    assert run(home, "day", "--policy", "volatility", "--date", DAY) == 0
    out = capsys.readouterr().out
    assert f"small, volatility, {DAY}" in out
    assert f"in 5 sessions, slicing{told['measures']['usual']['rcr_slicing_5d']:>26.2f}" in out
    assert f"report: {home / 'day' / 'index.html'}" in out


def test_the_same_command_gives_the_same_bytes_and_defaults_to_the_benchmark_and_the_last_session(home, capsys):
    assert run(home, "one") == 0
    assert run(home, "two") == 0
    for name in ("index.html", "liquidity.json", "manifest.json"):
        assert (home / "one" / name).read_bytes() == (home / "two" / name).read_bytes()
    found = json.loads((home / "one" / "liquidity.json").read_text())
    assert found["policy"] == "passive"
    assert found["date"] == found["around"]["dates"][-1]
    capsys.readouterr()


def test_depth_a_tenth_takes_ten_times_as_long(home, capsys):
    changed = ["--set", "execution.max_participation=0.2", "--set", "market.depth=[{share=0.1}]"]
    assert run(home, "thin", "--date", DAY, *changed) == 0
    assert run(home, "deep", "--date", DAY) == 0
    thin, deep = (json.loads((home / name / "liquidity.json").read_text()) for name in ("thin", "deep"))
    slow = {position["asset"]: position["usual_days"] * position["value"] ** -1 for position in thin["positions"]}
    usual = {position["asset"]: position["usual_days"] * position["value"] ** -1 for position in deep["positions"]}
    assert slow == pytest.approx({name: 10 * value for name, value in usual.items()}, rel=1e-9)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--policy", "volatilty"], "--policy: no policy 'volatilty'; did you mean 'volatility'?"),
        (["--date", "2001-12-16"], "--date: 2001-12-16 is no session of the run"),
        (["--date", "yesterday"], "--date: 'yesterday' is no date; write YYYY-MM-DD"),
        (["--set", "market.depth=[{share=0}]"], "market.depth[0]: share must be positive"),
        (["--set", "market.depth=[{share=0.5,assets=['Z']}]"], "market.depth[0]: no asset 'Z'"),
        (["--set", "market.depth=[{share=0.5,from=2030-01-01}]"], "market.depth[0] 2030-01-01 to"),
        (["--set", "liquidity.trade_share=2"], "trade_share"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(home, arguments, complaint, capsys):
    assert run(home, "refused", *arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert complaint in said
    assert not (home / "refused").exists()


def test_a_folder_of_another_kind_is_not_replaced(told, home, capsys):
    kept = (home / "day" / "index.html").read_bytes()
    assert main(["run", str(home / "small.toml"), "--data", str(home / "data"), "--out", str(home / "day")]) == 2
    assert "liquidity" in capsys.readouterr().err
    assert (home / "day" / "index.html").read_bytes() == kept


def test_show_prints_the_depth(home, capsys):
    depth = "market.depth=[{share=0.5,assets=['A'],from=2001-05-01}]"
    assert main(["show", str(home / "small.toml"), "--set", depth]) == 0
    assert "share = 0.5" in capsys.readouterr().out


@pytest.fixture(scope="module")
def whole(home):
    command = ["run", str(home / "small.toml"), "--data", str(home / "data"), "--out", str(home / "whole")]
    assert main([*command, "--quiet", "--no-tearsheets"]) == 0
    return home / "whole"


def test_the_comparison_links_a_page_with_the_worst_and_the_last_of_every_policy(whole, result):
    assert 'href="liquidity.html"' in (whole / "index.html").read_text()
    page = (whole / "liquidity.html").read_text()
    rows = cells(page, "liquidity")[1:]
    assert [row[:2] for row in rows[::2]] == [[name, "worst"] for name in ("passive", "threshold", "volatility")]
    looked_at = np.unique(np.linspace(0, len(result.sessions) - 1, 250).astype(int))
    found = result.liquidity.iloc[looked_at]
    worst, last = rows[-2], rows[-1]
    assert worst[5] == f"{found['rcr_slicing_5d_stressed'].min():.2f}"
    assert worst[4] == f"{found['rcr_waterfall_5d_stressed'].min():.2f}"
    assert float(worst[2]) == pytest.approx(found["days_to_90_stressed"].max(), abs=0.06)
    assert worst[7] == f"{100 * found['lvar_stressed'].max():.1f}%"
    assert last[5] == f"{found['rcr_slicing_5d_stressed'].iloc[-1]:.2f}"
    assert page.count("<polyline") >= 6
    assert "<script" not in page


def test_a_run_without_liquidity_has_no_such_page(home):
    scenario = build(load(str(home / "small.toml")), home / "data")
    bare = simulate(scenario.market, scenario.policies["passive"], liquidity=False)
    assert liquidity_over_time({"passive": bare}, {"passive": "passive"}) is None


def test_the_worst_illiquid_share_is_of_every_session_on_which_the_limit_was_broken(result):
    """One session of 650 is easily missed where 250 are looked at."""
    broken = {"date": [result.index[301]], "limit": ["max_illiquid"], "kind": ["passive"], "share": [0.4]}
    once = replace(result)
    once.__dict__["breaches_22e4"] = pd.DataFrame(broken)
    told = liquidity_over_time({"passive": once}, {"passive": "passive"})["policies"]["passive"]
    assert told["worst"]["illiquid"] == 0.4
    assert told["last"]["illiquid"] == 0.0


def test_a_book_in_cash_is_told_in_whole_sentences(home, capsys):
    assert run(home, "cash", "--date", "2001-03-01") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "All of it is cash at once, at once under stress." in said
    assert "There is nothing to sell." in said


def test_what_can_never_be_sold_is_told_in_whole_sentences(told):
    measures = {way: {**own, "days_to_100": "never", "sale_cost_bps": "never"} for way, own in told["measures"].items()}
    said = lead({**told, "measures": measures})
    assert "All of it can never be sold as usual, never under stress." in said
    assert "Something held cannot be sold at any cost within 5 sessions." in said


def test_the_curve_and_the_words_wait_for_settlement(home, capsys):
    """Two sessions after a sale its cash is there: the chart, the tables and the words count from then."""
    assert run(home, "late", "--policy", "volatility", "--date", DAY, "--set", "execution.settlement_days=2") == 0
    said, page = " ".join(capsys.readouterr().out.split()), (home / "late" / "index.html").read_text()
    assert "of volume, sales settling in 2 sessions." in said
    assert "settled in 2 business days" in " ".join(page.split())
    told = json.loads((home / "late" / "liquidity.json").read_text())
    assert {row["settlement"] for row in told["positions"]} == {2.0}
    book = [(row["value"], row["value"] / row["usual_days"]) for row in told["positions"]]
    whole = told["cash"] + sum(value for value, _ in book)
    for day, sold_share in zip(told["curve"]["days"], told["curve"]["usual"], strict=True):
        sold = sum(min(value, pace * max(day - 2.0, 0.0)) for value, pace in book)
        assert sold_share == pytest.approx((told["cash"] + sold) / whole, abs=1e-9)


def test_where_the_book_stands_against_its_bounds_is_told(home, capsys):
    """A coverage of 4 that a decision brings about and drift may undo, and cash in time far beyond what is asked."""
    stated = ["--set", "bounds.min_coverage=4", "--set", "bounds.max_days_to_cash={share=0.5,days=10}"]
    assert run(home, "bounds", "--date", DAY, *stated, "--set", "scenario.initial_cash=3e6") == 0
    told = json.loads((home / "bounds" / "liquidity.json").read_text())
    row = {bound["bound"]: bound for bound in told["bounds"]}
    found = row["min_coverage"]["level"]  # haircuts and costs taken off, unlike the measure's
    assert 3.0 < found <= told["measures"]["stressed"]["rcr_waterfall_5d"]
    assert (row["min_coverage"]["asked"], row["min_coverage"]["kept"]) == (4.0, found >= 4.0 - 1e-9)
    cash = sum(min(item["value"], 10 * item["value"] / item["usual_days"]) for item in told["positions"]) + told["cash"]
    assert row["max_days_to_cash"]["level"] == pytest.approx(cash / told["nav"], rel=1e-9)
    assert row["max_days_to_cash"]["kept"] is True
    rows = {
        line[0].partition(":")[0]: line[1:]
        for line in cells((home / "bounds" / "index.html").read_text(), "bounds")[1:]
    }
    assert rows["max_days_to_cash"][0] == "at least 50.0% within 10 sessions"
    assert rows["max_days_to_cash"][2] == "kept"
    assert "min_coverage: least coverage of redemptions" in capsys.readouterr().out


def test_a_sale_that_takes_more_than_is_traded_says_so(told):
    pace = {"usual": {"asset": "B", "share": 0.6}, "stressed": {"asset": "B", "share": 1.2}}
    assert (
        "That takes 120% of a day's volume of B under stress, not 20%: more than is traded, so that its cost is no "
        "forecast."
    ) in lead({**told, "pace": pace})
    assert "not 20%" not in lead({**told, "pace": {"usual": None, "stressed": {"asset": "B", "share": 0.2}}})


def test_what_is_owed_and_what_could_not_be_traded_is_said(home, capsys):
    """Half of the book is asked for on the day itself, and B is halted on it."""
    halted = f"market.halts={{B=[['{DAY}','2001-12-31']]}}"
    asked = [f"flows=[{{date={DAY},share=-0.5}}]", "execution.settlement_days=3", halted]
    assert run(home, "owed", "--date", DAY, *(word for text in asked for word in ("--set", text))) == 0
    told = json.loads((home / "owed" / "liquidity.json").read_text())
    said = " ".join(capsys.readouterr().out.split())
    assert 0.3 * told["nav"] < told["owed"] < 0.5 * told["nav"]
    assert f"already ({100 * told['owed'] / told['nav']:.1f}% of net assets), which are still in every figure" in said
    assert "B" in told["untraded"]
    assert "could not be traded on this day (a halt, no price or no volume)" in said
    assert run(home, "gone", "--date", DAY, "--set", "flows=[{date=2001-12-03,amount=-5e6}]") == 0
    assert "4.1m of redemptions were never paid: the book had nothing left." in " ".join(
        capsys.readouterr().out.split()
    )

"""A sweep over severities: what each policy bears and where it gives way, by hand. Nothing of it is ranked."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest

from reports.frontier import LIMITS, Frontier, by_severity
from reports.frontier_answer import answer
from reports.frontier_figures import against_severity
from reports.sweep import METRICS, Axis, SweepReport, Trial, spread_of
from reports.sweep_page import write_sweep_page
from scenarios.sweep.report import summary
from scenarios.sweep.table import as_text
from tests.browser import visit

ALL = "shocks.*.severity"
PLACE = {metric.name: number for number, metric in enumerate(METRICS)}
COVERAGE, OWED = LIMITS[0], LIMITS[1]


def report(axes, paths=0, **figures):
    """One row of each figure a policy, over the points of the grid in its order; the same on every path."""
    points = list(itertools.product(*(values for _, values in axes)))
    policies = [f"p{number} <b>" for number in range(len(next(iter(figures.values()))))]
    trials = [Trial(policy, point) for point in points for policy in policies]
    table = np.zeros((len(trials), paths + 1, len(METRICS)))
    for name, rows in figures.items():
        table[:, :, PLACE[name]] = np.array(rows, float).T.ravel()[:, None]
    return SweepReport(
        name="small",
        description="",
        start="2001-01-02",
        end="2004-12-31",
        warning="read this first",
        axes=[Axis(key, values, True, True) for key, values in axes],
        policies=policies,
        trials=trials,
        answers=np.arange(len(trials)).reshape(len(points), len(policies)),
        history=table[:, 0],
        spread=spread_of(table[:, 1:].swapaxes(0, 1)) if paths else None,
        paths=paths,
        expected_best=None,
        assumptions=[],
        shocks=["everything at once"],
        foreknown="it knows the future",
    )


# The grid is not in order: 2 stands before 0.5. By severity the first policy covers 3, 1, 0.5, 0.2, so that it is
# below 1 from 1 on (at 0.5 it is 1, which would do); redemptions wait from 2 on. The second bears everything.
ONE = report(
    [(ALL, ("2", "0", "0.5", "1"))],
    coverage_min=[[0.2, 3.0, 1.0, 0.5], [4.0, 4.0, 4.0, 4.0]],
    owed_max=[[0.3, 0.0, 0.0, 0.0], [0.0] * 4],
    max_drawdown=[[-1.0, -0.1, -0.2, -0.3], [-0.1] * 4],
)


def test_the_answer_stands_first_in_words():
    assert answer(Frontier(ONE)) == [
        "At severity 1: max drawdown -30.0% (p0 <b>) to -10.0% (p1 <b>); "
        "coverage, least 0.50 (p0 <b>) to 4.00 (p1 <b>).",
        "Coverage falls below 1 at severity 1 for p0 <b>; up to 2 not for p1 <b>.",
        "Redemptions wait at severity 2 for p0 <b>; up to 2 not for p1 <b>.",
        "All is lost at severity 2 for p0 <b>; up to 2 not for p1 <b>.",
    ]


def test_an_answer_says_that_nothing_gives_way_and_takes_the_worst_where_nobody_asked_for_1():
    mild = report([(ALL, ("0", "0.5"))], max_drawdown=[[-0.1, -0.2]] * 2, coverage_min=[[4.0, 3.0]] * 2)
    assert answer(Frontier(mild)) == [
        "At severity 0.5: max drawdown -20.0% for every policy; coverage, least 3.00 for every policy.",
        "No policy gives way up to severity 0.5.",
    ]
    apart = report([("shocks.0.severity", ("0", "1")), ("shocks.1.severity", ("0", "1"))], max_drawdown=[[-0.1] * 4])
    assert answer(Frontier(apart)) == []


def test_where_a_policy_first_gives_way():
    assert Frontier(ONE).labels == ["0", "0.5", "1", "2"]
    assert Frontier(ONE).gives_way == [("p0 <b>", ["1", "2", "–", "2"]), ("p1 <b>", ["–"] * 4)]
    said = summary(ONE)
    assert said["gives_way"]["p0 <b>"] == {
        "coverage_below_1": [{ALL: "1"}],
        "redemptions_wait": [{ALL: "2"}],
        "unpaid_at_the_end": [],
        "all_lost": [{ALL: "2"}],
    }
    shown = [(row["policy"], row["settings"][ALL], row["history"]["coverage_min"]) for row in said["frontier"]]
    assert shown[:4] == [("p0 <b>", *row) for row in [("0", 3.0), ("0.5", 1.0), ("1", 0.5), ("2", 0.2)]]
    assert "best" not in said


def test_of_two_shocks_all_of_the_mildest_count():
    # Owed at (0, 2), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2): (1, 2), (2, 1) and (2, 2) are worse than others on both.
    axes = [("shocks.0.severity", ("0", "1", "2")), ("shocks.1.severity", ("0", "1", "2"))]
    two = Frontier(report(axes, owed_max=[[0.0, 0.0, 0.1, 0.0, 0.1, 0.2, 0.1, 0.2, 0.3]]))
    assert [two.labels[place] for place in two.first(OWED, 0)] == ["0, 2", "1, 1", "2, 0"]
    assert two.gives_way[0][1][1] == "0, 2; 1, 1; 2, 0"


def test_a_policy_that_no_shock_touches_stands_at_every_severity():
    # One trial answers both severities, and depends on neither.
    one = report([(ALL, ("0", "1"))], coverage_min=[[3.0, 3.0]])
    shared = replace(one, trials=[Trial("p0 <b>", (None,))], answers=np.zeros((2, 1), int), history=one.history[:1])
    assert [row["settings"] for row in summary(shared)["frontier"]] == [{ALL: "0"}, {ALL: "1"}]


def test_what_is_not_known_gives_no_way():
    unknown = report([(ALL, ("0", "1"))], coverage_min=[[np.nan, np.nan]])
    assert Frontier(unknown).first(COVERAGE, 0) is None
    assert Frontier(unknown).gives_way[0][1][0] == "not known"
    assert summary(unknown)["gives_way"]["p0 <b>"]["coverage_below_1"] is None


def over_paths(*coverage):
    """A policy that covers 2 without a shock and 0.5 on history with it, and that much on each path."""
    drawn = report([(ALL, ("0", "1"))], paths=len(coverage), coverage_min=[[2.0, 0.5]])
    drawn.spread[:, 1, PLACE["coverage_min"]] = np.quantile(coverage, (0.05, 0.5, 0.95))
    return drawn


def test_over_paths_the_median_counts():
    # Coverage on four paths is 0.5, 0.7, 1.5 and 2 at severity 1: the median is 1.1, which does; history would not.
    drawn = over_paths(0.5, 0.7, 1.5, 2.0)
    assert Frontier(drawn).gives_way[0][1][0] == "–"
    assert Frontier(drawn).profiles[1].text(0, 1) == "1.10"
    assert Frontier(over_paths(0.5, 0.7, 0.9, 2.0)).gives_way[0][1][0] == "1"


def test_terminal_and_page_show_it_and_rank_nothing(tmp_path):
    write_sweep_page(ONE, tmp_path / "index.html")
    text, page = as_text(ONE), (tmp_path / "index.html").read_text().split("<main>")[1]
    for said in (text, page):
        assert said.index("it knows the future") < said.index("read this first")
        assert "Sharpe" not in said
    lines = [line.split() for line in text.splitlines()]
    assert ["p0", "<b>", "1", "2", "–", "2"] in lines
    assert ["p0", "<b>", "3.00", "1.00", "0.50", "0.20"] in lines
    assert "<b>" not in page
    assert "<td>3.00</td>" in page


# A redemption waits from 1 on and is left unpaid at 2; the second policy loses all at 2.
BORNE = report(
    [(ALL, ("2", "0", "0.5", "1"))],
    coverage_min=[[0.8, 3.0, 1.5, 0.9], [4.0, 4.0, 4.0, 4.0]],
    owed_max=[[0.3, 0.0, 0.0, 0.2], [0.0] * 4],
    unpaid_end=[[5e6, 0.0, 0.0, 0.0], [0.0] * 4],
    max_drawdown=[[-0.4, -0.1, -0.2, -0.3], [-1.0, -0.1, -0.1, -0.1]],
    cost_bps_annual=[[9.0, 1.0, 2.0, 4.0], [1.0] * 4],
)


def test_severities_stand_from_the_mildest_on():
    assert by_severity(BORNE.axes) == [1, 2, 3, 0]
    two = [Axis("shocks.0.severity", ("1", "0"), True, severity=True), Axis("shocks.1.severity", ("2", "10"), True)]
    assert by_severity(two) == [2, 3, 0, 1]  # numbers, not texts: 2 comes before 10


def test_every_way_of_giving_way_has_its_column():
    assert [limit.title for limit in LIMITS] == [
        *("Coverage below 1", "Redemptions wait", "Not paid by the end", "All lost"),
    ]
    assert Frontier(BORNE).gives_way == [("p0 <b>", ["1", "1", "2", "–"]), ("p1 <b>", ["–", "–", "–", "2"])]


def test_only_severities_alone_make_a_frontier():
    assert BORNE.is_frontier
    assert not replace(BORNE, axes=[*BORNE.axes, Axis("execution.lag", ("1",), True)]).is_frontier
    assert not replace(BORNE, axes=[]).is_frontier


def test_the_terminal_shows_every_figure():
    table = [line.split() for line in as_text(BORNE).splitlines()]
    for row in (
        *(["3.00", "1.50", "0.90", "0.80"], ["-10.0%", "-20.0%", "-30.0%", "-40.0%"]),
        *(["0.0%", "0.0%", "20.0%", "30.0%"], ["1.00", "2.00", "4.00", "9.00"]),
    ):
        assert ["p0", "<b>", *row] in table


def test_what_nobody_knows_is_said_once():
    unknown = report([(ALL, ("0", "1"))], coverage_min=[[np.nan, np.nan]])
    flat = {profile.metric.name: profile.flat for profile in Frontier(unknown).profiles}
    assert flat["coverage_min"].startswith("Not known at any severity")


def test_lines_run_from_the_mildest_to_the_worst():
    frontier = Frontier(BORNE)
    profile = next(profile for profile in frontier.profiles if profile.metric.name == "coverage_min")
    line = against_severity(frontier, profile).data[0]
    assert (list(line.x), list(line.y)) == ([0.0, 0.5, 1.0, 2.0], [3.0, 1.5, 0.9, 0.8])
    assert line.name == "p0 &lt;b&gt;"


@pytest.mark.parametrize("width", [400, 1440])
@pytest.mark.parametrize("paths", [0, 20])
def test_the_page_in_a_browser(tmp_path, width, paths):
    spread = BORNE.history[None].repeat(3, axis=0) if paths else None
    write_sweep_page(replace(BORNE, spread=spread, paths=paths), tmp_path / "index.html")
    seen = visit(tmp_path / "index.html", width=width)
    assert seen.console == []
    assert seen.requests == []
    text = seen.dom.partition("<main>")[2].partition("<script")[0]
    assert text.index("it knows the future") < text.index("<h1>")
    assert "Sharpe" not in text
    assert "Where each policy gives way" in text
    assert seen.dom.count("main-svg") >= 4
    charts = re.findall(r"<div[^>]*plotly-graph-div[^>]*>", seen.dom)
    assert charts
    assert all('aria-label="Chart: ' in chart for chart in charts), "called as the heading they stand under"

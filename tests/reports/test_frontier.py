"""A sweep over severities: what each policy bears. Nothing of it is ranked."""

from __future__ import annotations

import numpy as np
import pytest

from reports.frontier import LIMITS, Frontier, by_severity
from reports.frontier_figures import against_severity
from reports.sweep import METRICS, Axis, SweepReport, Trial
from reports.sweep_page import write_sweep_page
from scenarios.sweep.frontier_table import frontier_text
from tests.browser import visit

SEVERITIES = ("2", "0", "0.5", "1")
#: By policy and by the grid's order of severities.
BORNE = {
    "max_drawdown": ([-0.4, -0.1, -0.2, -0.3], [-1.0, -0.1, -0.1, -0.1]),
    "coverage_min": ([0.8, 3.0, 1.5, 0.9], [4.0, 4.0, 4.0, 4.0]),
    "owed_max": ([0.3, 0.0, 0.0, 0.2], [0.0, 0.0, 0.0, 0.0]),
    "unpaid_end": ([5e6, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]),
    "cost_bps_annual": ([9.0, 1.0, 2.0, 4.0], [1.0, 1.0, 1.0, 1.0]),
}


def report(paths=0, policies=("held", "cash")):
    """Two policies over four severities, which the grid names in no order."""
    trials = [Trial(policy, (severity,)) for policy in policies for severity in SEVERITIES]
    figures = np.full((len(trials), paths + 1, len(METRICS)), 0.5)
    for place, metric in enumerate(METRICS):
        if metric.name in BORNE:
            figures[:, :, place] = np.concatenate(BORNE[metric.name])[:, None]
    return SweepReport(
        name="run on a fund",
        description="",
        start="2007-07-02",
        end="2009-12-31",
        warning="",
        axes=[Axis("shocks.*.severity", SEVERITIES, True, severity=True)],
        policies=policies,
        trials=trials,
        answers=np.array([[point, len(SEVERITIES) + point] for point in range(len(SEVERITIES))]),
        figures=figures,
        expected_best=None,
        assumptions=["nothing is assumed"],
        shocks=["volume x 0.1"],
        foreknown="NFCI knows its future",
    )


def test_severities_stand_from_the_mildest_on():
    assert by_severity(report().axes) == [1, 2, 3, 0]
    two = [Axis("shocks.0.severity", ("1", "0"), True, severity=True), Axis("shocks.1.severity", ("2", "10"), True)]
    assert by_severity(two) == [2, 3, 0, 1]  # numbers, not texts: 2 comes before 10
    assert Frontier(report()).labels == ["0", "0.5", "1", "2"]


def test_where_each_policy_gives_way():
    """Coverage is 3, 1.5, .9: below one from severity 1. Claims wait from 1, and are left unpaid at 2."""
    assert [limit.title for limit in LIMITS] == [
        *("Coverage below 1", "Redemptions wait", "Not paid by the end", "All lost"),
    ]
    assert Frontier(report()).gives_way == [("held", ["1", "1", "2", "–"]), ("cash", ["–", "–", "–", "2"])]


def test_what_is_not_known_is_not_borne():
    one = report()
    one.figures[:, :, [metric.name for metric in METRICS].index("coverage_min")] = np.nan
    frontier = Frontier(one)
    assert frontier.gives_way[0][1][0] == "not known"
    assert {section.metric.name: section.flat for section in frontier.sections}["coverage_min"].startswith("Not known")


def test_only_severities_alone_make_a_frontier():
    one = report()
    assert one.is_frontier
    mixed = [*one.axes, Axis("execution.lag", ("1",), True)]
    assert not SweepReport(**{**vars(one), "axes": mixed}).is_frontier
    assert not SweepReport(**{**vars(one), "axes": []}).is_frontier


def test_the_terminal_shows_every_figure_and_ranks_nothing():
    lines = frontier_text(report()).splitlines()
    assert lines[0] == "! NFCI knows its future"
    table = [line.split() for line in lines]
    assert ["held", "1", "1", "2", "–"] in table
    assert ["held", "3.00", "1.50", "0.90", "0.80"] in table
    assert ["held", "-10.0%", "-20.0%", "-30.0%", "-40.0%"] in table
    assert ["held", "0.0%", "0.0%", "20.0%", "30.0%"] in table
    assert not any("sharpe" in line.lower() for line in lines)


def test_lines_run_from_the_mildest_to_the_worst():
    frontier = Frontier(report())
    section = next(one for one in frontier.sections if one.metric.name == "coverage_min")
    line = against_severity(frontier, section).data[0]
    assert (line.name, list(line.x), list(line.y)) == ("held", [0.0, 0.5, 1.0, 2.0], [3.0, 1.5, 0.9, 0.8])


@pytest.mark.parametrize("width", [400, 1440])
@pytest.mark.parametrize("paths", [0, 20])
def test_the_page_in_a_browser(tmp_path, width, paths):
    write_sweep_page(report(paths), tmp_path / "index.html")
    seen = visit(tmp_path / "index.html", width=width)
    assert seen.console == []
    assert seen.requests == []
    text = seen.dom.partition("<main>")[2].partition("<script")[0]
    assert text.index("NFCI knows its future") < text.index("<h1>")
    assert "Sharpe" not in text
    assert "Where each policy gives way" in text
    assert seen.dom.count("main-svg") >= 4

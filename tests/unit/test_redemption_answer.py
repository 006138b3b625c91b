"""What is said first of a run on a fund."""

from __future__ import annotations

from reports.redemptions import Spread, ToolRow
from scenarios.redemptions.answer import answers


def row(tool, first_mover, delay=0.0, used=3.0):
    """A tool under which who asks first has so much more."""
    told = Spread(first_mover)
    return ToolRow(tool, told, Spread(1.0), told, Spread(delay), 0.4, 0.4, 0.0, 1e5, 0.8, used)


def test_the_fund_without_a_tool_comes_first_then_who_is_better_worse_late_and_idle():
    rows = [row("none", 20.0, used=0.0), row("gate", 24.0, 2.5), row("swing", -3.0), row("fee", 20.0, used=0.0)]
    said = answers(rows, 1)
    assert said == [
        "Without a tool 40.0% of the fund is asked back; it costs those who stay 20.0 bp, and who asks first has "
        "20.0 bp more than who stays.",
        "Nothing ever pulls fee: the same as without a tool.",
        "No advantage of asking first is left under swing.",
        "It is larger than without a tool under gate (24.0 bp).",
        "Leavers wait, in sessions: gate 2.5; without a tool 0.0.",
    ]


def test_no_tool_takes_away_an_advantage_that_nobody_had():
    said = answers([row("none", 0.01, used=0.0), row("dual", -1.8)], 25)
    assert len(said) == 1
    assert said[0].endswith("(25 draws of who leaves, 90% of them in brackets).")


def test_nobody_asks():
    assert answers([row("none", None), row("gate", None)], 1) == [
        "Nobody asks for money, so that no tool has anything to do."
    ]

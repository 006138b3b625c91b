"""What is said of herds of one policy each."""

from __future__ import annotations

from reports.herd import Figures
from scenarios.herd.answer import answers


def line(*points, lowest=(), other=0):
    """Figures of 1, 2, 4 ... funds with these amplifications; each twice as often on ``other`` days than the last."""
    days = lowest or ["2008-11-20"] * len(points)
    return [
        Figures(2**k, -0.2, -0.2, value, 1.0, 1.0, -1.0, 0.1, None, 3, day, other * 2**k)
        for k, (value, day) in enumerate(zip(points, days, strict=True))
    ]


def test_who_deepens_and_who_softens_falls():
    said = answers(
        {"passive": line(1.0, 1.0, 1.0), "alarm": line(1.01, 1.02, 1.04), "band": line(0.999, 0.998, 0.996)}, 4
    )
    assert said == [
        "With 4 funds the largest fall is made deeper by alarm (1.0400 times).",
        "With 4 funds the largest fall is softened by band (0.9960 times).",
    ]


def test_what_is_not_in_step_with_the_number_of_funds_is_said_with_its_days():
    other = answers({"alarm": line(1.01, 1.03, 1.02, lowest=["2008-11-20", "2008-11-20", "2009-03-09"])}, 4)
    assert other[-1] == (
        "What alarm does is not in step with the number of funds: 1.0300 times with 2 (lowest on 2008-11-20), 1.0200 "
        "times with 4 (lowest on 2009-03-09), another fall is the largest."
    )
    same = answers({"band": line(0.99, 0.995, 0.98)}, 4)
    assert "0.9900 times with 1" in same[-1]
    assert "0.9950 times with 2" in same[-1]
    assert same[-1].endswith("in the same fall.")
    timed = answers({"band": line(0.99, 0.995, 0.98, other=3)}, 4)
    assert timed[-1].endswith(
        "in the same fall; it trades on 3 and 6 other sessions than alone, as prices that answer leave a band or pull "
        "a trigger on other days."
    )


def test_nothing_is_said_of_what_does_nothing_or_never_falls():
    assert answers({"cash": line(None, None), "passive": line(1.00001, 0.99999)}, 2) == []

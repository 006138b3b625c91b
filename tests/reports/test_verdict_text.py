"""Verdicts in words and charts, from figures made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reports import verdict_figures
from reports.verdict_text import answers, ceiling, figure, interval, short, summary, table
from reports.verdicts import Ceiling, Corrected, EqualShare, Placebos, Verdict, Verdicts
from simulator.metrics import PAIRED, Difference

NAMES = tuple(PAIRED)


def gaps(value=0.3, low=0.1, high=0.5, better=0.98, **other):
    """Differences of Sharpe ratios; the deepest fall is 1.5 points less deep."""
    found = dict.fromkeys(NAMES, Difference(0.0, -1.0, 1.0, 0.5))
    return {
        **found,
        "sharpe": Difference(value, low, high, better),
        "max_drawdown": Difference(0.015, 0.0, 0.1, 0.9),
    } | other


def placebos(below: int, above: int) -> Placebos:
    """So many shifts with a Sharpe ratio of 0.2, and so many with 1.2."""
    sharpe = np.array([0.2] * below + [1.2] * above)
    return Placebos(np.arange(sharpe.size), np.tile(sharpe[:, None], (1, len(NAMES))))


def verdict(name="S", **changes) -> Verdict:
    state = np.array([True, True, False, True, False, False, False, False])
    made = Verdict(
        name, f"on-{name}", "sharpe", 0.9, False, False, state, dict.fromkeys(NAMES, 0.7),
        {"vol": gaps(), "rank": gaps(0.2, 0.05, 0.35, 0.96)}, gaps(0.4, -0.1, 0.9, 0.9), None, placebos(96, 3),
    )  # fmt: skip
    return replace(made, **changes)


def together(*those: Verdict) -> Verdicts:
    return Verdicts(
        "sharpe", 0.9, 500, 21, 5, ("vol", "rank"), "passive", np.arange(8), np.zeros(8), 12.34, those,
        {"sharpe": 0.5},
    )  # fmt: skip


NONE = {"vol": gaps(0.1, -0.2, 0.4, 0.7)}
UNTIMED = placebos(60, 39)


def test_every_answer_of_a_signal_by_hand():
    shown = verdict(corrected=Corrected(4, 0.021, 0.033), equal_share=EqualShare(0.4, gaps(-0.05, -0.25, 0.15, 0.4)))
    told = {answer.question: answer.text for answer in answers(shown, together(shown))}
    assert told == {
        "When?": "On for 37.5% of the sessions, in 2 spells.",
        "Does it beat volatility?": "Yes, it beats every one of them. Sharpe ratio 0.70, which is +0.20 against the "
        "hardest rival, rank.",
        "How sure is that?": "90% of redrawn histories put that difference at +0.05 to +0.35; it is the better one in "
        "96% of them. 12.3 years cannot show differences much smaller than 0.15. Among 4 signals judged together, luck "
        "gives one of them as much with a chance of 0.021.",
        "Does it beat its own placebos?": "Yes: its timing is worth more than chance gives. 97% of 99 shifts of itself "
        "in time did worse; the chance that one does as well is 0.040, corrected for 4 signals 0.033.",
        "For as long as volatility?": "⚠ Hindsight: against volatility above the level that makes it on for 40.0% of "
        "these very sessions, −0.05 (−0.25 to +0.15).",
        "Was it worth anything at all?": "Not distinguishably: against passive, +0.40 (−0.10 to +0.90), with a deepest "
        "fall 1.5 points less.",
    }
    assert short(shown) == "beats volatility; timing shown"


@pytest.mark.parametrize(
    ("changes", "question", "text"),
    [
        ({"state": np.zeros(8, bool)}, "When?", "It was never on."),
        ({"state": np.arange(8) < 2}, "When?", "On for 25.0% of the sessions, once."),
        ({"against": {"vol": gaps()}}, "Does it beat volatility?", "Yes. Sharpe ratio 0.70, which is +0.30 against "
         "its rival, vol."),
        ({"against": NONE}, "Does it beat volatility?", "Not distinguishably. Sharpe ratio 0.70, which is +0.10 "
         "against its rival, vol."),
        ({"corrected": Corrected(2, 0.2, 0.01)}, "Does it beat volatility?", "Not as one of several signals. Sharpe "
         "ratio 0.70, which is +0.20 against the hardest rival, rank."),
        ({"against": {"vol": gaps(-0.3, -0.5, -0.1)}}, "Does it beat volatility?", "No, it is worse than vol. Sharpe "
         "ratio 0.70, which is −0.30 against its rival, vol."),
        ({"corrected": Corrected(1, 0.02, 0.01)}, "How sure is that?", "90% of redrawn histories put that difference "
         "at +0.05 to +0.35; it is the better one in 96% of them. 12.3 years cannot show differences much smaller than "
         "0.15."),
        ({"placebos": UNTIMED}, "Does it beat its own placebos?", "Not shown: chance may explain it. 61% of 99 shifts "
         "of itself in time did worse; the chance that one does as well is 0.400."),
        ({"placebos": placebos(3, 96)}, "Does it beat its own placebos?", "No: chance does better. 3% of 99 shifts of "
         "itself in time did worse; the chance that one does as well is 0.970."),
        ({"benchmark": gaps(0.4, 0.1, 0.7, max_drawdown=Difference(-0.02, -0.1, 0.0, 0.1))},
         "Was it worth anything at all?", "Yes: against passive, +0.40 (+0.10 to +0.70), with a deepest fall 2.0 "
         "points more."),
        ({"benchmark": gaps(-0.4, -0.7, -0.1, max_drawdown=Difference(np.nan, np.nan, np.nan, np.nan))},
         "Was it worth anything at all?", "No, it cost: against passive, −0.40 (−0.70 to −0.10)."),
    ],
)  # fmt: skip
def test_what_is_said_otherwise(changes, question, text):
    judged = verdict(**changes)
    told = {answer.question: answer.text for answer in answers(judged, together(judged))}
    assert told[question] == text


def test_one_to_beat_is_asked_neither_whether_it_beats_nor_how_sure_that_is():
    rival = verdict(rival=True)
    assert [answer.question for answer in answers(rival, together(rival))] == [
        "When?",
        "Does it beat its own placebos?",
        "Was it worth anything at all?",
    ]
    assert short(rival) == "to beat; timing shown"
    assert short(verdict(hindsight=True, placebos=placebos(3, 96))).endswith("timing worse than chance [hindsight]")
    assert short(verdict(corrected=Corrected(3, 0.2, 0.2))) == (
        "better than volatility alone, not as one of 3 signals; timing not shown"
    )
    assert short(verdict(against=NONE)) == "not distinguishable from volatility; timing shown"


@pytest.mark.parametrize(
    ("those", "said"),
    [
        ((verdict(rival=True), verdict(hindsight=True)), "No signal that could have been followed is judged, but those "
         "to beat."),
        ((verdict(),), "By Sharpe ratio, the one signal judged beats volatility and the one signal judged beats its "
         "own placebos."),
        ((verdict(against=NONE, placebos=UNTIMED), verdict(rival=True)), "By Sharpe ratio, the one signal judged does "
         "not beat volatility and the one signal judged does not beat its own placebos."),
        ((verdict("A"), verdict("B"), verdict("C", against=NONE)), "By Sharpe ratio, 2 of 3 signals beat volatility "
         "(A, B) and 3 of 3 signals beat their own placebos (A, B, C); A, B did both."),
        ((verdict("A"), verdict("B", against=NONE, placebos=UNTIMED)), "By Sharpe ratio, 1 of 2 signals beats "
         "volatility (A) and 1 of 2 signals beats its own placebos (A)."),
        ((verdict("A", placebos=UNTIMED), verdict("B", against=NONE)), "By Sharpe ratio, 1 of 2 signals beats "
         "volatility (A) and 1 of 2 signals beats its own placebos (B)."),
        ((verdict("A", against=NONE, placebos=UNTIMED), verdict("B", against=NONE)), "By Sharpe ratio, none of 2 "
         "signals beats volatility and 1 of 2 signals beats its own placebos (B)."),
    ],
)  # fmt: skip
def test_the_sentence_for_all(those, said):
    assert summary(together(*those)) == said


def test_the_table_has_a_line_a_signal_and_its_columns_stand_under_each_other():
    alone = verdict("a-rival", rival=True, against={})
    shown = verdict("S", corrected=Corrected(4, 0.021, 0.033))
    lines = table(together(alone, shown)).splitlines()
    head, rule, passive, first, second = lines[2:7]
    assert rule == "-" * len(head)
    assert [" ".join(line.split()) for line in (passive, first, second)] == [
        "passive – – 0.50 – – – – – – – – follows no signal",
        "a-rival 38% 2 0.70 – – – – 0.040 – +0.40 −0.10 to +0.90 to beat; timing shown",
        "S 38% 2 0.70 rank +0.20 +0.05 to +0.35 96% 0.040 0.021 +0.40 −0.10 to +0.90 beats volatility; timing shown",
    ]
    ends = head.index("value") + len("value")
    assert {line[ends - 4 : ends] for line in (first, second)} == {"0.70"}
    assert {line.index("rank" if line is second else "–") for line in (first, second)} == {head.index("hardest rival")}
    assert lines[-1].startswith("By Sharpe ratio, the one signal judged")


def test_differences_bear_their_sign_and_what_is_unknown_a_dash():
    assert (figure("sharpe", 0.5), figure("sharpe", 0.5, signed=True)) == ("0.50", "+0.50")
    assert (figure("sharpe", 0.0, signed=True), figure("sharpe", -0.5, signed=True)) == ("0.00", "−0.50")
    assert (figure("cagr", np.nan), figure("max_drawdown", -0.125)) == ("–", "−12.5%")
    assert interval("sharpe", Difference(0.0, -1.0, np.inf, 0.5)) == "−1.00 to –"


def test_a_ceiling_that_is_not_above_zero_says_what_follows():
    bar = Ceiling(
        "fall", ("S", "T"), 0.2, {"sharpe": 1.0}, {"vol": gaps(), "rank": gaps(0.2, 0.05, 0.35)}, gaps(0.4, 0.1, 0.7)
    )
    assert bar.hardest("sharpe") == "rank"
    told = "fall (S, T): +0.20 (+0.05 to +0.35) over rank, +0.40 (+0.10 to +0.70) over passive"
    assert ceiling(bar, "sharpe", "passive") == told
    low = bar._replace(against={"vol": gaps(0.2, 0.0, 0.4)})
    assert ceiling(low, "sharpe", "passive").endswith("passive: no forecast of it can be shown to be worth more")


def test_what_cannot_be_known_reaches_lowest_of_all_rivals():
    unknown = verdict(against={"vol": gaps(0.3, -5.0, 0.5), "rank": gaps(0.3, np.nan, np.nan)})
    assert unknown.hardest == "rank"
    assert unknown.against_rivals == "open"


def test_the_form_in_metrics():
    told = verdict(corrected=Corrected(4, 0.021, 0.033), equal_share=EqualShare(0.4, gaps())).as_dict()
    assert (told["share_on"], told["spells"], told["hardest_rival"], told["worse_than"]) == (0.375, 2, "rank", [])
    assert (told["beats_volatility"], told["against_volatility"], told["beats_placebos"]) == (True, "better", True)
    assert told["corrected"] == {"together": 4, "rivals": 0.021, "placebos": 0.033}
    assert told["against"]["rank"]["sharpe"] == {"value": 0.2, "low": 0.05, "high": 0.35, "better": 0.96}
    assert told["equal_share_in_hindsight"]["share_on"] == 0.4
    assert told["placebos"]["sharpe"]["chance"] == pytest.approx(0.04)
    assert told["placebos"]["sharpe"]["quantiles"] == {"5%": 0.2, "25%": 0.2, "50%": 0.2, "75%": 0.2, "95%": 0.2}
    spread = replace(placebos(101, 0), figures=np.tile(np.arange(101.0)[:, None], (1, len(NAMES))))
    quantiles = verdict(placebos=spread).as_dict()["placebos"]["sharpe"]["quantiles"]
    assert quantiles == {"5%": 5.0, "25%": 25.0, "50%": 50.0, "75%": 75.0, "95%": 95.0}
    rival = verdict(rival=True, benchmark=gaps(np.nan)).as_dict()
    assert (rival["beats_volatility"], rival["against_volatility"], rival["benchmark"]["sharpe"]["value"]) == (
        None,
    ) * 3


def charted() -> Verdicts:
    """Two signals and one in hindsight, on eight days of 2024; the one in hindsight has no rivals but equal share."""
    those = (
        verdict("A", rival=True, against={"rank": gaps(0.2, 0.05, 0.35, 0.96)}),
        verdict("B", state=np.arange(8) > 5),
        verdict("C", hindsight=True, against={}, equal_share=EqualShare(0.4, gaps(-0.05, -0.25, 0.15, 0.4))),
    )
    days = np.arange("2024-01-01", "2024-01-09", dtype="datetime64[D]")
    return replace(together(*those), sessions=days, drawdown=np.linspace(0.0, -0.7, 8))


def test_strips_lie_where_a_signal_was_on():
    figure = verdict_figures.strips(charted())
    fall, first, second, third = figure.data
    assert list(fall.y) == pytest.approx(np.linspace(0.0, -0.7, 8))
    assert [None if x is None else x.day for x in first.x] == [1, 3, None, 4, 5, None]
    assert list(first.y) == ["A", "A", None, "A", "A", None]
    assert [None if x is None else x.day for x in second.x] == [7, 8, None]  # to the last session
    assert [trace.line.color for trace in (first, second, third)] == ["#D55E00", "#0072B2", "#8A8A8A"]
    assert third.y[0] == "C ⚠"
    assert figure.layout.height == 150 + 170 + 3 * 24
    high, low = figure.layout.yaxis.domain, figure.layout.yaxis2.domain
    assert (high[1] - high[0]) / (low[1] - low[0]) == pytest.approx(170 / 72)
    assert list(figure.layout.yaxis2.range) == [-0.7, 2.7]


def test_differences_stand_beside_each_other_in_the_row_of_their_signal():
    figure = verdict_figures.differences(charted(), "sharpe")
    vol, rank, hindsight = figure.data
    assert (list(vol.x), list(vol.y)) == ([0.3], [1 + 0.31])  # B alone, in the middle of three rows
    assert (list(rank.x), list(rank.y)) == ([0.2, 0.2], [2.0, 1.0])
    assert (list(hindsight.x), list(hindsight.y)) == ([-0.05], [0.0 - 0.31])
    assert list(rank.error_x.array) == pytest.approx([0.15, 0.15])
    assert list(hindsight.error_x.arrayminus) == pytest.approx([0.2])
    assert list(map(list, vol.customdata)) == [[0.1, 0.5, 0.98]]
    assert (vol.marker.symbol, hindsight.marker.symbol, hindsight.marker.color) == ("circle", "circle-open", "#8A8A8A")
    assert (vol.marker.color, rank.marker.color) == ("#D55E00", "#C98100")
    assert figure.layout.height == 110 + 3 * 38
    assert (list(figure.layout.yaxis.range), list(figure.layout.yaxis.ticktext)) == ([-0.6, 2.6], ["C ⚠", "B", "A"])
    assert figure.layout.xaxis.title.text == "Sharpe ratio: right of the line is better"
    assert not figure.layout.xaxis.tickformat
    costs = verdict_figures.differences(charted(), "cost_bps_annual").layout.xaxis
    assert costs.title.text.endswith("left of the line is better")
    assert verdict_figures.differences(charted(), "cagr").layout.xaxis.tickformat == ".1%"


def test_placebos_are_drawn_with_the_bar_and_the_signal_itself():
    figure = verdict_figures.placebos(charted())
    *shifts, bars, own = figure.data
    assert [trace.y0 for trace in shifts] == ["A", "B", "C ⚠"]
    assert sorted(set(shifts[0].x)) == [0.2, 1.2]
    assert list(bars.x) == [0.2] * 3  # 99 shifts: the fifth best of a hundred must be beaten, and only 3 are above
    assert list(own.x) == [0.7] * 3
    assert list(own.marker.color) == ["#D55E00", "#0072B2", "#8A8A8A"]
    assert figure.layout.height == 90 + 3 * 30

"""The five points of MERIT: what the run gives, and what it cannot give.

Source: Tarkocin & Donduran, Table 2, after Venkat & Baird (2016), Liquidity Risk Management, chapter 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.merit import EscalationLog, Point
from scenarios.study.early_warning.run import EarlyWarningStudy
from signals.stress.account import ThresholdTest

from .options import NOT_STATED
from .subject import Subject

_Tests = Mapping[str, tuple[ThresholdTest, bool]]


def points(
    study: EarlyWarningStudy, told: Sequence[Subject], tests: _Tests, logs: Sequence[EscalationLog]
) -> list[Point]:
    """The checklist."""
    return [_measures(study, told), _escalation(told, logs), _reporting(study), _systems(study), _thresholds(tests)]


def _measures(study: EarlyWarningStudy, told: Sequence[Subject]) -> Point:
    columns = max(len(subject.candidate.columns) for subject in told)
    bank = [name for name in study.target.columns["paper"] if name.startswith("bank_")]
    own = f"{len(bank)} columns of the bank's own indicators" if bank else "none of the bank's own indicators"
    return Point(
        "Measures",
        "The indicators that everything else rests on.",
        [
            f"{columns} columns at most, each with its formula and the date on which it was known, and {own}.",
            f"{len(study.target.absent)} features are left out for want of data; the study's page names them.",
            "Every model stands beside rules that need no model, on the same days.",
        ],
        [
            "Choose measures of your own funding; without files in bank/ the signal knows the market only.",
            "Judge whether a US index of stress says enough about your markets.",
        ],
    )


def _escalation(told: Sequence[Subject], logs: Sequence[EscalationLog]) -> Point:
    entries = "; ".join(f"{log.title}: {len(log.entries) - 1}" for log in logs)
    owner = told[0].options.owner
    return Point(
        "Escalation",
        "A change to amber or red leads into the firm's own procedure for a crisis.",
        [
            f"Every change of colour, dated, with what drove it and what was published later ({entries}).",
            f"Owner of the signal: {owner or NOT_STATED}.",
        ],
        [
            "Say who is told of amber and who of red, within what time, and what they may decide.",
            "Link the colours to the contingency funding plan. Nothing here sends a message to anyone.",
        ],
    )


def _reporting(study: EarlyWarningStudy) -> Point:
    last = study.data.market.sessions[-1]
    return Point(
        "Reporting",
        "Timely enough for escalation to happen; daily at best.",
        [
            f"A status for every session, from what was known at its close; the last session of this run is {last}.",
            "The study's page, these cards and the same figures as JSON, CSV and Parquet.",
        ],
        [
            "Run it every day on fresh data and see that someone reads it; nothing runs by itself.",
            f"Publication of {study.target.index.name} is what verdicts wait for: a false alarm is known days later.",
        ],
    )


def _systems(study: EarlyWarningStudy) -> Point:
    ended = sum("no value between" in line for line in study.data.notes)
    return Point(
        "Integrated systems",
        "Systems and data that make timely reports possible.",
        [
            "One command from a folder of CSV files; release dates are part of the data, and no model learns from a "
            "label before it is published.",
            f"Data fingerprint, versions and seed in the manifest; {ended} long silences of series are named.",
        ],
        [
            "Feed the folder, watch that the feeds arrive, and keep the runs.",
            "Connect the status to your risk and limit systems; there is no connection here.",
        ],
    )


def _thresholds(tests: _Tests) -> Point:
    gives = [f"{title}: {_sentence(test)}" for title, (test, rule) in tests.items() if not rule]
    return Point(
        "Thresholds",
        "Calibrated so that escalation works, and back-tested.",
        gives
        or ["The naive rules' thresholds are back-tested below; those of these models cannot be, which it says there."],
        [
            "Decide what a missed red day and a false alarm cost you: the balance used below weighs them alike.",
            "Review the thresholds after every spell of stress, as the paper asks.",
        ],
    )


def _sentence(test: ThresholdTest) -> str:
    if not test.choices:
        return f"{len(test.pairs)} pairs of thresholds back-tested; too few years to choose from the past."
    gap = test.gap["balance"]
    word = "better than" if gap.low > 0.0 else "worse than" if gap.high < 0.0 else "no different, beyond chance, from"
    kept = "keeping the paper's 85% and 95%" if test.standard is not None else "its own calls, the likeliest class"
    return (
        f"{len(test.pairs)} pairs of thresholds back-tested. Choosing them anew each year from what had been published "
        f"was {word} {kept} (balance {test.chosen['balance'].value:.2f} against "
        f"{test.fixed['balance'].value:.2f}, difference {gap.low:+.2f} to {gap.high:+.2f})."
    )

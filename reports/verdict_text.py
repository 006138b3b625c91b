"""Verdicts in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.metrics import PAIRED, Difference

from .text import percent, phrase, plain, written
from .verdicts import Ceiling, Verdict, Verdicts


def called(measure: str) -> str:
    """The measure within a sentence."""
    return phrase(PAIRED[measure])


def figure(measure: str, value: float, *, signed: bool = False) -> str:
    """A figure or a difference of figures, in its unit."""
    if not np.isfinite(value):
        return "–"
    sign = "+" if signed and value > 0.0 else ""
    return f"{sign}{written(PAIRED[measure], value)}".replace("-", "−")


def interval(measure: str, difference: Difference) -> str:
    """``low to high``."""
    return f"{figure(measure, difference.low, signed=True)} to {figure(measure, difference.high, signed=True)}"


def summary(verdicts: Verdicts) -> str:
    """One sentence for all signals that could have been followed."""
    real = [verdict for verdict in verdicts.verdicts if not verdict.rival and not verdict.hindsight]
    if not real:
        return "No signal that could have been followed is judged, but those to beat."
    winners = [verdict.signal for verdict in real if verdict.against_rivals == "better"]
    timed = [verdict.signal for verdict in real if verdict.against_placebos == "better"]
    both = [name for name in winners if name in timed]
    beats = _so_many(winners, len(real), "beats volatility", "beat volatility")
    timing = _so_many(timed, len(real), "beats its own placebos", "beat their own placebos")
    end = f"; {', '.join(both)} did both" if both and (winners != timed) else ""
    return f"By {called(verdicts.measure)}, {beats} and {timing}{end}."


def _so_many(names: Sequence[str], total: int, one: str, many: str) -> str:
    if total == 1:
        return f"the one signal judged {one if names else _negated(one)}"
    if not names:
        return f"none of {total} signals {one}"
    return f"{len(names)} of {total} signals {one if len(names) == 1 else many} ({', '.join(names)})"


def _negated(text: str) -> str:
    return text.replace("beats", "does not beat", 1)


def short(verdict: Verdict) -> str:
    """The verdict in a few words."""
    timing = {"better": "timing shown", "open": "timing not shown", "worse": "timing worse than chance"}
    words = "to beat" if verdict.rival else _against_rivals(verdict)
    return f"{words}; {timing[verdict.against_placebos]}{' [hindsight]' if verdict.hindsight else ''}"


def _against_rivals(verdict: Verdict) -> str:
    if verdict.against_rivals == "better":
        return "beats volatility"
    if verdict.worse_than:
        return f"worse than {', '.join(verdict.worse_than)}"
    if verdict.better_alone and verdict.corrected is not None:
        return f"better than volatility alone, not as one of {verdict.corrected.together} signals"
    return "not distinguishable from volatility"


class Answer(NamedTuple):
    """A question the page asks of a signal, and what is known."""

    question: str
    text: str


def answers(verdict: Verdict, verdicts: Verdicts) -> list[Answer]:
    """What the page says of one signal."""
    said = [Answer("When?", _how_often(verdict))]
    if verdict.hardest is not None and not verdict.rival:
        said.append(Answer("Does it beat volatility?", _rivals(verdict)))
        said.append(Answer("How sure is that?", _sure(verdict, verdicts)))
    said.append(Answer("Does it beat its own placebos?", _placebos(verdict)))
    if verdict.equal_share is not None:
        said.append(Answer("For as long as volatility?", _equal_share(verdict)))
    said.append(Answer("Was it worth anything at all?", _benchmark(verdict, verdicts)))
    return said


def _how_often(verdict: Verdict) -> str:
    if not verdict.state.any():
        return "It was never on."
    times = "once" if verdict.spells == 1 else f"in {verdict.spells} spells"
    text = f"On for {percent(verdict.share_on)} of the sessions, {times}."
    return f"{text} It uses what was not known: no one could have followed it." if verdict.hindsight else text


def _rivals(judged: Verdict) -> str:
    gap = _gap(judged)
    verdict = {
        "better": "Yes, it beats every one of them." if len(judged.against) > 1 else "Yes.",
        "worse": f"No, it is worse than {', '.join(judged.worse_than)}.",
        "open": "Not as one of several signals." if judged.better_alone else "Not distinguishably.",
    }[judged.against_rivals]
    which = "the hardest rival" if len(judged.against) > 1 else "its rival"
    return (
        f"{verdict} {called(judged.measure).capitalize()} {figure(judged.measure, judged.figures[judged.measure])}, "
        f"which is {figure(judged.measure, gap.value, signed=True)} against {which}, {judged.hardest}."
    )


def _sure(verdict: Verdict, verdicts: Verdicts) -> str:
    gap = _gap(verdict)
    half = figure(verdict.measure, (gap.high - gap.low) / 2.0)
    return (
        f"{percent(verdict.level, 0)} of redrawn histories put that difference at {interval(verdict.measure, gap)}; "
        f"it is the better one in {percent(gap.better, 0)} of them. {plain(verdicts.years, 1)} years cannot show "
        f"differences much smaller than {half}.{_among(verdict)}"
    )


def _among(verdict: Verdict) -> str:
    """The chance of luck among all signals judged, where there are several."""
    if verdict.corrected is None or verdict.corrected.together == 1:
        return ""
    return (
        f" Among {verdict.corrected.together} signals judged together, luck gives one of them as much with a chance of "
        f"{plain(verdict.corrected.rivals, 3)}."
    )


def _equal_share(verdict: Verdict) -> str:
    assert verdict.equal_share is not None  # asked only where there is one
    gap = verdict.equal_share.differences[verdict.measure]
    return (
        f"⚠ Hindsight: against volatility above the level that makes it on for {percent(verdict.equal_share.share)} of "
        f"these very sessions, {figure(verdict.measure, gap.value, signed=True)} ({interval(verdict.measure, gap)})."
    )


def _placebos(judged: Verdict) -> str:
    verdict = {
        "better": "Yes: its timing is worth more than chance gives.",
        "open": "Not shown: chance may explain it.",
        "worse": "No: chance does better.",
    }[judged.against_placebos]
    below = float((judged.placebos.of(judged.measure) < judged.figures[judged.measure]).mean())
    return (
        f"{verdict} {percent(below, 0)} of {judged.placebos.shifts.size} shifts of itself in time did worse; the "
        f"chance that one does as well is {plain(judged.chance, 3)}{_timing_among(judged)}."
    )


def _timing_among(verdict: Verdict) -> str:
    if verdict.corrected is None or verdict.corrected.together == 1:
        return ""
    return f", corrected for {verdict.corrected.together} signals {plain(verdict.corrected.placebos, 3)}"


def _benchmark(verdict: Verdict, verdicts: Verdicts) -> str:
    gap, fall = verdict.benchmark[verdict.measure], verdict.benchmark["max_drawdown"]
    sure = "Yes" if gap.low > 0.0 else "No, it cost" if gap.high < 0.0 else "Not distinguishably"
    text = (
        f"{sure}: against {verdicts.benchmark}, {figure(verdict.measure, gap.value, signed=True)} "
        f"({interval(verdict.measure, gap)})"
    )
    if verdict.measure == "max_drawdown" or not np.isfinite(fall.value):
        return f"{text}."
    return f"{text}, with a deepest fall {abs(fall.value) * 100:.1f} points {'less' if fall.value > 0 else 'more'}."


_COLUMNS: Final[tuple[tuple[str, Callable[[Verdict], str]], ...]] = (
    ("on", lambda v: percent(v.share_on, 0)),
    ("spells", lambda v: str(v.spells)),
    ("value", lambda v: figure(v.measure, v.figures[v.measure])),
    ("hardest rival", lambda v: v.hardest or "–"),
    ("difference", lambda v: "–" if v.hardest is None else figure(v.measure, _gap(v).value, signed=True)),
    ("interval", lambda v: "–" if v.hardest is None else interval(v.measure, _gap(v))),
    ("better in", lambda v: "–" if v.hardest is None else percent(_gap(v).better, 0)),
    ("chance", lambda v: plain(v.chance, 3)),
    ("corrected", lambda v: "–" if v.corrected is None else plain(v.corrected.rivals, 3)),
    ("over passive", lambda v: figure(v.measure, v.benchmark[v.measure].value, signed=True)),
    ("interval", lambda v: interval(v.measure, v.benchmark[v.measure])),
    ("verdict", short),
)


def _gap(verdict: Verdict) -> Difference:
    assert verdict.hardest is not None  # asked only where there is one
    return verdict.against[verdict.hardest][verdict.measure]


def table(verdicts: Verdicts) -> str:
    """One line a signal, for the terminal."""
    head = ["signal", *(name for name, _ in _COLUMNS)]
    rows = [
        head,
        _passive(verdicts),
        *([verdict.signal, *(show(verdict) for _, show in _COLUMNS)] for verdict in verdicts.verdicts),
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    left = (0, head.index("hardest rival"), len(head) - 1)
    lines = [
        "  ".join(text.ljust(widths[i]) if i in left else text.rjust(widths[i]) for i, text in enumerate(row)).rstrip()
        for row in rows
    ]
    caption = (
        f"by {called(verdicts.measure)}: each signal's policy minus that of its hardest rival, paired, "
        f"{percent(verdicts.level, 0)} intervals; chance: that a shift of the signal in time does as well; corrected: "
        f"that luck gives one of the signals judged together as much over its rivals; passive: {verdicts.benchmark}"
    )
    known = [ceiling_lines(verdicts.ceilings, verdicts.measure, verdicts.benchmark), ""] if verdicts.ceilings else []
    return "\n".join([*known, caption, "", lines[0], "-" * len(lines[0]), *lines[1:], "", summary(verdicts)])


def _passive(verdicts: Verdicts) -> list[str]:
    """The line of the benchmark policy, which follows no signal."""
    value = figure(verdicts.measure, verdicts.passive.get(verdicts.measure, float("nan")))
    shown = {"value": value, "verdict": "follows no signal"}
    return [verdicts.benchmark, *(shown.get(name, "–") for name, _ in _COLUMNS)]


def ceiling_lines(ceilings: Sequence[Ceiling], measure: str, benchmark: str) -> str:
    """What knowing each target in advance would have been worth, a line each."""
    head = f"⚠ ceilings, in hindsight: what knowing a target in advance would have been worth, by {called(measure)}"
    return "\n".join([head, *(f"  {ceiling(bar, measure, benchmark)}" for bar in ceilings)])


def ceiling(ceiling: Ceiling, measure: str, benchmark: str) -> str:
    """What knowing a target in advance would have been worth, and what follows for forecasts of it."""
    rival = ceiling.hardest(measure)
    gap, over = ceiling.against[rival][measure], ceiling.benchmark[measure]
    said = (
        f"{ceiling.target} ({', '.join(ceiling.signals)}): {figure(measure, gap.value, signed=True)} "
        f"({interval(measure, gap)}) over {rival}, {figure(measure, over.value, signed=True)} "
        f"({interval(measure, over)}) over {benchmark}"
    )
    return said if gap.low > 0.0 else f"{said}: no forecast of it can be shown to be worth more"

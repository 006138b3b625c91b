"""What a colleague would ask of a result, as it is shown: each finding with the figures it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple


class Question(NamedTuple):
    """A kind of finding: what it is called, and when it is found."""

    title: str
    rule: str


#: By kind, in the order in which they are shown. Thresholds are those of :mod:`scenarios.diagnostics.rules`.
QUESTIONS: Final[Mapping[str, Question]] = {
    "few-trades": Question(
        "Too few trades to judge", "fewer than 10 decisions traded after the first investment; policies that hold aside"
    ),
    "one-day": Question(
        "One day makes the result",
        "without its best day the lead over the benchmark (of the benchmark, over cash) halves or turns, where it is "
        "0.25% a year or more, over 60 sessions or more",
    ),
    "one-asset": Question(
        "One asset makes the result",
        "an asset has more than half of the profit on at most half of that share of what was held",
    ),
    "costs": Question("Costs take much of the return", "trading took more than a fifth of the return before costs"),
    "stale-prices": Question(
        "Fills on stale prices",
        "fills at a close that had not moved for 5 sessions or more, where such days are rare for the asset",
    ),
    "participation": Question(
        "Trades above 5% of the volume",
        "more than a hundredth of what was traded, the first investment aside, was above 5% of a day's volume",
    ),
    "capacity": Question(
        "Capacity", "the book is larger than one of which a twentieth of all trades are above 10% of a day's volume"
    ),
    "signal": Question(
        "A signal that never or always fires", "no call in a whole run of 60 sessions or more, or on throughout"
    ),
}


Figures = Mapping[str, float | int | str]


@dataclass(frozen=True)
class Finding:
    """One answer to a question of :data:`QUESTIONS`.

    Attributes
    ----------
    kind
        Which question.
    subject
        The policy or the signal, by name, or by title for people.
    text
        What was found, a clause with the figures in it.
    short
        The figure that says most, for a terminal.
    figures
        The same for machines.
    """

    kind: str
    subject: str
    text: str
    short: str
    figures: Figures

    def titled(self, called: Mapping[str, str]) -> Finding:
        """The same for people to read."""
        return replace(self, subject=called.get(self.subject, self.subject))

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return {"kind": self.kind, "subject": self.subject, "text": self.text, **self.figures}


#: So many subjects of a kind are named in a line; of the others their number is.
_NAMED: Final = 4


def brief(findings: Sequence[Finding]) -> list[str]:
    """A line for each kind that was found."""
    lines = []
    for kind, question in QUESTIONS.items():
        found = [f"{finding.subject} ({finding.short})" for finding in findings if finding.kind == kind]
        more = [f"and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
        if found:
            lines.append(f"{question.title}: {', '.join([*found[:_NAMED], *more])}")
    return lines


def grouped(findings: Sequence[Finding]) -> list[tuple[Question, list[Finding]]]:
    """By question, what was found; questions without a finding are left out."""
    by_kind = {kind: [finding for finding in findings if finding.kind == kind] for kind in QUESTIONS}
    return [(QUESTIONS[kind], found) for kind, found in by_kind.items() if found]

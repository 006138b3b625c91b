"""What herds of one policy each do to falls, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from reports.herd import Figures
from reports.text import plain

#: From 1, below which a herd is said to do nothing to falls, and a step in its number to change nothing.
_NOTHING: Final = 5e-5


def answers(by_number: Mapping[str, Sequence[Figures]], funds: int) -> list[str]:
    """Who makes falls deeper and who leans against them, and where that does not go with the number of funds."""
    return list(_said({name: line for name, line in by_number.items() if line}, funds))


def _said(lines: Mapping[str, Sequence[Figures]], funds: int) -> Iterator[str]:
    ends = {name: line[-1].amplification for name, line in lines.items()}
    known = {name: value for name, value in ends.items() if value is not None}
    deeper = {name: value for name, value in known.items() if value > 1.0 + _NOTHING}
    softer = {name: value for name, value in known.items() if value < 1.0 - _NOTHING}
    crowd = f"{funds} {'fund' if funds == 1 else 'funds'}"
    if deeper:
        yield f"With {crowd} the largest fall is made deeper by {_listed(deeper)}."
    if softer:
        yield f"With {crowd} the largest fall is softened by {_listed(softer)}."
    for name, line in lines.items():
        turn = _turn(line)
        if turn is not None:
            before, after = turn
            other = "another fall is the largest" if before.lowest != after.lowest else "in the same fall"
            if after.other_days or before.other_days:
                other += (
                    f"; it trades on {before.other_days} and {after.other_days} other sessions than alone, as prices "
                    "that answer leave a band or pull a trigger on other days"
                )
            told = [
                f"{plain(one.amplification, 4)} times with {one.funds} (lowest on {one.lowest})"
                for one in (before, after)
            ]
            yield f"What {name} does is not in step with the number of funds: {', '.join(told)}, {other}."


def _turn(line: Sequence[Figures]) -> tuple[Figures, Figures] | None:
    """The step that goes most against where the line ends, from no funds, which do nothing, to all; if there is one."""
    known = [(figures, figures.amplification) for figures in line if figures.amplification is not None]
    if len(known) < 2 or abs(known[-1][1] - 1.0) <= _NOTHING:
        return None
    way = 1.0 if known[-1][1] > 1.0 else -1.0
    steps = [(way * (after[1] - before[1]), before[0], after[0]) for before, after in pairwise(known)]
    step, before, after = min(steps, key=lambda one: one[0])
    return (before, after) if step < -_NOTHING else None


def _listed(found: Mapping[str, float]) -> str:
    return ", ".join(
        f"{name} ({plain(value, 4)} times)" for name, value in sorted(found.items(), key=lambda one: one[1])
    )

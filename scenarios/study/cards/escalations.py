"""The log of every change of colour of a signal, with what drove it and what was published later."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from reports.merit import Drove, Escalation, EscalationLog
from scenarios.study.files import number
from signals.stress.account import Change, Refits, changes, drivers, in_use, leading
from simulator.core.files import write

from .subject import Subject

_DRIVERS: Final = 3
_HEAD: Final = (
    *("model", "date", "from", "to", "probability", "level", "threshold", "drivers", "sessions", "published"),
    *("verdict", "sessions_off", "verdict_known_at"),
)


def escalation_log(subject: Subject, held: Refits) -> EscalationLog:
    """Every change of colour of one model, forward; the first entry is its first colour."""
    rows, found = subject.rows, changes(subject.said)
    numbers = {int(row): in_use(subject.splits, int(row)) for row in rows}
    entries = [_entry(subject, held, one, numbers) for one in found]
    return EscalationLog(subject.name, subject.title, entries, [str(day) for day in subject.said.dates[[0, -1]]])


def _entry(subject: Subject, held: Refits, one: Change, numbers: dict[int, int]) -> Escalation:
    row = int(subject.rows[one.row])
    level, threshold = _level(subject, held, one, row, numbers[row])
    return Escalation(
        str(one.date),
        "" if one.before < 0 else subject.classes[one.before],
        subject.classes[one.after],
        one.probability,
        level,
        threshold,
        list(_drove(subject, held, one, numbers)),
        one.sessions,
        subject.classes[one.came],
        one.verdict,
        one.off,
        None if np.isnat(one.known_at) else str(one.known_at),
    )


def _level(subject: Subject, held: Refits, one: Change, row: int, split: int) -> tuple[float | None, float | None]:
    """The estimate of the index and the threshold crossed, of a model that makes such an estimate."""
    model = held.refits[split].model if split in held.refits else None
    if model is None or not hasattr(model, "predict_level") or one.before < 0:
        return None, None
    crossed = max(one.before, one.after) - 1
    level = float(model.predict_level(held.x[row : row + 1])[0])
    return level, number(float(subject.problem.side["bounds"][row, crossed]))


def _drove(subject: Subject, held: Refits, one: Change, numbers: dict[int, int]) -> Iterator[Drove]:
    if one.row == 0:
        return
    rows = (int(subject.rows[one.row - 1]), int(subject.rows[one.row]))
    used = (numbers[rows[0]], numbers[rows[1]])
    if not set(used) <= set(held.refits):
        return
    for part in leading(drivers(held, used, rows, (one.before, one.after)), one.upward, _DRIVERS):
        yield Drove(part.name, part.move, part.unit)


def write_log(logs: Sequence[EscalationLog], path: Path) -> None:
    """``escalations.csv``: the logs one after the other; figures in full, undefined ones empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEAD)
    for log in logs:
        writer.writerows(_cells(log.model, entry) for entry in log.entries)
    write(path, text.getvalue())


def _cells(model: str, one: Escalation) -> list[str]:
    moved = "; ".join(f"{part.name} {part.move:+.4g}" for part in one.drivers)
    return [
        *(model, one.date, one.before, one.after, repr(one.probability), _text(one.level), _text(one.threshold), moved),
        *(str(one.sessions), one.published, one.verdict, str(one.off), one.known_at or ""),
    ]


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)

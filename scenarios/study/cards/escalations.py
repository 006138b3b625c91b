"""The log of every change of colour of a signal, with what drove it and what was published later."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from reports.merit import Drove, Escalation, EscalationLog
from scenarios.study.numbers import number
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
    entries = [_entry(subject, held, change, numbers) for change in found]
    return EscalationLog(subject.name, subject.title, entries, [str(day) for day in subject.said.dates[[0, -1]]])


def _entry(subject: Subject, held: Refits, change: Change, numbers: dict[int, int]) -> Escalation:
    row = int(subject.rows[change.row])
    level, threshold = _level(subject, held, change, row, numbers[row])
    return Escalation(
        str(change.date),
        "" if change.before < 0 else subject.classes[change.before],
        subject.classes[change.after],
        change.probability,
        level,
        threshold,
        list(_drove(subject, held, change, numbers)),
        change.sessions,
        subject.classes[change.came],
        change.verdict,
        change.off,
        None if np.isnat(change.known_at) else str(change.known_at),
    )


def _level(subject: Subject, held: Refits, change: Change, row: int, split: int) -> tuple[float | None, float | None]:
    """The estimate of the index and the threshold crossed, of a model that makes such an estimate."""
    model = held.refits[split].model if split in held.refits else None
    if model is None or not hasattr(model, "predict_level") or change.before < 0:
        return None, None
    crossed = max(change.before, change.after) - 1
    level = float(model.predict_level(held.x[row : row + 1])[0])
    return level, number(float(subject.problem.side["bounds"][row, crossed]))


def _drove(subject: Subject, held: Refits, change: Change, numbers: dict[int, int]) -> Iterator[Drove]:
    if change.row == 0:
        return
    rows = (int(subject.rows[change.row - 1]), int(subject.rows[change.row]))
    used = (numbers[rows[0]], numbers[rows[1]])
    if not set(used) <= set(held.refits):
        return
    for part in leading(drivers(held, used, rows, (change.before, change.after)), change.upward, _DRIVERS):
        yield Drove(part.name, part.move, part.unit)


def write_log(logs: Sequence[EscalationLog], path: Path) -> None:
    """``escalations.csv``: the logs one after the other; figures in full, undefined ones empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEAD)
    for log in logs:
        writer.writerows(_cells(log.model, entry) for entry in log.entries)
    write(path, text.getvalue())


def _cells(model: str, escalation: Escalation) -> list[str]:
    moved = "; ".join(f"{part.name} {part.move:+.4g}" for part in escalation.drivers)
    return [
        *(
            model,
            escalation.date,
            escalation.before,
            escalation.after,
            repr(escalation.probability),
            _text(escalation.level),
            _text(escalation.threshold),
            moved,
        ),
        *(
            str(escalation.sessions),
            escalation.published,
            escalation.verdict,
            str(escalation.off),
            escalation.known_at or "",
        ),
    ]


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)

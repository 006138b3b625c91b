"""Figures of investors' money: what came, what was paid out, and what had to wait."""

from __future__ import annotations

from typing import Final

from .arrays import RunArrays
from .measure import DOWN, NEITHER, Measure, by_name

#: Investors' money, in the order of ``metrics.json`` under ``flows``.
FLOWS: Final[dict[str, Measure[RunArrays]]] = by_name(
    (
        Measure(
            name="subscribed",
            title="Brought",
            unit="currency",
            better=NEITHER,
            definition="What investors brought after the start.",
            of=lambda run: float(run.moved[run.moved > 0.0].sum() - run.record.initial_cash),
        ),
        Measure(
            name="redeemed",
            title="Paid out",
            unit="currency",
            better=NEITHER,
            definition="What investors were paid out.",
            of=lambda run: float(-run.moved[run.moved < 0.0].sum()),
        ),
        Measure(
            name="fees",
            title="Fees",
            unit="currency",
            better=DOWN,
            definition="Management and performance fees that the book was charged.",
            of=lambda run: float(run.record.fees.sum()),
        ),
        Measure(
            name="shortfall_sessions",
            title="Sessions with something owed",
            unit="sessions",
            better=DOWN,
            definition="Sessions that ended with redemptions due and not paid.",
            of=lambda run: run.shortfalls[0].size,
        ),
        Measure(
            name="longest_shortfall_sessions",
            title="Longest wait, sessions",
            unit="sessions",
            better=DOWN,
            definition="Most sessions in a row that ended with something not paid.",
            of=lambda run: run.longest_shortfall,
        ),
        Measure(
            name="largest_shortfall",
            title="Most owed",
            unit="currency",
            better=DOWN,
            definition="Redemptions due and not paid, at the worst close.",
            of=lambda run: float(run.shortfalls[1].max(initial=0.0)),
        ),
        Measure(
            name="largest_shortfall_of_nav",
            title="Most owed, of nav",
            unit="fraction",
            better=DOWN,
            definition="Redemptions due and not paid, over the whole book's nav, at the worst close.",
            of=lambda run: float(run.shortfalls_of_nav.max(initial=0.0)),
            column="owed_max",
        ),
        Measure(
            name="owed_at_end",
            title="Owed at the end",
            unit="currency",
            better=DOWN,
            definition="What still waits at the last close.",
            of=lambda run: run.owed_at_end,
        ),
        Measure(
            name="never_paid",
            title="Never paid",
            unit="currency",
            better=DOWN,
            definition="What was asked of a book that had nothing left.",
            of=lambda run: run.never_paid,
        ),
    )
)

#: What sweeps alone have, as one figure of two.
SWEPT_ALONE: Final[dict[str, Measure[RunArrays]]] = by_name(
    (
        Measure(
            name="unpaid_end",
            title="Not paid by the end",
            unit="currency",
            better=DOWN,
            definition="What waits at the last close, and what was asked of a book that had nothing left.",
            of=lambda run: run.owed_at_end + run.never_paid,
            column="unpaid_end",
        ),
    )
)

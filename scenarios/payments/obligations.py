"""What is due to be paid on one day, and when it is submitted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray, IntArray

from .habits import REQUIREMENT, VALUES, Habits
from .market import STEP
from .terms import CLOSES, OPENS, TYPES

CUSTOMER, INTERBANK, ADMINISTRATIVE = range(len(TYPES))


class Due(NamedTuple):
    """P payments by place of payer and payee, with amount, hour of submission and type.

    Arrays are (P,); amounts in currency, hours of the day.
    """

    payer: IntArray
    payee: IntArray
    amount: FloatArray
    hour: FloatArray
    kind: IntArray

    def rows(self, which: IntArray | BoolArray | slice) -> Due:
        """Some of them."""
        return Due(self.payer[which], self.payee[which], self.amount[which], self.hour[which], self.kind[which])


def together(parts: list[Due]) -> Due:
    """All of them, as they come."""
    payer, payee, amount, hour, kind = zip(*parts, strict=True)
    return Due(
        np.concatenate(payer), np.concatenate(payee), np.concatenate(amount), np.concatenate(hour), np.concatenate(kind)
    )  # fmt: skip


def joined(parts: list[Due]) -> Due:
    """All of them in the order of their hours; those of the same hour as they came."""
    whole = together(parts)
    return whole.rows(np.argsort(whole.hour, kind="stable"))


def few(rows: list[tuple[int, int, float, float, int]]) -> Due:
    """Payments given one by one. Amounts are in currency, hours those of the day."""
    payer, payee, amount, hour, kind = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Due(
        np.array(payer, np.int64), np.array(payee, np.int64), np.array(amount, np.float64),
        np.array(hour, np.float64), np.array(kind, np.int64),
    )  # fmt: skip


def ordinary(
    habits: Habits,
    out: FloatArray,
    into: FloatArray,
    delay: FloatArray,
    active: FloatArray,
    busy: float,
    rng: np.random.Generator,
) -> Due:
    """Payments of customers and banks.

    Parameters
    ----------
    out, into
        (B,) factors on what customers of a bank pay out and are paid.
    delay
        (B,) hours by which a bank holds its payments back.
    active
        (B,) factor on everything to and from a bank.
    busy
        Factor of the day.
    """
    both = active[:, None] * active[None, :] * busy
    means = np.stack([habits.rate[0] * out[:, None] * into[None, :] * both, habits.rate[1] * both])
    counts = rng.poisson(means)
    n = habits.size.size
    place = np.repeat(np.arange(2 * n * n), counts.ravel())
    kind, pair = np.divmod(place, n * n)
    payer, payee = np.divmod(pair, n)
    medians, spreads = (np.array(column) for column in zip(*VALUES.values(), strict=True))
    scale = np.sqrt(habits.size[payer] * habits.size[payee])
    amount = medians[kind] * scale * np.exp(spreads[kind] * rng.standard_normal(payer.size))
    rounded = (kind == INTERBANK) & (rng.random(payer.size) < 0.3)
    amount = np.where(rounded, np.maximum(np.round(amount / STEP), 1.0) * STEP, np.maximum(np.round(amount, 2), 0.01))
    hour = OPENS + 0.25 + (CLOSES - OPENS - 0.75) * rng.beta(1.6, 2.2, size=payer.size)
    late = np.minimum(hour + delay[payer] * rng.uniform(0.5, 1.5, size=payer.size), CLOSES - 0.1)
    return Due(payer, payee, amount, late, kind)


def single(habits: Habits, large: FloatArray, rng: np.random.Generator) -> Due:
    """The large single payments of a day, each to a bank drawn by size; ``large`` (B,) in multiples of the reserve."""
    rows = []
    for bank in np.flatnonzero(large).tolist():
        odds = habits.size.copy()
        odds[bank] = 0.0
        to = int(rng.choice(odds.size, p=odds / odds.sum()))
        amount = round(float(large[bank] * REQUIREMENT * habits.size[bank]), 2)
        rows.append((bank, to, amount, float(rng.uniform(9.0, 15.0)), INTERBANK))
    return few(rows)

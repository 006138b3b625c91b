"""Features of each bank and day from its payments. Source: Heuver & Triepels, section 4.1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.core.types import BoolArray, FloatArray, IntArray

from .log import PaymentLog, Payments

_PER_TYPE = ("net_value", "net_number", "net_time_by_value", "net_time_by_number")
_SIDES = ("lender", "borrower")


@dataclass(frozen=True, eq=False)
class Features:
    """(D, A, K) values, NaN where undefined, with K names.

    Attributes
    ----------
    late
        (K,) whether a value is known one session later only: a loan is recognised by its repayment.
    """

    names: tuple[str, ...]
    values: FloatArray
    late: BoolArray

    def as_known(self) -> Features:
        """The same as they were known at the close of each session: those that come late one session later."""
        moved = np.full_like(self.values, np.nan)
        moved[1:] = self.values[:-1]
        return Features(self.names, np.where(self.late, moved, self.values), np.zeros_like(self.late))


def payment_features(payments: Payments, loans: pd.DataFrame) -> Features:
    """Every feature of every account and session.

    By type of payment: ``net_value`` (in less out, currency) and ``net_number`` of payments; ``net_time_by_value`` and
    ``net_time_by_number``: mean hour of what comes in less that of what goes out, weighted by value and plain; NaN
    without one of both. ``balance_end`` and ``balance_min``: at close, and lowest within the day, its opening included
    (counted from nothing where the opening balance is unknown). ``reserve_gap``: balance at close over the minimum
    reserve, less one. ``haircut`` (mean, a fraction), ``collateral_before`` and ``collateral_after`` it. In the money
    market, as ``lender`` and as ``borrower``: ``counterparties`` (zero without loans), ``hhi`` of their shares of the
    value, from 0 to 1, and ``spread`` of the value-weighted rate over the benchmark, a year as a fraction; both NaN
    without loans.

    Parameters
    ----------
    loans
        As :func:`~signals.payments.furfine.overnight_loans` found them.
    """
    log, held = payments.log, payments.positions
    named: dict[str, FloatArray] = {}
    for kind, name in enumerate(log.types):
        named |= {f"{name}.{key}": value for key, value in _of_type(log, log.kind == kind).items()}
    opening = np.nan_to_num(held.opening)
    end, low = _balances(log, opening)
    named |= {"balance_end": end, "balance_min": low, "reserve_gap": end / held.requirement - 1.0}
    named |= {
        "haircut": 1.0 - held.collateral_after / held.collateral_before,
        "collateral_before": held.collateral_before,
        "collateral_after": held.collateral_after,
    }
    late = [False] * len(named)
    for side in _SIDES:
        market = _market(loans, payments, side)
        named |= market
        late += [True] * len(market)
    return Features(tuple(named), np.stack(list(named.values()), axis=2), np.array(late))


def _sums(log: PaymentLog, who: IntArray, which: BoolArray, weights: FloatArray) -> FloatArray:
    """(D, A) sums of weights over the payments of each account and session."""
    shape = log.sessions.size, len(log.accounts)
    place = log.day[which] * shape[1] + who[which]
    sums = np.bincount(place, weights=weights[which], minlength=shape[0] * shape[1])
    return np.asarray(sums, np.float64).reshape(shape)


def _of_type(log: PaymentLog, which: BoolArray) -> dict[str, FloatArray]:
    ones = np.ones(log.amount.size)
    value, number, by_value, by_number = (
        [_sums(log, who, which, weights) for who in (log.payee, log.payer)]
        for weights in (log.amount, ones, log.amount * log.hour, log.hour)
    )
    with np.errstate(invalid="ignore"):
        times = (
            moments[0] / weight[0] - moments[1] / weight[1]
            for moments, weight in ((by_value, value), (by_number, number))
        )
        return dict(zip(_PER_TYPE, (value[0] - value[1], number[0] - number[1], *times), strict=True))


def _balances(log: PaymentLog, opening: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(D, A) balance at close and lowest balance of the day, from the opening one."""
    days, accounts = opening.shape
    payments = log.amount.size
    account = np.concatenate([np.tile(np.arange(accounts), days), log.payer, log.payee])
    day = np.concatenate([np.repeat(np.arange(days), accounts), log.day, log.day])
    # What opens a day comes first; then payments as they settled, what goes out before what comes in of the same one.
    turn = np.concatenate([np.full(days * accounts, -1), 2 * np.arange(payments), 2 * np.arange(payments) + 1])
    moves = np.concatenate([opening.ravel(), -log.amount, log.amount])
    place = day * accounts + account
    order = np.lexsort((turn, place))
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    last = np.append(first[1:], order.size) - 1
    running = _running(moves[order], first)
    return running[last].reshape(opening.shape), np.minimum.reduceat(running, first).reshape(opening.shape)


def _running(moves: FloatArray, first: IntArray) -> FloatArray:
    """Sums within each group, groups beginning at ``first``; none carries the rounding of the groups before it."""
    sizes = np.diff(np.append(first, moves.size))
    return np.concatenate([np.cumsum(part) for part in np.split(moves, np.cumsum(sizes)[:-1])])


def _market(loans: pd.DataFrame, payments: Payments, side: str) -> dict[str, FloatArray]:
    log = payments.log
    shape = log.sessions.size, len(log.accounts)
    other = "borrower" if side == "lender" else "lender"
    by_pair = loans.groupby(["day", side, other], as_index=False)["amount"].sum()
    count, squares, value = (np.zeros(shape) for _ in range(3))
    at = (by_pair["day"].to_numpy(), by_pair[side].to_numpy())
    amounts = by_pair["amount"].to_numpy()
    np.add.at(count, at, 1.0)
    np.add.at(squares, at, amounts**2)
    np.add.at(value, at, amounts)
    weighted = np.zeros(shape)
    np.add.at(weighted, (loans["day"].to_numpy(), loans[side].to_numpy()), (loans["amount"] * loans["rate"]).to_numpy())
    none = value == 0.0
    safe = np.where(none, 1.0, value)
    return {
        f"{side}.counterparties": count,
        f"{side}.hhi": np.where(none, np.nan, squares / safe**2),
        f"{side}.spread": np.where(none, np.nan, weighted / safe) - payments.benchmark[:, None],
    }

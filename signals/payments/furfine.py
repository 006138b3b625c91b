"""Overnight loans found in a payment log. Source: Furfine (1999); Arciero et al. (2016)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.types import BoolArray, DateArray, FloatArray
from simulator.core.within import Within, check_fields

from .log import PaymentLog, Payments

#: Least amount of a loan and the step it comes in, in currency.
LEAST, STEP = 1e6, 1e5
#: Days that interest is counted on in a year.
YEAR: Final = 360.0
#: What rates may be when no benchmark is known: a year as fractions.
_WIDE: Final = (-0.01, 0.10)
#: Sessions whose pairs of payments are looked at together.
_BLOCK: Final = 20
_COLUMNS: Final = ("day", "lender", "borrower", "amount", "rate", "lent", "repaid")


class RateBand(NamedTuple):
    """Rates that are plausible: so far below and above the benchmark, a year as fractions."""

    below: Annotated[float, Within(0.0, 1.0)] = 0.005
    above: Annotated[float, Within(0.0, 1.0)] = 0.010


def overnight_loans(payments: Payments, band: RateBand | None = None) -> pd.DataFrame:
    """Loans that were paid out on one session and came back on the next with a plausible interest.

    A payment of at least a million in steps of a hundred thousand, not of an administrative type, is matched with one
    in the opposite direction on the next session. Where several fit, the pair whose rate lies nearest to the benchmark
    is taken first, and each payment serves once. Interest of nothing at all is no loan.

    Where the benchmark is unknown, rates from -1 to 10% are taken first and the median of the found rates of the
    last twenty sessions then stands for it.

    Returns
    -------
    A row a loan, by session: ``day``, ``lender`` and ``borrower`` as places, ``amount`` in currency, ``rate`` a year as
    a fraction on 360 days, ``lent`` and ``repaid`` as places of both payments in the log.
    """
    band = band or RateBand()
    check_fields(band)
    found = _candidates(payments.log)
    benchmark = _filled(payments.benchmark, found)
    away = found["rate"] - benchmark[found["day"]]
    return _chosen(found[away.between(-band.below, band.above)], benchmark)


def with_benchmark(payments: Payments) -> Payments:
    """The same with a benchmark on every session that has one or can have one: see :func:`overnight_loans`."""
    if not np.isnan(payments.benchmark).any():
        return payments
    return replace(payments, benchmark=_filled(payments.benchmark, _candidates(payments.log)))


def _filled(benchmark: FloatArray, found: pd.DataFrame) -> FloatArray:
    if not np.isnan(benchmark).any():
        return benchmark
    wide = _chosen(found[found["rate"].between(*_WIDE)], np.zeros(benchmark.size), nearest=False)
    return np.where(np.isnan(benchmark), _median_rate(wide, benchmark.size), benchmark)


def _median_rate(loans: pd.DataFrame, sessions: int) -> FloatArray:
    """(D,) median of the rates found in the last twenty sessions; NaN where there are none."""
    daily = loans.groupby("day")["rate"].median().reindex(range(sessions))
    return np.asarray(daily.rolling(20, min_periods=1).median(), np.float64)


def _nights_after(sessions: DateArray) -> FloatArray:
    """(D,) calendar days from each session to the next; NaN after the last."""
    return np.append(np.diff(sessions).astype(np.int64), np.nan).astype(np.float64)


def _candidates(log: PaymentLog) -> pd.DataFrame:
    """Every pair of payments that could be a loan and its repayment, whatever its rate."""
    plain = _market_payments(log)
    out = plain & (log.amount >= LEAST) & (np.abs(log.amount / STEP - np.round(log.amount / STEP)) < 1e-7)
    nights = _nights_after(log.sessions)
    parts = []
    for start in range(0, log.sessions.size, _BLOCK):
        lent = _rows(log, out & (log.day >= start) & (log.day < start + _BLOCK), 0)
        back = _rows(log, plain & (log.day > start) & (log.day <= start + _BLOCK), -1)
        pairs = lent.merge(
            back, left_on=["day", "payer", "payee"], right_on=["day", "payee", "payer"], suffixes=("", "_back")
        )
        rate = (pairs["amount_back"] / pairs["amount"] - 1.0) * YEAR / nights[pairs["day"]]
        parts.append(
            pd.DataFrame(
                {
                    "day": pairs["day"],
                    "lender": pairs["payer"],
                    "borrower": pairs["payee"],
                    "amount": pairs["amount"],
                    "rate": rate,
                    "lent": pairs["place"],
                    "repaid": pairs["place_back"],
                }
            )[(pairs["amount_back"] != pairs["amount"]) & (rate.abs() < 1.0)]
        )
    return pd.concat(parts, ignore_index=True)


def _market_payments(log: PaymentLog) -> BoolArray:
    administrative = np.array([name.lower().startswith("admin") for name in log.types])
    return np.asarray(~administrative[log.kind])


def _rows(log: PaymentLog, which: BoolArray, shift: int) -> pd.DataFrame:
    places = np.flatnonzero(which)
    return pd.DataFrame(
        {
            "day": log.day[places] + shift,
            "payer": log.payer[places],
            "payee": log.payee[places],
            "amount": log.amount[places],
            "place": places,
        }
    )


def _chosen(found: pd.DataFrame, benchmark: FloatArray, *, nearest: bool = True) -> pd.DataFrame:
    """Each payment in one pair at most: those nearest to the benchmark first, else those that were lent first."""
    away = (found["rate"] - benchmark[found["day"]]).abs() if nearest else found["lent"].astype(np.float64)
    ranked = found.assign(away=away).sort_values(["away", "lent", "repaid"], kind="stable")
    taken: set[tuple[str, int]] = set()
    kept = []
    for place, lent, repaid in zip(ranked.index, ranked["lent"], ranked["repaid"], strict=True):
        if ("lent", lent) in taken or ("repaid", repaid) in taken:
            continue
        taken |= {("lent", lent), ("repaid", repaid)}
        kept.append(place)
    return found.loc[sorted(kept), list(_COLUMNS)].sort_values(["day", "lent"], kind="stable").reset_index(drop=True)


class Detection(NamedTuple):
    """How well loans were found: true overnight loans, loans named, and those of them that are true."""

    true: int
    named: int
    right: int

    @property
    def found(self) -> float:
        """Share of the true loans that was found; NaN without any."""
        return self.right / self.true if self.true else float("nan")

    @property
    def false(self) -> float:
        """Share of the named loans that are none; NaN where none was named."""
        return 1.0 - self.right / self.named if self.named else float("nan")


def detection(loans: pd.DataFrame, true: pd.DataFrame, log: PaymentLog) -> Detection:
    """Hold found loans against true ones that ran overnight and came back within the log.

    ``true`` has ``lender``, ``borrower`` (names), ``date``, ``amount``, ``sessions`` it runs for and ``repaid``.
    """
    overnight = true[(true["sessions"] == 1) & true["repaid"].notna()]
    place = {name: number for number, name in enumerate(log.accounts)}
    keys = pd.DataFrame(
        {
            "day": np.searchsorted(log.sessions, overnight["date"].to_numpy().astype("datetime64[D]")),
            "lender": overnight["lender"].map(place).to_numpy(),
            "borrower": overnight["borrower"].map(place).to_numpy(),
            "amount": overnight["amount"].to_numpy(),
        }
    )
    counts = [frame.value_counts(["day", "lender", "borrower", "amount"]) for frame in (keys, loans)]
    both = pd.concat(counts, axis=1).fillna(0).min(axis=1)
    return Detection(len(keys), len(loans), int(both.sum()))

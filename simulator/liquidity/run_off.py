"""What runs off, and what comes in, over thirty days of stress: rates by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray

from .amounts import amount, by_class, choice
from .hqla import RULES, Rule


class Rate(NamedTuple):
    """Share of a balance that leaves (or comes) within 30 days, by rule; ``paragraph`` of BCBS 238."""

    basel: float
    us: float
    eu: float
    paragraph: str


#: Outflows. US rates: 12 CFR 249.32; EU rates: Delegated Regulation 2015/61, articles 24 to 31.
OUTFLOWS: Final[Mapping[str, Rate]] = {
    "stable-retail": Rate(0.05, 0.03, 0.05, "75"),
    "other-retail": Rate(0.10, 0.10, 0.10, "79"),
    "insured-operational": Rate(0.05, 0.05, 0.05, "104"),
    "operational": Rate(0.25, 0.25, 0.25, "93"),
    "insured-corporate": Rate(0.20, 0.20, 0.20, "108"),
    "corporate": Rate(0.40, 0.40, 0.40, "107"),
    "financial": Rate(1.00, 1.00, 1.00, "109"),
    "secured-level-1": Rate(0.00, 0.00, 0.00, "114-115"),
    "secured-level-2a": Rate(0.15, 0.15, 0.15, "114-115"),
    "secured-level-2b": Rate(0.50, 0.50, 0.50, "114-115"),
    "secured-other": Rate(1.00, 1.00, 1.00, "114-115"),
    "committed-retail": Rate(0.05, 0.05, 0.05, "131a"),
    "committed-corporate-credit": Rate(0.10, 0.10, 0.10, "131b"),
    "committed-corporate-liquidity": Rate(0.30, 0.30, 0.30, "131c"),
    "committed-financial-credit": Rate(0.40, 0.40, 0.40, "131e"),
    "committed-financial-liquidity": Rate(1.00, 1.00, 1.00, "131f"),
    "other-contractual": Rate(1.00, 1.00, 1.00, "141"),
}

#: Inflows. US rates: 12 CFR 249.33; EU rates: articles 32 to 34.
INFLOWS: Final[Mapping[str, Rate]] = {
    "reverse-repo-level-1": Rate(0.00, 0.00, 0.00, "145-146"),
    "reverse-repo-level-2a": Rate(0.15, 0.15, 0.15, "145-146"),
    "reverse-repo-level-2b": Rate(0.50, 0.50, 0.50, "145-146"),
    "reverse-repo-other": Rate(1.00, 1.00, 1.00, "145-146"),
    "margin-lending": Rate(0.50, 0.50, 0.50, "145-146"),
    "retail-loans": Rate(0.50, 0.50, 0.50, "153"),
    "corporate-loans": Rate(0.50, 0.50, 0.50, "154"),
    "financial-loans": Rate(1.00, 1.00, 1.00, "154"),
    "deposits-elsewhere-operational": Rate(0.00, 0.00, 0.00, "156"),
    "committed-lines-received": Rate(0.00, 0.00, 0.00, "149"),
    "maturing-securities": Rate(1.00, 1.00, 1.00, "155"),
}


def weighted_outflows(
    balances: Mapping[str, npt.ArrayLike], *, rule: Rule = "basel", rates: Mapping[str, float] | None = None
) -> FloatArray:
    """Outflows of 30 days of stress, in currency: each balance at its rate (:data:`OUTFLOWS`).

    Parameters
    ----------
    balances
        By class, in currency; shapes broadcast.
    rates
        Rates that replace the table's, and classes of one's own, as fractions.

    Raises
    ------
    ParameterError
        For a class without a rate, and for balances or rates below zero.
    """
    return _weighted(balances, OUTFLOWS, rule, rates)


def weighted_inflows(
    balances: Mapping[str, npt.ArrayLike], *, rule: Rule = "basel", rates: Mapping[str, float] | None = None
) -> FloatArray:
    """Inflows of 30 days of stress before the cap, in currency: as :func:`weighted_outflows`, of :data:`INFLOWS`."""
    return _weighted(balances, INFLOWS, rule, rates)


def stressed_outflows(
    balances: Mapping[str, npt.ArrayLike],
    probability: npt.ArrayLike,
    *,
    rule: Rule = "basel",
    rates: Mapping[str, float] | None = None,
    stressed: Mapping[str, float] | None = None,
) -> FloatArray:
    """Outflows of 30 days that rise with a probability of stress, in currency.

    Each class runs off at ``(1 - p) r + p s``: ``r`` the law's or the stated rate, ``s`` that under manifest stress.
    No law states ``s``; where it is not stated it is twice ``r``, and never more than all of the balance.

    Parameters
    ----------
    probability
        (...) of stress, from 0 to 1; shapes broadcast with the balances. NaN where unknown, and so is the outflow.
    stressed
        Rates at a probability of one, as fractions at least as large as ``r``.

    Raises
    ------
    ParameterError
        As :func:`weighted_outflows`; for probabilities beyond 0 to 1, and for a stressed rate below the usual one.
    """
    chance = np.asarray(probability, np.float64)
    if ((chance < 0.0) | (chance > 1.0)).any():
        raise ParameterError("probability must lie between 0 and 1")
    usual = {**_law(OUTFLOWS, rule), **(rates or {})}
    beyond = {name: min(2.0 * rate, 1.0) for name, rate in usual.items()} | dict(stressed or {})
    for name in stressed or {}:
        if name not in usual:
            raise ParameterError(f"no rate for {name!r}{nearest(name, usual)}; state it in rates")
        if not usual[name] <= beyond[name] <= 1.0:
            raise ParameterError(
                f"the stressed rate of {name} must lie between its usual one of {usual[name]:g} and 1, "
                f"not {beyond[name]:g}"
            )
    calm = _weighted(balances, OUTFLOWS, rule, rates)
    full = _weighted(balances, OUTFLOWS, rule, {**beyond})
    return np.asarray((1.0 - chance) * calm + chance * full)


def _law(table: Mapping[str, Rate], rule: Rule) -> dict[str, float]:
    choice("rule", rule, RULES)
    return {name: float(getattr(rate, rule)) for name, rate in table.items()}


def _weighted(
    balances: Mapping[str, npt.ArrayLike],
    table: Mapping[str, Rate],
    rule: Rule,
    rates: Mapping[str, float] | None,
) -> FloatArray:
    known = {**_law(table, rule), **(rates or {})}
    total = np.zeros(())
    for name, balance in by_class("balances", balances).items():
        if name not in known:
            raise ParameterError(f"no rate for {name!r}{nearest(name, known)}; state it in rates")
        total = total + amount(f"the rate of {name}", known[name]) * balance
    return total

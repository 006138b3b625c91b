"""Level and haircut of what a bank may count, by rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray

from .amounts import by_class, choice
from .hqla import RULES, Rule


class Eligible(NamedTuple):
    """Level of an asset and the share of its market value that a rule takes off."""

    level: str
    haircut: float


_BASEL: Final = {
    "cash": Eligible("1", 0.0),
    "reserves": Eligible("1", 0.0),
    "sovereign": Eligible("1", 0.0),  # risk weight 0%
    "sovereign-20": Eligible("2A", 0.15),  # risk weight 20%
    "agency": Eligible("2A", 0.15),
    "corporate-aa": Eligible("2A", 0.15),  # AA- or better
    "covered-bond": Eligible("2A", 0.15),  # AA- or better
    "rmbs": Eligible("2B", 0.25),  # AA or better
    "corporate-bbb": Eligible("2B", 0.50),  # A+ to BBB-
    "equity": Eligible("2B", 0.50),  # of a main index
}

#: Classes of assets by rule: BCBS 238, paragraphs 50 to 54; 12 CFR 249.20 and 249.21(b); Delegated Regulation
#: 2015/61, articles 10 to 13. A class that is missing is not eligible under that rule.
ELIGIBLE: Final[Mapping[Rule, Mapping[str, Eligible]]] = {
    "basel": _BASEL,
    "us": {
        **{name: _BASEL[name] for name in ("cash", "reserves", "sovereign", "sovereign-20", "agency")},
        "corporate-aa": Eligible("2B", 0.50),  # every investment grade is 2B
        "corporate-bbb": Eligible("2B", 0.50),
        "municipal": Eligible("2B", 0.50),
        "equity": Eligible("2B", 0.50),
    },
    "eu": {
        **{name: _BASEL[name] for name in ("cash", "reserves", "sovereign", "sovereign-20", "agency")},
        "covered-bond-ehq": Eligible("1-covered", 0.07),
        "covered-bond": Eligible("2A", 0.15),
        "corporate-aa": Eligible("2A", 0.15),
        "rmbs": Eligible("2B", 0.25),
        "auto-abs": Eligible("2B", 0.25),
        "sme-abs": Eligible("2B", 0.35),
        "covered-bond-hq": Eligible("2B", 0.30),
        "corporate-bbb": Eligible("2B", 0.50),
        "equity": Eligible("2B", 0.50),
    },
}


class Levels(NamedTuple):
    """Amounts after haircut by level, in currency, in the order :func:`high_quality_liquid_assets` takes them."""

    level_1: FloatArray
    level_2a: FloatArray
    level_2b: FloatArray
    level_1_covered: FloatArray


def after_haircut(market_values: Mapping[str, npt.ArrayLike], *, rule: Rule = "basel") -> Levels:
    """What each level counts for, of market values by class (:data:`ELIGIBLE`).

    Parameters
    ----------
    market_values
        Unencumbered holdings by class, in currency; shapes broadcast.

    Raises
    ------
    ParameterError
        For a class that is not eligible under the rule: what does not count is left out by hand, not in silence.
    """
    choice("rule", rule, RULES)
    sums = dict.fromkeys(("1", "2A", "2B", "1-covered"), np.zeros(()))
    for name, value in by_class("market_values", market_values).items():
        kind = ELIGIBLE[rule].get(name)
        if kind is None:
            hint = nearest(name, ELIGIBLE[rule])
            raise ParameterError(f"{name!r} is not eligible under {rule!r}{hint}; leave it out, it counts for nothing")
        sums[kind.level] = sums[kind.level] + (1.0 - kind.haircut) * value
    return Levels(sums["1"], sums["2A"], sums["2B"], sums["1-covered"])

"""The list of every feature, by name and by family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from simulator.core.errors import ParameterError, nearest

from .families import (
    activity,
    alternative,
    bank,
    comovement,
    early_warning,
    funding,
    impact,
    macro,
    regime,
    spread,
    trend,
    volatility,
)
from .feature import Feature

_MODULES: Final = (
    *(spread, impact, activity, volatility, comovement, trend, funding, macro, alternative, bank, early_warning),
    regime,
)


def _by_name(features: Iterable[Feature]) -> dict[str, Feature]:
    table: dict[str, Feature] = {}
    for feature in features:
        if feature.name in table:
            raise ParameterError(f"two features are named {feature.name!r}")
        table[feature.name] = feature
    return table


#: Every feature, in the order of the families.
REGISTRY: Final[dict[str, Feature]] = _by_name(feature for module in _MODULES for feature in module.FEATURES)
FAMILIES: Final[tuple[str, ...]] = tuple(dict.fromkeys(feature.family for feature in REGISTRY.values()))


def find(wanted: Sequence[str | Feature]) -> tuple[list[Feature], set[str]]:
    """Features by name, by family, or given as they are; and the names of those asked for one by one.

    Raises
    ------
    ParameterError
        For a name that is neither a feature nor a family.
    """
    found: dict[str, Feature] = {}
    single: set[str] = set()
    for asked in wanted:
        if isinstance(asked, Feature):
            found[asked.name] = asked
            single.add(asked.name)
        elif asked in FAMILIES:
            found |= {name: feature for name, feature in REGISTRY.items() if feature.family == asked}
        elif asked in REGISTRY:
            found[asked] = REGISTRY[asked]
            single.add(asked)
        else:
            raise ParameterError(f"no feature or family {asked!r}{nearest(asked, [*REGISTRY, *FAMILIES])}")
    return list(found.values()), single

"""What a scenario file says about the book: bounds on holdings, flows of investors' money, weights that fit them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from simulator.core.bounds import Bounds, Group
from simulator.core.errors import DataError, ParameterError, ScenarioError, nearest
from simulator.core.flows import Flow
from simulator.core.market import MarketData
from simulator.core.names import CASH, quoted
from simulator.core.types import DateArray

from .schema import BoundsSection, FlowSpec, GroupSpec

_SUM_SLACK: Final = 1e-9
#: Weights that miss one by less are rounded ones: they are scaled, and the run says so.
_ROUNDED: Final = 1e-3


def bounds_of(section: BoundsSection, market: MarketData | None = None) -> Bounds:
    """The bounds on holdings; without a market, those on groups that are sectors are left out.

    Raises
    ------
    ScenarioError
        Naming the key that is out of range.
    """
    groups = {}
    for name, group in section.groups.items():
        assets = _assets_of(group, name, market)
        if assets is None:
            continue
        try:
            groups[name] = Group(assets=assets, max_weight=group.max_weight)
        except ParameterError as error:
            raise ScenarioError(f"bounds.groups.{name}: {error}") from None
    try:
        return Bounds(
            max_weight=section.max_weight,
            groups=groups,
            min_cash=section.min_cash,
            max_leverage=section.max_leverage,
            allow_short=section.allow_short,
            min_liquid_share=section.min_liquid_share,
            min_coverage=section.min_coverage,
            max_days_to_cash=None if section.max_days_to_cash is None else section.max_days_to_cash.model_dump(),
            max_illiquid=section.max_illiquid,
            min_highly_liquid=section.min_highly_liquid,
            min_lcr=section.min_lcr,
            no_trade=section.no_trade,
        )
    except ParameterError as error:
        raise ScenarioError(f"bounds: {error}") from None


def _assets_of(group: GroupSpec, name: str, market: MarketData | None) -> tuple[str, ...] | None:
    """The assets of a group; ``None`` for a sector of a market that is not known yet."""
    where = f"bounds.groups.{name}"
    if (group.assets is None) == (group.sector is None):
        raise ScenarioError(f"{where}: give either assets or a sector")
    if group.assets is not None:
        return tuple(group.assets)
    if market is None:
        return None
    sectors = {
        asset: instrument.sector
        for asset, instrument in zip(market.assets, market.instruments, strict=True)
        if instrument.sector
    }
    found = tuple(asset for asset, sector in sectors.items() if sector == group.sector)
    if not found:
        hint = nearest(str(group.sector), sectors.values()) or "; no instrument states one"
        raise ScenarioError(f"{where}: no asset of sector {quoted(str(group.sector))}{hint}")
    return found


def flows_of(specs: Sequence[FlowSpec], sessions: DateArray | None = None) -> tuple[Flow, ...]:
    """The flows, in the file's order; with ``sessions``, checked to lie within them.

    Raises
    ------
    UndertowError
        Naming the flow by its number from 0.
    """
    made = []
    for number, spec in enumerate(specs):
        where = f"flows[{number}]"
        try:
            made.append(Flow(**spec.model_dump()))
        except ParameterError as error:
            raise ScenarioError(f"{where}: {error}") from None
        if spec.date is None or sessions is None:
            continue
        first = sessions[0] if spec.every is None else np.datetime64(spec.date, "D")  # a rule may be older than the run
        if not first <= np.datetime64(spec.date, "D") <= sessions[-1]:
            raise DataError(
                f"{where}.date {spec.date} lies outside the data, which run from {sessions[0]} to {sessions[-1]}"
            )
    return tuple(made)


def reached(flows: tuple[Flow, ...], end: date | np.datetime64 | None) -> tuple[Flow, ...]:
    """The flows that are due by the scenario's last day: a run that is cut short leaves later ones out."""
    return tuple(flow for flow in flows if end is None or flow.date is None or flow.day <= np.datetime64(end))


def check_weights(weights: Mapping[str, float], section: BoundsSection, where: str) -> None:
    """Raise unless weights sum to one, and are negative only where the bounds allow shorts or borrowing.

    They are fractions of nav.
    """
    for name, weight in weights.items():
        if weight >= 0.0:
            continue
        if name == CASH and not section.max_leverage > 1.0:
            raise ScenarioError(f"{where}.{CASH} is {weight:g}: borrowing needs bounds.max_leverage above 1")
        if name != CASH and not section.allow_short:
            raise ScenarioError(
                f"{where}: none may be negative unless bounds.allow_short = true ({name} is {weight:g})"
            )
    total = sum(weights.values())
    if abs(total - 1.0) > _SUM_SLACK:
        percent = "; they look like percentages: write 0.6 for 60%" if abs(total - 100.0) < 1.0 else ""
        raise ScenarioError(f"{where} sum to {total:.6g}; they must sum to one, {CASH} included{percent}")


def scaled(tables: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A file's tables with rounded weights scaled to sum to one, and a sentence for each table that was."""
    whole, said = dict(tables), []
    for steps in _weighted(tables):
        weights = _at(tables, steps)
        total = math.fsum(weights.values())
        if _SUM_SLACK < abs(total - 1.0) < _ROUNDED:
            whole = _replaced(whole, steps, {name: weight / total for name, weight in weights.items()})
            said.append(
                f"{'.'.join(steps)} sum to {total:.6g} in the file; each is divided by that, so that they sum to one"
            )
    return whole, tuple(said)


def _weighted(tables: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Steps to every table of weights in a file."""
    named = [(section, name) for section in ("policies", "overlays") for name in _mapping(tables.get(section))]
    found = [("portfolio", "weights"), *((*steps, key) for steps in named for key in ("weights", "into"))]
    return [steps for steps in found if _are_weights(_at(tables, steps))]


def _mapping(table: Any) -> Mapping[str, Any]:
    return table if isinstance(table, Mapping) else {}


def _are_weights(table: Any) -> bool:
    return isinstance(table, Mapping) and all(
        isinstance(weight, int | float) and not isinstance(weight, bool) and abs(weight) < 1e6
        for weight in table.values()
    )


def _at(tables: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        tables = tables.get(step) if isinstance(tables, Mapping) else None
    return tables


def _replaced(tables: Mapping[str, Any], steps: Sequence[str], value: Any) -> dict[str, Any]:
    first, *rest = steps
    return {**tables, first: _replaced(tables[first], rest, value) if rest else value}

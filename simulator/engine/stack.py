"""Stacking what many runs replay: plans and paths, each array with one more axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simulator.core import abi
from simulator.core.errors import DataError, PluginError
from simulator.core.types import FloatArray, frozen

from .alike import turns
from .ground import Ground
from .many_nb import Paths
from .together_nb import Plans

_DAYS_A_YEAR = 365.25
_COST_PANELS = ("planned_spread", "planned_volume", "planned_sigma", "spread", "volume", "sigma", "raw_shares")


def stack_plans(plans: Sequence[abi.PlanArrays], policies: int) -> Plans:
    """The plans of some runs, ``policies`` to a path; calendars and targets that several share are kept once."""
    calendars: dict[tuple[bytes, bytes], int] = {}
    blocks: dict[tuple[bytes, bytes], tuple[int, int]] = {}
    chosen, targets, rules = [], [], []
    calendar, first, stop = [], [], []
    rows = 0
    for plan in plans:
        key = (plan.action.tobytes(), plan.row.tobytes())
        if key not in calendars:
            calendars[key] = len(calendars)
            chosen.append(plan)
        calendar.append(calendars[key])
        content = (plan.targets.tobytes(), plan.rules.tobytes())
        if content not in blocks:
            blocks[content] = (rows, rows + len(plan.targets))
            targets.append(plan.targets)
            rules.append(plan.rules)
            rows += len(plan.targets)
        first.append(blocks[content][0])
        stop.append(blocks[content][1])
    turn, end = turns(plans, calendar, policies)
    return Plans(
        action=frozen(np.stack([plan.action for plan in chosen]), np.uint8),
        until=frozen(np.stack([plan.until for plan in chosen]), np.int32),
        row=frozen(np.stack([plan.row for plan in chosen]), np.int32),
        targets=frozen(np.concatenate(targets)),
        rules=frozen(np.concatenate(rules)),
        calendar=frozen(calendar, np.int64),
        first=frozen(first, np.int64),
        stop=frozen(stop, np.int64),
        to_edge=frozen([plan.to_edge for plan in plans], np.bool_),
        turn=turn,
        end=end,
    )


def stack_paths(grounds: Sequence[Ground]) -> Paths:
    """The markets, costs and flows of some paths.

    Raises
    ------
    DataError
        If paths differ in their sessions or assets.
    PluginError
        If a cost model gives another power or financing rate on another path.
    """
    base = grounds[0]
    for ground in grounds[1:]:
        if ground.market.assets != base.market.assets or not np.array_equal(ground.sessions, base.sessions):
            raise DataError("paths must have the same sessions and assets")
        if (ground.costs.delta, ground.costs.financing) != (base.costs.delta, base.costs.financing):
            raise PluginError("a cost model must give every path the same delta and financing")
    market, costs = base.arrays, base.costs
    marks = _stack([ground.arrays.mark for ground in grounds])
    at_marks = all(_alike(ground.arrays.fill_price, ground.arrays.mark) for ground in grounds)
    return Paths(
        market=market._replace(
            **_stacked([ground.arrays for ground in grounds], "mark_by_asset", "status"),
            **_shared([ground.arrays for ground in grounds], "accrual", "year"),
            mark=marks,
            fill_price=marks if at_marks else _stack([ground.arrays.fill_price for ground in grounds]),
            earning=any(ground.arrays.earning for ground in grounds),
            quoted=_quoted([ground.arrays.quoted for ground in grounds], base.arrays.mark.shape),
            day=_stack([base.arrays.day]),
        ),
        actions=abi.CorporateActions(_padded([ground.actions.table for ground in grounds])),
        flows=base.flows._replace(**_stacked([ground.flows for ground in grounds], "table", "rank")),
        costs=costs._replace(
            **{name: _stack(_rows_alike([getattr(ground.costs, name) for ground in grounds])) for name in _COST_PANELS},
            **_shared([ground.costs for ground in grounds], "by_asset", "decay"),
            commissions=any(ground.costs.commissions for ground in grounds),
        ),
        liquidity=base.panels._replace(**_stacked([ground.panels for ground in grounds], "capacity", "net", "slope")),
        years=float((base.sessions[-1] - base.sessions[0]).astype(int)) / _DAYS_A_YEAR,
        redemption_stress=float(base.redemption_stress),
    )


def _alike(one: FloatArray, other: FloatArray) -> bool:
    return one is other or np.array_equal(one, other)


def _quoted(panels: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Whether there were prices, by path; a path without a gap is all quoted beside others that have some."""
    if not any(panel.size for panel in panels):
        return _stack(panels[:1])
    return _stack([panel if panel.size else np.full(shape, abi.QUOTED, np.uint8) for panel in panels])


def _stacked(bundles: Sequence[Any], *names: str) -> dict[str, Any]:
    return {name: _stack([getattr(bundle, name) for bundle in bundles]) for name in names}


def _shared(bundles: Sequence[Any], *names: str) -> dict[str, Any]:
    """The same, but what all paths have alike is there once: a replay then finds it where the last one has read it."""
    found = {name: [getattr(bundle, name) for bundle in bundles] for name in names}
    alike = {name: all(np.array_equal(array, arrays[0]) for array in arrays[1:]) for name, arrays in found.items()}
    return {name: _stack(arrays[:1] if alike[name] else arrays) for name, arrays in found.items()}


def _rows_alike(panels: Sequence[FloatArray]) -> Sequence[FloatArray]:
    """Panels by session; one that holds for all sessions is repeated where another path's changes."""
    return panels if len({len(panel) for panel in panels}) == 1 else np.broadcast_arrays(*panels)


def _stack(arrays: Sequence[Any]) -> Any:
    """One array with paths as its first axis; a single one is not copied."""
    whole = arrays[0][None] if len(arrays) == 1 else np.stack(arrays)
    whole.flags.writeable = False
    return whole


def _padded(tables: Sequence[Any]) -> Any:
    """Corporate actions of every path, filled up with ones that lie after the last session."""
    longest = max(map(len, tables))
    whole = np.full((len(tables), longest, 4), np.inf)
    whole[:, :, 0] = float(abi.NEVER)
    for p, table in enumerate(tables):
        whole[p, : len(table)] = table
    return frozen(whole)

"""Applying shocks to a market. The world they change, and their protocol, live in :mod:`simulator.core.world`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass, replace
from typing import Any, Final, cast

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.market import MarketData
from simulator.core.types import BoolArray
from simulator.core.world import Shock, World

__all__ = ["Shock", "World", "apply_shocks", "shock_by_shock"]

#: Prices further than this from those before any shock, either way, are no market any more.
_FARTHEST: Final = 1e6
_BISECTIONS: Final = 30


def apply_shocks(market: MarketData, shocks: Sequence[Shock], seed: int) -> World:
    """Apply shocks, each with a random stream of its own; see :func:`shock_by_shock`."""
    return shock_by_shock(market, shocks, seed)[-1]


def shock_by_shock(market: MarketData, shocks: Sequence[Shock], seed: int) -> list[World]:
    """The world before any shock, and after each of them. The built-in ones give the same world in any order.

    Raises
    ------
    ParameterError
        If a shock leaves prices that are none, naming the severity that still works.
    """
    worlds = [World(market, market)]
    for number, shock in enumerate(shocks):
        after = _applied(shock, worlds[-1], seed, number)
        fault = _fault(after)
        if fault:
            raise ParameterError(f"{shock.describe()}: {fault}{_still_works(shock, worlds[-1], seed, number)}")
        worlds.append(after)
    return worlds


def _applied(shock: Shock, world: World, seed: int, number: int) -> World:
    """The world after a shock; one that says nothing of what was before it is told."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        after = shock.apply(world, np.random.default_rng(np.random.SeedSequence([seed, number])))
    if after.before is None and after is not world:
        return replace(after, before=world.unshocked, stretched=world.stretched)
    return after


def _fault(world: World) -> str:
    """What is no price any more, in words; empty where all is well."""
    true = world.unshocked
    for name in ("close", "open", "high", "low"):
        now, was = getattr(world.market, name), getattr(true, name)
        if now is None or was is None or now is was:
            continue
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            bad: BoolArray = np.isfinite(was) & (was > 0.0) & ~np.isnan(now)
            bad &= ~((now / was < _FARTHEST) & (now / was > 1.0 / _FARTHEST))
        if bad.any():
            t, i = np.argwhere(bad)[0]
            return (
                f"the {name} of {true.assets[i]} on {true.sessions[t]} would be {now[t, i]:.3g} where it was "
                f"{was[t, i]:.6g}, more than a millionfold away"
            )
    return ""


def _still_works(shock: Shock, world: World, seed: int, number: int) -> str:
    """The largest severity below the stated one that leaves a market, in words; empty where none is stated."""
    stated = getattr(shock, "severity", None)
    if not is_dataclass(shock) or not isinstance(stated, float | int):
        return ""
    low, high = 0.0, float(stated)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        milder = cast("Shock", replace(cast("Any", shock), severity=middle))
        low, high = (middle, high) if not _fault(_applied(milder, world, seed, number)) else (low, middle)
    return f"; severity {_rounded_down(low)} still works"


def _rounded_down(value: float) -> str:
    """Three digits, never more than the value."""
    digits = 10.0 ** (np.floor(np.log10(value)) - 2) if value > 0.0 else 1.0
    return f"{np.floor(value / digits) * digits:.3g}"

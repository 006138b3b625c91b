"""Applying shocks to a market. The world they change, and their protocol, live in :mod:`simulator.core.world`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import is_dataclass, replace
from typing import Any, Final, cast

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.market import MarketData
from simulator.core.types import BoolArray
from simulator.core.world import Shock, World

from .conditions import first_met
from .dated import DatedShock

__all__ = ["Shock", "World", "apply_shocks", "at_once", "on_their_days", "shock_by_shock"]

#: Prices further than this from those before any shock, either way, are no market any more.
_FARTHEST: Final = 1e6
_BISECTIONS: Final = 30


def apply_shocks(market: MarketData, shocks: Sequence[Shock], seed: int) -> World:
    """Apply shocks, each with a random stream of its own; see :func:`shock_by_shock`."""
    return shock_by_shock(market, shocks, seed)[-1]


#: What is wrong with a world, in words; empty where nothing is.
Fault = Callable[[World], str]


def shock_by_shock(
    market: MarketData, shocks: Sequence[Shock], seed: int, further: Fault = lambda _: ""
) -> list[World]:
    """The world before any shock, and after each of them. The built-in ones give the same world in any order.

    Parameters
    ----------
    market, shocks, seed
        What to shock, by what, and the seed of their generators.
    further
        What else may be wrong with a shocked world, besides prices that are none.

    Raises
    ------
    ParameterError
        If a shock leaves a world with a fault, naming the severity that still works.
    """
    worlds = [World(market, market)]
    shocks = on_their_days(market, shocks, seed)

    def fault(world: World) -> str:
        return _no_price(world) or further(world)

    for number, shock in enumerate(shocks):
        before = worlds[-1]

        def applied(struck: Shock, before: World = before, number: int = number) -> World:
            return _applied(struck, before, _generator(seed, number))

        after = applied(shock)
        wrong = "" if after is before else fault(after)
        if wrong:
            raise ParameterError(
                f"{shock.describe()}: {wrong}{_still_works(shock, lambda weakened: fault(applied(weakened)))}"
            )
        worlds.append(after)
    return worlds


def on_their_days(market: MarketData, shocks: Sequence[Shock], seed: int) -> tuple[Shock, ...]:
    """The same shocks, those that wait for something on the day after it happens; at severity 0 where it never does.

    They look at the world under all the others, those of the same kind that have struck by then among them: since no
    shock moves anything before its day, what has happened by the first of them stands whatever follows.
    """
    found = list(shocks)
    waiting = [number for number, shock in enumerate(shocks) if isinstance(shock, DatedShock) and shock.when]
    while waiting:
        world = World(market, market)
        for number, shock in enumerate(found):
            if number not in waiting:
                world = _applied(shock, world, _generator(seed, number))
        met = {number: day for number in waiting if (day := _met(found[number], world.market)) is not None}
        for number in waiting if not met else [n for n, day in met.items() if day == min(met.values())]:
            start = {"start": str(market.sessions[met[number]])} if met else {"severity": 0.0}
            found[number] = cast("Shock", replace(cast("Any", found[number]), when="", **start))
            waiting = [n for n in waiting if n != number]
    return tuple(found)


def at_once(shock: Shock) -> Shock:
    """The same shock, waiting for nothing."""
    waits = isinstance(shock, DatedShock) and shock.when
    return cast("Shock", replace(cast("Any", shock), when="")) if waits else shock


def _met(shock: Shock, market: MarketData) -> int | None:
    """The session on which a shock that waits for something strikes; ``None`` where that is after its last day."""
    assert isinstance(shock, DatedShock)
    condition, possible = shock.condition, shock.possible(market)
    assert condition is not None
    met = first_met(condition, market, shock.weights, possible.start - 1)
    return None if met is None or met + 1 >= possible.stop else met + 1


def _generator(seed: int, number: int) -> np.random.Generator:
    """The random stream of a shock, by its place."""
    return np.random.default_rng(np.random.SeedSequence([seed, number]))


def _applied(shock: Shock, world: World, rng: np.random.Generator) -> World:
    """The world after a shock; one that says nothing of what was before it is told."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        after = shock.apply(world, rng)
    if isinstance(after, World) and after.before is None and after is not world:
        return replace(
            after,
            before=world.unshocked,
            stretched=world.stretched,
            flows=after.flows or world.flows,
            late=world.late if after.late is None else after.late,
            misheard=after.misheard or world.misheard,
            clients=after.clients or world.clients,
        )
    return after


def _no_price(world: World) -> str:
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


def _still_works(shock: Shock, fault: Callable[[Shock], str]) -> str:
    """The largest severity below the stated one without a fault, in words; empty where none is stated."""
    stated = getattr(shock, "severity", None)
    if not is_dataclass(shock) or not isinstance(stated, float | int):
        return ""
    low, high = 0.0, float(stated)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        wrong = fault(cast("Shock", replace(cast("Any", shock), severity=middle)))
        low, high = (low, middle) if wrong else (middle, high)
    return f"; severity {_rounded_down(low)} still works"


def _rounded_down(value: float) -> str:
    """Three digits, never more than the value."""
    digits = 10.0 ** (np.floor(np.log10(value)) - 2) if value > 0.0 else 1.0
    return f"{np.floor(value / digits) * digits:.3g}"

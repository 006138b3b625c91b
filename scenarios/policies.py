"""The policies of a scenario file: those with a kind, those put together of parts, and those over another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.core.errors import PluginError, ScenarioError, nearest
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.protocols import Strategy

from . import kinds
from .configure import arguments
from .making import construct, split
from .parts import Parts
from .plugins import find
from .schema import ScenarioFile


def make_policies(file: ScenarioFile, weights: Mapping[str, float], market: MarketData) -> dict[str, Strategy]:
    """Every policy of the file; one may name another as its base, whatever their order."""
    made: dict[str, Strategy] = {}

    def one(name: str, asked_by: tuple[str, ...]) -> Strategy:
        if name in made:
            return made[name]
        if name not in file.policies:
            raise ScenarioError(f"policies.{asked_by[-1]}.base: no policy {quoted(name)}{nearest(name, file.policies)}")
        if name in asked_by:
            raise ScenarioError(f"policies.{name}: its base leads back to itself ({' -> '.join([*asked_by, name])})")
        made[name] = _policy(name, file, weights, market, lambda base: one(base, (*asked_by, name)))
        return made[name]

    for name in file.overlays:  # one that no policy uses may be a slip of the pen
        Parts(file, weights, market, "overlays").overlay(name, "overlays")
    return {name: one(name, ()) for name in file.policies}


def _policy(
    name: str,
    file: ScenarioFile,
    weights: Mapping[str, float],
    market: MarketData,
    base_of: Callable[[str], Strategy],
) -> Strategy:
    where = f"policies.{name}"
    kind, rest = split(file.policies[name], where, file.policies)
    cls = find(kind, kinds.POLICIES, where, file.own)
    given, parts = arguments(cls, rest, where), Parts(file, weights, market, where)
    parts.check(given, where)
    if isinstance(given.get("base"), str):
        given["base"] = base_of(given["base"])
    policy = construct(cls, given, where, **parts.supplied, name=name, parts=parts)
    if not hasattr(policy, "decide"):
        raise PluginError(f"{where}: {quoted(kind)} has no decide(day)")
    return policy

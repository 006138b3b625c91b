"""An overlay over a policy that is there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any, get_type_hints

from simulator.core.day import Day
from simulator.core.day import Hold as HoldAnswer
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import Planned, Signal
from simulator.core.types import FloatArray

from .overlays import Hedge, LiquidityLadder, Overlay, ShortenDuration, VolatilityTarget
from .policy import by_plan
from .signals import all_carried, all_read


class Overlaid:
    """A base policy, and what an overlay changes in it.

    Parameters
    ----------
    base
        The policy to follow, with a plan of its own (any built-in one).
    overlay
        What changes it.
    name
        Of the policy.
    """

    name = "overlaid"

    def __init__(self, base: Planned, overlay: Overlay, name: str | None = None) -> None:
        self.base, self.overlay, self.name = base, overlay, name or self.name

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signals it carries itself, and those of its base."""
        return all_carried((self.base, self.overlay))

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the signals it and its base read."""
        return all_read((self.base, self.overlay))

    def plan(self, context: PlanContext) -> Plan | None:
        """The base's plan, changed."""
        plan = self.base.plan(context)
        return None if plan is None else self.overlay.over(plan, context)

    def decide(self, day: Day) -> FloatArray | HoldAnswer:
        """What the plan of what is known today does today."""
        return by_plan(self, day)


def over_base(overlay: Callable[..., Overlay], name: str) -> Callable[..., Overlaid]:
    """A policy of an overlay's own name: a function of its parameters, and of a ``base`` it goes over."""

    def policy(base: Planned, **given: Any) -> Overlaid:
        return Overlaid(base, overlay(**given), name)

    own = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in signature(overlay).parameters.values()]
    policy.__signature__ = signature(policy).replace(  # type: ignore[attr-defined]
        parameters=[Parameter("base", Parameter.POSITIONAL_OR_KEYWORD), *own]
    )
    policy.__annotations__ = {"base": Planned, **get_type_hints(overlay, include_extras=True)}
    policy.__doc__ = _with_base(overlay)
    policy.__name__ = policy.__qualname__ = name
    return policy


def _with_base(overlay: Any) -> str:
    """What the overlay and its bases say of their parameters, and what a base is."""
    from inspect import cleandoc

    texts = [cleandoc(base.__doc__ or "") for base in overlay.__mro__ if base is not object]
    head = texts[0].partition("Parameters\n----------\n")[0]
    bodies = [text.partition("Parameters\n----------\n")[2].rstrip() for text in texts]
    base = "base\n    The policy to follow, by name, with a plan of its own."
    return head + "Parameters\n----------\n" + "\n".join([base, *filter(None, bodies)]) + "\n"


liquidity_ladder = over_base(LiquidityLadder, "liquidity-ladder")
shorten_duration = over_base(ShortenDuration, "shorten-duration")
volatility_target = over_base(VolatilityTarget, "volatility-target")
hedge = over_base(Hedge, "hedge")

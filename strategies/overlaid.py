"""An overlay over a policy that is there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any, get_type_hints

import numpy as np

from simulator.core import abi
from simulator.core.day import HOLD, Day
from simulator.core.day import Hold as HoldAnswer
from simulator.core.follow import follow
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import Planned, Reviewing, Signal, Strategy
from simulator.core.types import BoolArray, FloatArray

from .overlays import Hedge, LiquidityLadder, Overlay, ShortenDuration, VolatilityTarget
from .overlays.base import Lately
from .signals import all_carried, all_read
from .weights import resolve


class Overlaid:
    """A base policy, and what an overlay changes in it.

    A base with a plan is followed by that plan. One that must be asked (``optimised``, ``multi-period``, ``two-stage``,
    one of your own) is asked on its sessions while the overlay lets its triggers be, and whenever the overlay's stage
    changes: what it then says for the book as it stands is what the overlay changes. Where it says nothing (``HOLD``)
    as a stage begins, the overlay goes over what is held; otherwise what is held stays, and the run says so.
    ``volatility-target`` changes the exposure of such a base on the sessions on which that trades, and on no others.

    Parameters
    ----------
    base
        The policy to follow.
    overlay
        What changes it.
    name
        Of the policy.
    """

    name = "overlaid"

    def __init__(self, base: Strategy, overlay: Overlay, name: str | None = None) -> None:
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
        """The base's plan, changed; ``None`` where the base must be asked."""
        plan = self.base.plan(context) if isinstance(self.base, Planned) else None
        return None if plan is None else self.overlay.over(plan, context)

    def review(self, context: PlanContext) -> BoolArray:
        """(T,) the sessions on which it decides: those of a base that is asked, or every one that a plan may test."""
        if self.plan(context) is not None:
            return np.ones(context.sessions.size, bool)
        asks = np.ones(context.sessions.size, bool)
        if isinstance(self.base, Reviewing):
            asks = np.asarray(self.base.review(context), bool)
        nothing = _standing(np.zeros(len(context.assets)), asks)
        return np.asarray(self.overlay.over(nothing, context).action != abi.NOTHING)

    def decide(self, day: Day) -> FloatArray | HoldAnswer:
        """What the plan of what is known today does today, or what the base says today, changed.

        Weights are (N,) fractions of nav.
        """
        context = day.context()
        plan = self.plan(context)
        if plan is not None:
            return follow(plan, -1, day)
        return self.wanted(day) if self.review(context)[-1] else HOLD

    def wanted(self, day: Day) -> FloatArray | HoldAnswer:
        """(N,) what it would hold today, whether it trades or not, over a base that is asked."""
        context = day.context()
        answer = self.base.wanted(day) if isinstance(self.base, Overlaid) else self.base.decide(day)
        silent = isinstance(answer, HoldAnswer)
        weights = day.values / day.nav if isinstance(answer, HoldAnswer) else resolve(answer, day.assets, "its base")
        changed, begins, why = _changed(self.overlay, weights, context)
        if silent:
            what = "goes over what is held" if begins else "leaves what is held"
            day.remark(f"its base names no weights today; the overlay {what}")
            if not begins:
                return HOLD
        if why:
            day.remark(why)
        return changed


def _changed(overlay: Overlay, weights: FloatArray, context: PlanContext) -> tuple[FloatArray, bool, str]:
    """(N,) what an overlay makes of weights (N,) on the last session, whether it begins to, and what it remarks."""
    if isinstance(overlay, Lately):
        changed, why = overlay.lately(weights, context)
        return changed, context.sessions.size == 1, why
    plan = overlay.over(_standing(weights, np.ones(context.sessions.size, bool)), context)
    last = context.sessions.size - 1
    return np.asarray(plan.targets[plan.row[-1]]), _begins(plan), plan.failed.get(last, "")


def _standing(weights: FloatArray, trade: BoolArray) -> Plan:
    """A plan of one row of weights (N,), traded to on the sessions marked in ``trade`` (T,)."""
    return Plan(
        action=np.where(trade, abi.TRADE, abi.NOTHING).astype(np.uint8),
        row=np.zeros(trade.size, np.int32),
        targets=np.asarray(weights, np.float64)[None],
        band=np.array([np.inf]),
    )


def _begins(plan: Plan) -> bool:
    """Whether an overlay changes the one row of a plan on its last session, and did not on the one before."""
    return bool(plan.row[-1] != 0 and (plan.row.size == 1 or plan.row[-2] == 0))


def over_base(overlay: Callable[..., Overlay], name: str) -> Callable[..., Overlaid]:
    """A policy of an overlay's own name: a function of its parameters, and of a ``base`` it goes over."""

    def policy(base: Strategy, **given: Any) -> Overlaid:
        return Overlaid(base, overlay(**given), name)

    own = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in signature(overlay).parameters.values()]
    policy.__signature__ = signature(policy).replace(  # type: ignore[attr-defined]
        parameters=[Parameter("base", Parameter.POSITIONAL_OR_KEYWORD), *own]
    )
    policy.__annotations__ = {"base": Strategy, **get_type_hints(overlay, include_extras=True)}
    policy.__doc__ = _with_base(overlay)
    policy.__name__ = policy.__qualname__ = name
    return policy


def _with_base(overlay: Any) -> str:
    """What the overlay and its bases say of their parameters, and what a base is."""
    from inspect import cleandoc

    texts = [cleandoc(base.__doc__ or "") for base in overlay.__mro__ if base is not object]
    head = texts[0].partition("Parameters\n----------\n")[0]
    bodies = [text.partition("Parameters\n----------\n")[2].rstrip() for text in texts]
    base = "base\n    The policy to follow, by name."
    return head + "Parameters\n----------\n" + "\n".join([base, *filter(None, bodies)]) + "\n"


liquidity_ladder = over_base(LiquidityLadder, "liquidity-ladder")
shorten_duration = over_base(ShortenDuration, "shorten-duration")
volatility_target = over_base(VolatilityTarget, "volatility-target")
hedge = over_base(Hedge, "hedge")

"""Plans that paths share: one that follows from listings and from signals alone is laid out once for all that agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from simulator.core.panels import SignalPanel
from simulator.core.plan import PlanContext
from simulator.core.protocols import Strategy

from .ground import Ground
from .prepare import Prepared, on_ground


class SharedPlans:
    """Policies on one path after the other, on the same terms and of the same assets.

    What a policy reads as it lays out its plan is noted; on a path on which all of that is the same, the plan is too.
    Only for policies that lay out the same plan whenever they are shown the same.
    """

    def __init__(self) -> None:
        self._laid: dict[str, _Laid] = {}
        self._looks: set[str] = set()

    def on(
        self,
        ground: Ground,
        strategy: Strategy,
        panels: Mapping[str, SignalPanel],
        name: str,
        context: PlanContext,
    ) -> Prepared:
        """As :func:`~.prepare.on_ground`."""
        if name in self._looks:
            return on_ground(ground, strategy, panels, name=name, context=context)
        known = self._laid.get(name)
        if known is not None and known.agrees(context):
            return _moved(known.prepared, ground, context)
        noting = _noting(context)
        prepared = _moved(on_ground(ground, strategy, panels, name=name, context=noting), ground, context)
        if noting.looked:
            self._looks.add(name)
        elif known is None:  # one that signals decide differs on nearly every path: no more are kept
            self._laid[name] = _Laid(context, frozenset(noting.noted.read), prepared)
        return prepared


@dataclass(frozen=True, eq=False)
class _Laid:
    context: PlanContext
    read: frozenset[str]
    prepared: Prepared

    def agrees(self, other: PlanContext) -> bool:
        """Whether another context shows all that this plan was laid out from."""
        own = self.context
        return (
            own.assets == other.assets
            and all(_same(own.signals[name], other.signals[name]) for name in self.read)
            and np.array_equal(own.sessions, other.sessions)
            and np.array_equal(own.alive, other.alive)
        )


def _same(one: SignalPanel, other: SignalPanel) -> bool:
    return (
        one.columns == other.columns
        and one.hindsight == other.hindsight
        and np.array_equal(one.known_at, other.known_at)
        and np.array_equal(one.values, other.values, equal_nan=True)
    )


def _moved(prepared: Prepared, ground: Ground, context: PlanContext) -> Prepared:
    """A run on another ground, on which its plan is the same."""
    own: dict[str, Any] = {field.name: getattr(ground, field.name) for field in fields(Ground)}
    return Prepared(
        **own,
        name=prepared.name,
        strategy=prepared.strategy,
        signals=context.signals,
        plan=prepared.plan,
        laid=prepared.laid,
    )


class _Noted(Mapping[str, SignalPanel]):
    """Signals, with the names of those that were read."""

    def __init__(self, signals: Mapping[str, SignalPanel]) -> None:
        self._signals = signals
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> SignalPanel:
        found = self._signals[name]
        self.read.add(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._signals)

    def __len__(self) -> int:
        return len(self._signals)


@dataclass(frozen=True, eq=False)
class _Noting(PlanContext):
    """A context that notes whether the market was looked at, and which signals were read."""

    def __getattribute__(self, name: str) -> Any:
        if name == "view":
            vars(self)["looked"] = True
        return super().__getattribute__(name)

    @property
    def noted(self) -> _Noted:
        """Its signals."""
        assert isinstance(self.signals, _Noted)
        return self.signals

    @property
    def looked(self) -> bool:
        """Whether the market was looked at."""
        return bool(vars(self).get("looked", False))


def _noting(context: PlanContext) -> _Noting:
    return _Noting(context.sessions, context.assets, context.alive, _Noted(context.signals), context.view)

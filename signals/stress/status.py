"""The last published status of an index of stress: the naive rule every early warning must beat."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from signals.evidence import by_session
from signals.hysteresis import hysteresis
from simulator.core.errors import DataError, ParameterError
from simulator.core.evidence import Evidence
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.series import ExogenousSeries
from simulator.core.within import PROBABILITY, WAIT, bounded
from simulator.features import ROLES, Workspace

from .labels import TIERS, past_thresholds, published_tiers
from .labels.tiers import check_quantiles

_MAX_AGE_DAYS = 28


class PublishedStatus:
    """On while the last value published of an index is amber or red, by quantiles of all its values published so far.

    Parameters
    ----------
    index
        The index: an exogenous series of the market, or its role.
    tier
        The mildest status that switches it on: ``"amber"`` or ``"red"``.
    min_hold
        Sessions it stays on at least.
    quantiles
        Above which an index value is amber, and red.
    name
        Default: ``status-STLFSI4`` and the like.
    """

    @bounded
    def __init__(
        self,
        index: str = "STLFSI4",
        tier: Literal["amber", "red"] = "amber",
        min_hold: Annotated[int, WAIT] = 5,
        quantiles: Annotated[tuple[float, float], PROBABILITY] = (0.85, 0.95),
        name: str | None = None,
    ) -> None:
        if tier not in ("amber", "red"):
            raise ParameterError(f"published-status: tier must be 'amber' or 'red', not {tier!r}")
        check_quantiles(quantiles)
        self.index, self.tier, self.min_hold, self.quantiles = index, tier, min_hold, quantiles
        self.name = name or f"status-{index}"

    @property
    def warmup(self) -> int:
        """None: thresholds come from values published before the market begins as well. In sessions."""
        return 0

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``status`` (0 green, 1 amber, 2 red; NaN until thresholds are known or once it has ended), ``state``.

        The state ends when the index has been silent for 28 days.
        """
        series = self._series(features)
        sessions = features.sessions
        status = published_tiers(series, sessions, past_thresholds(series, sessions, self.quantiles))
        wanted = TIERS.index(self.tier) - 0.5
        state = hysteresis(np.nan_to_num(status), wanted, wanted, self.min_hold)
        _, published = series.on(sessions, _MAX_AGE_DAYS)
        known_at = np.where(np.isnat(published), sessions, published)
        return SignalPanel(sessions, ("status", "state"), np.column_stack([status, state.astype(float)]), known_at)

    def evidence(self, features: FeatureSource) -> list[Evidence]:
        """The last value published, and the thresholds made of all that were published by then."""
        series, sessions = self._series(features), features.sessions
        values, published = series.on(sessions, _MAX_AGE_DAYS)
        thresholds = past_thresholds(series, sessions, self.quantiles)
        return [
            by_session("features", (self.index,), sessions, values, published),
            by_session("thresholds", ("amber", "red"), sessions, thresholds, series.on(sessions)[1]),
        ]

    def _series(self, features: FeatureSource) -> ExogenousSeries:
        role = ROLES.get(self.index)
        held = Workspace(features).series_of(role) if role else features.market.series.get(self.index)
        if held is None:
            raise DataError(f"{self.name}: needs the series {self.index}, which this market does not have")
        return held

    def notes(self) -> list[str]:
        """What the report must say of it."""
        low, high = self.quantiles
        return [
            f"{self.index} is amber above the {low:.0%} and red above the {high:.0%} quantile of what was published."
        ]

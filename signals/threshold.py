"""A threshold on any named feature or published series."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import numpy as np
import pandas as pd

from simulator.core.errors import DataError, ParameterError, nearest
from simulator.core.evidence import Evidence
from simulator.core.panels import FeaturePanel, SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray
from simulator.core.within import NUMBER, WAIT, bounded
from simulator.features import REGISTRY, Feature, Workspace, panel, past_percentile, past_quantile

from .evidence import by_session, newest, newest_before
from .hysteresis import check_levels, hysteresis

_LEAST_PAST: Final = 252
_SILENT: Final = 21  # sessions without a value after which a state ends


class Threshold:
    """On while a feature or a series is high: against fixed levels, or against quantiles of its own past.

    Parameters
    ----------
    of
        A feature by name, or an exogenous series of the market, as published.
    enter, exit
        Level above which it switches on, and below which it switches off.
    min_hold
        Sessions it stays on at least.
    scale
        What ``enter`` and ``exit`` are: ``"quantile"``, quantiles of all its earlier values; ``"percentile"``, bounds
        on the share of values up to today that do not exceed today's; ``"level"``, fixed levels in its own unit.
    name
        Default: ``threshold-VIX`` and the like.
    """

    @bounded
    def __init__(
        self,
        of: str,
        enter: Annotated[float, NUMBER] = 0.95,
        exit: Annotated[float, NUMBER] = 0.85,  # noqa: A002 - the field's own name
        min_hold: Annotated[int, WAIT] = 5,
        scale: Literal["quantile", "percentile", "level"] = "quantile",
        name: str | None = None,
    ) -> None:
        check_levels("threshold", enter, exit)
        if scale not in ("quantile", "percentile", "level"):
            raise ParameterError(f"threshold: scale must be 'quantile', 'percentile' or 'level', not {scale!r}")
        if scale != "level" and not 0.0 <= exit <= enter <= 1.0:
            raise ParameterError(f"threshold: a {scale} lies between 0 and 1, not at {exit:g} or {enter:g}")
        self.of, self.enter, self.exit, self.min_hold, self.scale = of, enter, exit, min_hold, scale
        self.name = name or f"threshold-{of}"

    @property
    def warmup(self) -> int:
        """Sessions the feature needs, and those before quantiles have a past."""
        own = REGISTRY[self.of].warmup if self.of in REGISTRY else 0
        return own + (0 if self.scale == "level" else _LEAST_PAST)

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns named after the feature or series (NaN where it has no value) and ``state``.

        A missing value changes nothing, until it has been missing for 21 sessions: then the state ends.
        """
        measured = self._measured(features)
        values = measured.values[:, 0]
        level, enter, leave = self._compared(values)
        state = hysteresis(np.where(_silent(values), -np.inf, level), enter, leave, self.min_hold)
        return SignalPanel(
            features.sessions,
            (self.of, "state"),
            np.column_stack([values, state.astype(float)]),
            measured.row_known_at(),
        )

    def evidence(self, features: FeatureSource) -> list[Evidence]:
        """The measure, and the thresholds or percentiles that its own past makes of it."""
        measured = self._measured(features)
        sessions, known = features.sessions, measured.row_known_at()
        looked_at = by_session("features", (self.of,), sessions, measured.values, known)
        level, enter, leave = self._compared(measured.values[:, 0])
        if self.scale == "quantile":
            both = np.column_stack([enter, leave])
            return [looked_at, by_session("thresholds", ("enter", "exit"), sessions, both, newest_before(known))]
        if self.scale == "percentile":
            return [looked_at, by_session("percentiles", (self.of,), sessions, level, newest(known))]
        return [looked_at]

    def _compared(self, values: FloatArray) -> tuple[FloatArray, float | FloatArray, float | FloatArray]:
        """What is compared with the levels of entering and leaving, and these."""
        if self.scale == "quantile":
            enter, leave = (past_quantile(values, q, _LEAST_PAST) for q in (self.enter, self.exit))
            return values, enter, leave
        return past_percentile(values) if self.scale == "percentile" else values, self.enter, self.exit

    def _measured(self, features: FeatureSource) -> FeaturePanel:
        if self.of in REGISTRY:
            return panel(features, [self.of])
        if self.of in features.market.series:
            return panel(features, [_series(self.of)])
        known = [*features.market.series, *REGISTRY]
        raise DataError(f"{self.name}: no feature or series {self.of!r} here{nearest(self.of, known)}")


def _series(name: str) -> Feature:
    """A published series as a feature: carried while recent, missing once it has ended."""

    def compute(workspace: Workspace) -> FloatArray:
        return workspace.series(name)

    return Feature(name, "own-past", f"{name} as published", "the series itself", "its own", 0, compute, series=(name,))


def _silent(values: FloatArray) -> FloatArray:
    """(T,) True where no value came for 21 sessions, and none is there today."""
    known = pd.Series(~np.isnan(values))
    recent = known.rolling(_SILENT, min_periods=1).max().to_numpy(np.float64)
    return np.asarray(recent == 0.0)

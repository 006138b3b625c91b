"""Columns of any published series on its own past, for series that no other family knows."""

from __future__ import annotations

from simulator.core.types import FloatArray
from simulator.features.abreast import Measures
from simulator.features.feature import Feature
from simulator.features.past import change, past_zscore


def own_past(series: str) -> tuple[Feature, ...]:
    """Features of one series: z-scores of its level and of its changes over 5 and 21 sessions.

    The series is found by its own name, or by that of a role. A year's mean and standard deviation serve as scale.
    """

    def scored(sessions: int) -> Feature:
        def compute(ws: Measures) -> FloatArray:
            level = ws.series(series)
            return past_zscore(change(level, sessions) if sessions else level)

        what = f"change of {series} over {sessions} sessions" if sessions else series
        return Feature(
            name=f"{series}_change_{sessions}_zscore" if sessions else f"{series}_zscore",
            family="own-past",
            formula=f"{what} minus its mean of the last 252 sessions, over its standard deviation of them",
            source="the series itself",
            unit="standard deviations",
            warmup=125 + sessions,
            series=(series,),
            compute=compute,
            abreast=True,
        )

    return tuple(scored(sessions) for sessions in (0, 5, 21))

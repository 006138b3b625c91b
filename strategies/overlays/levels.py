"""How far an overlay goes on each session: stages, a share of a probability, and a return in phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.panels import SignalPanel
from simulator.core.plan import PlanContext
from simulator.core.protocols import Signal
from simulator.core.types import FloatArray
from simulator.core.within import NUMBER, SHARE, WAIT, Within, check_fields
from strategies.signals import SignalRef, carried, panel, signal_name

#: Levels between nothing and all that a probability is rounded to: each change of it trades.
_STEPS: Final = 10
PHASES: Final = Within(1, 100)


@dataclass(frozen=True, eq=False)
class Staged:
    """What overlays share that follow a signal in stages: green is 0, amber a part, red all of what they do.

    Parameters
    ----------
    signal
        The signal, or its name; amber while it is on, or red where no other says when.
    red
        A second signal, or its name: red while it is on.
    by
        ``"state"``: on or off; ``"stages"``: a column against ``amber_at`` and ``red_at``; ``"proportion"``: as far as
        the column says, between 0 and 1, in tenths.
    column
        The column for ``by``; ``probability`` by default, or the only one.
    amber_at, red_at
        Values of the column from which it is amber, and red.
    amber
        Share of what red does that amber does.
    calm
        Sessions on which the signal asks for less before any of it is taken back.
    phases
        Steps in which all of it is taken back.
    build
        Steps in which all of it is built up.
    apart
        Sessions from one step to the next.
    """

    signal: SignalRef
    red: SignalRef | None = None
    by: Literal["state", "stages", "proportion"] = "state"
    column: str | None = None
    amber_at: Annotated[float, NUMBER] = 0.25
    red_at: Annotated[float, NUMBER] = 0.5
    amber: Annotated[float, SHARE] = 0.5
    calm: Annotated[int, WAIT] = 0
    phases: Annotated[int, PHASES] = 1
    build: Annotated[int, PHASES] = 1
    apart: Annotated[int, Within(1, 10_000, unit="sessions")] = 5

    def __post_init__(self) -> None:
        check_fields(self)
        if self.by == "stages" and self.red_at < self.amber_at:
            raise ParameterError(
                f"red_at must not be below amber_at ({self.amber_at:g}), not {self.red_at:g}: amber would never be"
            )

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signals that are carried here."""
        return carried(self.signal, self.red)

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the signals."""
        named = [signal for signal in (self.signal, self.red) if signal is not None]
        return tuple(dict.fromkeys(signal_name(signal) for signal in named))

    def levels(self, context: PlanContext) -> FloatArray:
        """(T,) between 0 and 1: how far it goes, each session from what was known at its close."""
        return phased(self._asked(context), self.calm, self.phases, self.build, self.apart)

    def _asked(self, context: PlanContext) -> FloatArray:
        first = panel(self.signal, context)
        if self.by == "state":
            asked = first.state().astype(np.float64)
            if self.red is not None:
                asked = np.maximum(self.amber * asked, panel(self.red, context).state())
            return np.asarray(asked)
        values = np.nan_to_num(first.column(self._column(first)))
        if self.by == "proportion":
            return np.asarray(np.round(np.clip(values, 0.0, 1.0) * _STEPS) / _STEPS)
        return np.asarray(np.where(values >= self.red_at, 1.0, np.where(values >= self.amber_at, self.amber, 0.0)))

    def _column(self, first: SignalPanel) -> str:
        if self.column is not None:
            return self.column
        return "probability" if "probability" in first.columns or len(first.columns) > 1 else first.columns[0]


def phased(asked: FloatArray, calm: int, phases: int, build: int, apart: int) -> FloatArray:
    """(T,) levels that follow those asked for (T,): up in ``build`` steps, down in ``phases`` after ``calm`` sessions.

    Steps are ``apart`` sessions from each other. With one step each way and no wait it is what is asked for.
    """
    levels = np.empty_like(asked)
    level, wait, rest = 0.0, 0, 0  # calm sessions so far; sessions until a next step up
    for t, wanted in enumerate(asked):
        rest = max(rest - 1, 0)
        if wanted >= level:
            wait = 0
            if wanted > level and rest == 0:
                level, rest = min(wanted, level + 1.0 / build), apart
        else:
            wait += 1
            if wait > calm:
                level, wait = max(wanted, level - 1.0 / phases), calm + 1 - apart
                rest = 0
        levels[t] = level
    return levels

"""Paths on which assets fall by so much in so many sessions: chosen among what may follow, and bridged if need be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.names import quoted
from simulator.core.types import FloatArray
from simulator.core.within import Within, check_fields

from .drawn import NONE, Drawn, Fitted
from .history import History

_MOVE: Final = Within(-0.99, 9.0, text="write -0.20 for a fall of 20%")


@dataclass(frozen=True, kw_only=True)
class Conditional:
    """Paths given that the mean of some assets moves by ``move`` or more within ``days`` sessions.

    Windows that may follow the session before are drawn one after the other from the base generator, and the first in
    which it happens is taken: a draw from the base given that it happens (selection, with equal weights). Where none
    of ``tries`` does, the one nearest to it is bridged: what is missing is added in equal parts a session, to each
    asset by its beta, as a Brownian bridge of constant covariance would be.

    Parameters
    ----------
    base
        Generator of everything else; keys that are not of this kind are the base's.
    move
        At most (a fall) or at least (a rise), as a fraction.
    days
        Sessions of the window.
    assets
        Whose mean log return it is; by default those of class equity, or all where there are none.
    at
        First day of the window; drawn for each path by default.
    tries
        Windows drawn before one is bridged.
    """

    base: str = "bootstrap"
    move: Annotated[float, _MOVE] = -0.20
    days: Annotated[int, Within(1, 2_500, unit="sessions")] = 30
    assets: Sequence[str] | None = None
    at: date | None = None
    tries: Annotated[int, Within(1, 100_000)] = 200

    def __post_init__(self) -> None:
        check_fields(self)
        if self.move == 0.0:
            raise ParameterError("move must not be 0; leave the condition out")

    def on(self, history: History) -> OnMove:
        """The condition on a market.

        Raises
        ------
        ParameterError
            If it has no such asset.
        """
        names = history.market.assets
        for name in self.assets or ():
            if name not in names:
                raise ParameterError(f"conditional: no asset {quoted(name)}{nearest(name, names)}")
        chosen = list(self.assets or ()) or [
            name
            for name, instrument in zip(names, history.market.instruments, strict=True)
            if instrument.asset_class == "equity"
        ]
        those = np.isin(names, chosen or names)
        basket = history.returns[:, those].mean(axis=1)
        rest = basket - basket.mean()
        spread = float(rest @ rest)
        beta = rest @ history.returns / spread if spread > 0.0 else np.ones(len(names))
        return OnMove(self, those / those.sum(), beta)


@dataclass(frozen=True, eq=False)
class OnMove:
    """A condition on a market.

    Attributes
    ----------
    asked
        What was asked for.
    weights
        (N,) of the assets whose move it is.
    beta
        (N,) of every asset to them.
    """

    asked: Conditional
    weights: FloatArray
    beta: FloatArray

    @property
    def sessions(self) -> int:
        """Sessions of the window."""
        return self.asked.days

    @property
    def at(self) -> date | None:
        """Its first day; ``None`` where it is drawn."""
        return self.asked.at

    def drawn(self, base: Fitted, state: Any, rng: np.random.Generator) -> tuple[Drawn, Any, dict[str, Any]]:
        """The window, the state it leaves, and how it was found."""
        target = float(np.log1p(self.asked.move))
        best: tuple[float, Drawn, Any] | None = None
        for number in range(1, self.asked.tries + 1):
            window, left = base.draw(state, self.asked.days, rng)
            move = float((window.returns @ self.weights).sum())
            short = target - move if target < 0.0 else move - target
            if short >= 0.0:
                return window, left, {"tries": number, "bridged": 0.0}
            if best is None or short > best[0]:
                best = short, window, left
        assert best is not None
        missing = target - float((best[1].returns @ self.weights).sum())
        window = best[1]
        bridged = Drawn(
            window.returns + missing / self.asked.days * self.beta,
            window.volume,
            window.spread,
            np.full(window.rows.size, NONE),
        )
        return bridged, best[2], {"tries": self.asked.tries, "bridged": missing}

    def notes(self) -> list[str]:
        """What the condition is and how it is met."""
        who = "the mean of the assets named" if self.asked.assets else "the mean of the shares"
        way = "falls" if self.asked.move < 0.0 else "rises"
        when = f"from {self.asked.at}" if self.asked.at else "from a session drawn for each path"
        return [
            f"On every path {who} {way} by {abs(self.asked.move):.1%} or more within {self.asked.days} sessions "
            f"{when}: of up to {self.asked.tries:,} windows that may follow, the first in which it does is taken; "
            "where none does, the nearest is bridged, each asset by its beta, in equal parts a session, with volumes "
            "as drawn. Paths are what may come given that, not how likely it is.",
        ]

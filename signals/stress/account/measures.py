"""What can be asked what it would have called at other thresholds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol

import numpy as np

from signals.stress.labels.tiers import tiers
from signals.stress.validation import Scored
from simulator.core.errors import PluginError
from simulator.core.types import FloatArray


class Pair(NamedTuple):
    """Quantiles, or probabilities, above which a measure calls amber, and red."""

    amber: float
    red: float


#: The paper's pair, and pairs around it.
STANDARD: Final = Pair(0.85, 0.95)
PAIRS: Final = tuple(Pair(amber, red) for amber in (0.75, 0.80, 0.85, 0.90) for red in (0.925, 0.95, 0.975))
#: Probabilities of amber or red, and of red, that a classifier is back-tested at; ties go to one half.
HALF: Final = Pair(0.5, 0.5)
CHANCES: Final = tuple(Pair(amber, red) for amber in (0.3, 0.4, 0.5, 0.6) for red in (0.3, 0.5, 0.7))


class Measure(Protocol):
    """What can be asked what it would have called at other thresholds."""

    @property
    def scored(self) -> Scored:
        """Its forecasts as called, with what came."""
        ...

    @property
    def pairs(self) -> Sequence[Pair]:
        """The thresholds it is back-tested at."""
        ...

    @property
    def middle(self) -> Pair:
        """The pair that ties go to."""
        ...

    @property
    def standard(self) -> Pair | None:
        """The pair that gives the calls as made; ``None`` if no pair does."""
        ...

    def at(self, pair: Pair) -> Scored:
        """The forecasts with the calls of a pair."""
        ...


@dataclass(frozen=True, eq=False)
class Measured:
    """A measure of the level of an index, and where it calls.

    Attributes
    ----------
    scored
        Its forecasts at :data:`STANDARD`, with what came.
    values
        (n,) the measure on the same sessions.
    thresholds
        Gives (n, 2) thresholds of a pair of quantiles on each of them, from what was known by its close.
    """

    scored: Scored
    values: FloatArray
    thresholds: Callable[[Pair], FloatArray]
    pairs: Sequence[Pair] = PAIRS
    middle: Pair = STANDARD
    standard: Pair | None = STANDARD

    def at(self, pair: Pair) -> Scored:
        """The forecasts with the calls of a pair."""
        status = tiers(self.values, self.thresholds(pair))
        if np.isnan(status).any():
            raise PluginError("a measure must have a value and thresholds on every session that is scored")
        return replace(self.scored, status=status)


@dataclass(frozen=True, eq=False)
class Chances:
    """A classifier: amber where amber or red is likelier than a level, red where red is likelier than another.

    Its own calls are the likeliest class, which no pair of levels gives.

    Attributes
    ----------
    scored
        Its forecasts, with what came.
    """

    scored: Scored
    pairs: Sequence[Pair] = CHANCES
    middle: Pair = HALF
    standard: Pair | None = None

    def at(self, pair: Pair) -> Scored:
        """The forecasts with the calls of a pair."""
        chance = self.scored.probability
        red = chance[:, 2] > pair.red
        amber = chance[:, 1:].sum(axis=1) > pair.amber
        return replace(self.scored, status=np.where(red, 2.0, amber.astype(np.float64)))

    @property
    def moves(self) -> bool:
        """Whether any of its calls depends on the pair: not where probabilities are nearly 0 or 1 throughout."""
        first = self.at(self.pairs[0]).status
        return any((self.at(pair).status != first).any() for pair in self.pairs)

"""Falls spread from one asset to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError, nearest
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.types import FloatArray
from simulator.core.within import WAIT, Within

from .dated import DatedShock, Hit, moved_by


@dataclass(frozen=True, kw_only=True)
class Contagion(DatedShock):
    """Falls of some assets within the window are passed on to others, ``lag`` sessions later, by a stated matrix.

    What is passed on are daily log returns below zero, as shocks before this one in the list have left them, times
    weight times severity. It is passed on once: what others lose so is not passed on again.

    Parameters
    ----------
    matrix
        Weights by asset that falls, then by asset that is hit: ``{ SPY = { HYG = 0.5 } }`` takes half of every fall of
        SPY off HYG as well.
    lag
        Sessions between them.
    """

    kind: ClassVar[str] = "contagion"

    matrix: Annotated[Mapping[str, Mapping[str, float]], Within(-10.0, 10.0)] = field(default_factory=dict)
    lag: Annotated[int, WAIT] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(self.matrix.values()):
            raise ParameterError(f"{self.kind}: matrix says by what falls are passed on; it has no weight")

    def log_size(self) -> float:
        """Weights are the size."""
        return 1.0

    def detail(self) -> str:
        """The size in words."""
        said = "; ".join(
            f"{source} to {', '.join(f'{name} x {weight:g}' for name, weight in hit.items())}"
            for source, hit in self.matrix.items()
        )
        return f"falls passed on after {self.lag} sessions, {said}"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Add what is passed on to the assets that are hit."""
        carried = pd.DataFrame(np.log(market.total_return())).ffill().to_numpy()
        returns = np.nan_to_num(np.diff(carried, axis=0, prepend=carried[:1]))
        falls = np.zeros(market.shape)
        rows = slice(max(hit.window.start, 1), hit.window.stop)
        falls[rows] = np.minimum(returns[rows], 0.0)
        passed = falls @ self._weights(market)
        late = np.zeros(market.shape)
        late[self.lag :] = passed[: len(passed) - self.lag]
        return moved_by(market, np.cumsum(late * hit.sizes, axis=0))

    def _weights(self, market: MarketData) -> FloatArray:
        """(N, N) weights from the row's asset to the column's."""
        weights = np.zeros((len(market.assets), len(market.assets)))
        for source, hit in self.matrix.items():
            for name, weight in hit.items():
                for asset in (source, name):
                    if asset not in market.assets:
                        raise ParameterError(f"{self.kind}: no asset {quoted(asset)}{nearest(asset, market.assets)}")
                weights[market.assets.index(source), market.assets.index(name)] = weight
        return weights

"""What a model is given besides the columns of a row: the sessions that lead up to it, and further arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .models import OUTCOMES, windows


@dataclass(frozen=True, eq=False)
class Given:
    """What one kind of model is given, session by session.

    Attributes
    ----------
    window
        Sessions up to and with each row, 0 for none.
    side
        (T, ...) arrays by name; those of :data:`~.models.OUTCOMES` are given for training rows alone.
    """

    window: int = 0
    side: Mapping[str, FloatArray] = field(default_factory=dict)

    def to_learn(self, x: FloatArray, rows: IntArray) -> dict[str, FloatArray]:
        """Keywords of ``fit`` for some rows of x (T, K)."""
        return {name: array[rows] for name, array in self.side.items()} | self._windows(x, rows)

    def to_forecast(self, x: FloatArray, rows: IntArray) -> dict[str, FloatArray]:
        """Keywords of ``predict_proba``: nothing that is not known on the rows.

        Arrays are (n, ...), a row a session asked about.
        """
        held = {name: array[rows] for name, array in self.side.items() if name not in OUTCOMES}
        return held | self._windows(x, rows)

    def decisive(self, x: FloatArray, rows: IntArray) -> tuple[FloatArray, ...]:
        """What decides a model besides columns and labels of its rows; windows as the sessions they are cut from."""
        found = [np.asarray(self.side[name][rows], dtype=np.float64) for name in sorted(self.side)]
        if self.window and rows.size:
            first = max(int(rows.min()) + 1 - self.window, 0)
            found += [x[first : int(rows.max()) + 1], (rows - first).astype(np.float64)]
        return tuple(found)

    def _windows(self, x: FloatArray, rows: IntArray) -> dict[str, FloatArray]:
        return {"window": windows(x, rows, self.window)} if self.window else {}


#: For models that look at the columns of a row alone.
NOTHING = Given()

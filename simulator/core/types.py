"""Array types and the one way to freeze an array."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
SingleArray: TypeAlias = npt.NDArray[np.float32]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
DateArray: TypeAlias = npt.NDArray[np.datetime64]

SESSIONS_PER_YEAR = 252


def frozen(array: npt.ArrayLike, dtype: npt.DTypeLike = np.float64) -> npt.NDArray[Any]:
    """Return a C-contiguous, read-only copy of ``array`` (the same object if it already is one).

    Read-only and writable arrays are different types to numba: everything that enters a kernel as input is
    frozen, so that each kernel is compiled once.
    """
    result = np.ascontiguousarray(array, dtype=dtype)
    if result.flags.writeable:
        result = result.copy() if result is array or result.base is not None else result
        result.flags.writeable = False
    return result

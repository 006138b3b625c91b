"""Symmetric matrices made tridiagonal by LAPACK, without the interpreter's lock, which SciPy's own wrapper keeps."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, Final

import numpy as np

from simulator.core.types import FloatArray

_BLOCK: Final = 12  # columns at once: LAPACK would choose 32, which take a sixth longer at 252


def tridiagonal(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(n,) diagonal and (n - 1,) off-diagonal of a tridiagonal matrix with the same eigenvalues.

    Parameters
    ----------
    matrix
        (n, n) symmetric, contiguous, without NaN; overwritten. What lies below its diagonal is not read.

    Source: LAPACK's DSYTRD, as SciPy offers it to other compiled code (``scipy.linalg.cython_lapack``).
    """
    size = len(matrix)
    diagonal, beside, factors = np.empty(size), np.empty(size), np.empty(size)
    work, status = np.empty(_BLOCK * size), ctypes.c_int(0)
    n, room = ctypes.c_int(size), ctypes.c_int(work.size)
    _dsytrd()(
        b"L",
        *(ctypes.byref(n), matrix.ctypes.data, ctypes.byref(n), diagonal.ctypes.data, beside.ctypes.data),
        *(factors.ctypes.data, work.ctypes.data, ctypes.byref(room), ctypes.byref(status)),
    )
    assert status.value == 0, status.value  # it can only refuse arguments
    return diagonal, beside[: size - 1]


@cache
def _dsytrd() -> Any:
    """The routine; Fortran takes everything by reference."""
    import scipy.linalg.cython_lapack as lapack

    capsule = lapack.__pyx_capi__["dsytrd"]
    name, pointer = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    kinds = [ctypes.c_char_p, *[ctypes.c_void_p] * 9]
    return ctypes.CFUNCTYPE(None, *kinds)(pointer(capsule, name(capsule)))

"""Dense linear algebra without allocation, in loops that vectorise under strict arithmetic."""

from __future__ import annotations

import math

from simulator.core.jit import kernel
from simulator.core.types import FloatArray


@kernel
def multiply_nb(matrix: FloatArray, vector: FloatArray, out: FloatArray) -> None:
    """``out = matrix @ vector`` for a symmetric matrix; what is zero costs nothing.

    The matrix is (N, N), the vectors are (N,).
    """
    n = vector.shape[0]
    for i in range(n):
        out[i] = 0.0
    for j in range(n):
        factor = vector[j]
        if factor != 0.0:
            for i in range(n):
                out[i] += factor * matrix[j, i]


@kernel
def factor_nb(matrix: FloatArray, m: int) -> bool:
    """Cholesky's factor U, U'U = matrix, in place of the upper triangle of m rows; False if not positive.

    The matrix is at least (m, m).
    """
    for i in range(m):
        k = 0
        while k + 4 <= i:
            a, b, c, d = matrix[k, i], matrix[k + 1, i], matrix[k + 2, i], matrix[k + 3, i]
            for j in range(i, m):
                matrix[i, j] -= a * matrix[k, j] + b * matrix[k + 1, j] + c * matrix[k + 2, j] + d * matrix[k + 3, j]
            k += 4
        while k < i:
            a = matrix[k, i]
            for j in range(i, m):
                matrix[i, j] -= a * matrix[k, j]
            k += 1
        if not matrix[i, i] > 0.0:
            return False
        scale = 1.0 / math.sqrt(matrix[i, i])
        for j in range(i, m):
            matrix[i, j] *= scale
    return True


@kernel
def substitute_nb(factor: FloatArray, m: int, vector: FloatArray) -> None:
    """Solve ``U'U x = vector`` in place. The factor is at least (m, m), the vector (m,)."""
    for k in range(m):
        vector[k] /= factor[k, k]
        step = vector[k]
        for j in range(k + 1, m):
            vector[j] -= step * factor[k, j]
    for k in range(m - 1, -1, -1):
        total = vector[k]
        for j in range(k + 1, m):
            total -= factor[k, j] * vector[j]
        vector[k] = total / factor[k, k]

"""The multivariate t distribution: density, draws, and its degrees of freedom from moments or by likelihood.

Kotz and Nadarajah (2004), Multivariate t Distributions and Their Applications. With ``scatter`` S and ``dof`` v, the
covariance is S v / (v - 2) and the excess kurtosis of every margin 6 / (v - 4).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln

from simulator.core.types import FloatArray

#: Degrees of freedom are kept within these: below, fourth moments do not exist; above, it is a normal distribution.
LEAST_DOF: Final = 4.2
MOST_DOF: Final = 200.0


def log_density(x: FloatArray, mean: FloatArray, scatter: FloatArray, dof: float) -> tuple[FloatArray, FloatArray]:
    """(S,) log density of rows of ``x`` (S, N), and their squared Mahalanobis distances in terms of ``scatter``."""
    root = np.linalg.cholesky(scatter)
    z = solve_triangular(root, (x - mean).T, lower=True)
    squares: FloatArray = (z * z).sum(axis=0)
    count = x.shape[1]
    constant = gammaln((dof + count) / 2.0) - gammaln(dof / 2.0) - count / 2.0 * np.log(dof * np.pi)
    density = constant - np.log(np.diag(root)).sum() - (dof + count) / 2.0 * np.log1p(squares / dof)
    return density, squares


def standard_t(shape: tuple[int, int], dof: FloatArray | float, rng: np.random.Generator) -> FloatArray:
    """(L, N) rows of independent normals over one common chi: unit covariance, excess kurtosis 6 / (dof - 4).

    ``dof`` is one number, or one a row.
    """
    normal = rng.standard_normal(shape)
    freedom = np.broadcast_to(np.asarray(dof, dtype=np.float64), shape[:1])
    return normal * np.sqrt((freedom - 2.0) / rng.chisquare(freedom))[:, None]


def dof_of_kurtosis(excess: float) -> float:
    """The degrees of freedom of a t with this excess kurtosis."""
    return float(np.clip(4.0 + 6.0 / max(excess, 1e-6), LEAST_DOF, MOST_DOF))


def mixed(rows: FloatArray, roots: FloatArray) -> FloatArray:
    """(L, N) rows times the transpose of a root (N, N), or of one a row (L, N, N), in one order on every machine."""
    by_row = "lij,lj->li" if roots.ndim == 3 else "ij,lj->li"
    return np.einsum(by_row, roots, rows)

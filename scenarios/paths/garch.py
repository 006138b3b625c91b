"""GARCH(1,1) with t innovations, joined by constant correlations or by dynamic ones (DCC)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.signal import lfilter
from scipy.special import gammaln
from threadpoolctl import threadpool_limits

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray

from .drawn import NONE, Drawn
from .history import History, sessions_a_year
from .response import Responses, drivers
from .student import LEAST_DOF, MOST_DOF, mixed, standard_t

#: Shocks to volatility fade at least so fast, or there would be no usual volatility.
_MOST_LASTING: Final = 0.999
#: Dynamic correlations keep a matrix a session.
_MOST_ASSETS: Final = 40


@dataclass(frozen=True, kw_only=True)
class Garch:
    """GARCH(1,1) (Bollerslev 1986) by asset with t innovations, by maximum likelihood.

    Variances are targeted: the usual one of each asset is that of history (Engle and Mezrich 1996), and so is its mean.
    Innovations of a session are jointly t with common degrees of freedom.

    Parameters
    ----------
    correlation
        ``"constant"`` (Bollerslev 1990), or ``"dcc"``: dynamic, by Engle (2002), which takes some ten times as long.
    """

    correlation: Literal["constant", "dcc"] = "constant"

    def fit(self, history: History) -> FittedGarch:
        """Fit it on a history.

        Raises
        ------
        ParameterError
            If there are too many assets for dynamic correlations.
        """
        if self.correlation == "dcc" and len(history.scale) > _MOST_ASSETS:
            raise ParameterError(
                f"garch: correlation=dcc keeps a matrix for every session, for {_MOST_ASSETS} assets at most; this "
                f"market has {len(history.scale)}: take correlation=constant"
            )
        with threadpool_limits(limits=1):  # one order of summation on every machine
            mean = history.returns.mean(axis=0)
            rest = history.returns - mean
            law = np.array([_univariate(column) for column in (rest / history.scale).T])
            usual = rest.var(axis=0)
            variances = filtered(rest, law, usual)
            size = np.sqrt(variances[:-1])
            shocks = np.divide(rest, size, out=np.zeros_like(rest), where=size > 0.0)
            pace, target, matrices = _correlations(shocks, self.correlation)
            dof = _dof(shocks, matrices[:-1])
            x = drivers(_state(variances[:-1], usual), shocks)
            responses = Responses.fit(history, x)
        return FittedGarch(history, mean, usual, law, pace, target, dof, variances, matrices, responses)


@dataclass(frozen=True, eq=False)
class FittedGarch:
    """The parameters. A state is the variances and correlations expected of the next session, and residuals.

    Attributes
    ----------
    history
        What it was fitted on.
    mean, usual
        (N,) mean and variance of log returns a session.
    law
        (N, 2) weight of the last squared surprise and of the last variance (alpha, beta).
    pace
        The same for correlations (a, b); zeros where they are constant.
    target
        (N, N) usual correlations of innovations.
    dof
        Degrees of freedom of innovations.
    variances, matrices
        (S + 1, N) expected variances, (S + 1, N, N) driving matrices of correlations (one row where they are constant);
        row t + 1 is what session t left.
    responses
        Volumes and spreads.
    """

    history: History
    mean: FloatArray
    usual: FloatArray
    law: FloatArray
    pace: tuple[float, float]
    target: FloatArray
    dof: float
    variances: FloatArray
    matrices: FloatArray
    responses: Responses

    @property
    def is_constant(self) -> bool:
        """Whether correlations are."""
        return self.pace == (0.0, 0.0)

    def start(self, rng: np.random.Generator) -> Any:
        """What one of the sessions of history left."""
        return self.after(int(rng.integers(self.history.rows.size)))

    def after(self, row: int) -> Any:
        """What a session of history left."""
        matrix = self.target if self.is_constant else self.matrices[row + 1]
        return self.variances[row + 1], matrix, self.responses.after(row)

    def draw(self, state: Any, sessions: int, rng: np.random.Generator) -> tuple[Drawn, Any]:
        """Innovations, returns, then volumes and spreads. Arrays are (sessions, N)."""
        variance, matrix, rest = state
        noise = standard_t((sessions, self.mean.size), self.dof, rng)
        if self.is_constant:
            shocks = mixed(noise, _root(matrix))
        else:
            shocks, matrix = _dynamic(noise, matrix, self.target, self.pace)
        surprises, variances, variance = _recursion(shocks, variance, self.law, self.usual)
        x = drivers(_state(variances, self.usual), shocks)
        volume, spread, rest = self.responses.draw(x, rest, rng)
        return Drawn(self.mean + surprises, volume, spread, np.full(sessions, NONE)), (variance, matrix, rest)

    def notes(self) -> list[str]:
        """What it is."""
        lasting = self.law.sum(axis=1)
        joint = (
            "constant correlations (Bollerslev 1990)" if self.is_constant else "dynamic correlations (DCC, Engle 2002)"
        )
        return [
            f"Paths: GARCH(1,1) with t innovations ({self.dof:.1f} degrees of freedom) and {joint}, fitted on "
            f"{self.history.span}; {lasting.min():.3f} to {lasting.max():.3f} of a surprise in variance is left a "
            "session later. Usual means and variances are those of history; volumes and spreads follow volatility and "
            "the size of surprises, with residuals that last.",
        ]

    def figures(self) -> Mapping[str, Any]:
        """Parameters by asset, in annual terms where that is how people read them."""
        year, assets = sessions_a_year(self.history.market), self.history.market.assets
        rows = zip(assets, self.law.tolist(), (self.mean * year).tolist(), np.sqrt(self.usual * year), strict=True)
        return {
            "assets": {
                name: {"alpha": alpha, "beta": beta, "mean_a_year": mean, "volatility_a_year": float(size)}
                for name, (alpha, beta), mean, size in rows
            },
            "dof": self.dof,
            "correlation": self.target.tolist(),
            "dcc": None if self.is_constant else {"a": self.pace[0], "b": self.pace[1]},
        }


def filtered(surprises: FloatArray, law: FloatArray, usual: FloatArray) -> FloatArray:
    """(S + 1, N) expected variances, from the usual one on.

    ``surprises`` are (S, N), ``law`` (N, 2) alpha and beta, ``usual`` (N,); a fraction squared a session.
    """
    constant = usual * (1.0 - law.sum(axis=1))
    found = np.empty((len(surprises) + 1, usual.size))
    found[0] = usual
    for asset, (alpha, beta) in enumerate(law):
        pushed = constant[asset] + alpha * surprises[:, asset] ** 2
        found[1:, asset] = lfilter([1.0], [1.0, -beta], pushed, zi=[beta * usual[asset]])[0]
    return found


def _univariate(x: FloatArray) -> tuple[float, float]:
    """Alpha and beta of one asset's returns, without their mean and in units of their standard deviation.

    By maximum likelihood with t innovations, the usual variance held at one. Where it is free, as in ``arch``, prices
    of 2008 make many assets all but integrated, and no variance is usual.
    """
    if not np.any(x):
        return 0.0, 0.0
    one = np.ones(1)

    def loss(raw: FloatArray) -> float:
        variance = filtered(x[:, None], np.array([_paced(raw[:2])]), one)[:-1, 0]
        dof = 2.05 + float(np.exp(raw[2]))
        constant = gammaln((dof + 1.0) / 2.0) - gammaln(dof / 2.0) - 0.5 * np.log((dof - 2.0) * np.pi)
        tail = (dof + 1.0) / 2.0 * np.log1p(x * x / variance / (dof - 2.0))
        return float(-(constant - 0.5 * np.log(variance) - tail).sum())

    found = minimize(loss, np.array([-2.5, 4.0, 1.5]), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-4})
    return _paced(found.x[:2])


def _state(variances: FloatArray, usual: FloatArray) -> FloatArray:
    """(L, N, 2) a constant, and log volatility over the usual one."""
    level = 0.5 * np.log(np.divide(variances, usual, out=np.ones_like(variances), where=usual > 0.0))
    return np.stack([np.ones_like(level), level], axis=-1)


def _correlations(shocks: FloatArray, kind: str) -> tuple[tuple[float, float], FloatArray, FloatArray]:
    """Pace, usual correlations (N, N), and driving matrices (S + 1, N, N); one of these where they are constant."""
    target = _scaled(shocks.T @ shocks / len(shocks) + 1e-9 * np.eye(shocks.shape[1]))
    if kind == "constant":
        return (0.0, 0.0), target, np.broadcast_to(target, (2, *target.shape))
    outer = np.einsum("ti,tj->tij", shocks, shocks)

    def loss(raw: FloatArray) -> float:
        a, b = _paced(raw)
        matrices = _scaled(driven(outer, target, (a, b))[:-1])
        squares = np.einsum("ti,ti->t", shocks, np.linalg.solve(matrices, shocks[..., None])[..., 0])
        return float(np.linalg.slogdet(matrices)[1].sum() + squares.sum())

    found = minimize(loss, np.array([-3.0, 3.0]), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-3})
    pace = _paced(found.x)
    return pace, target, driven(outer, target, pace)


def _paced(raw: FloatArray) -> tuple[float, float]:
    """Any two numbers as a, b >= 0 with a + b below one: (how much lasts) split into what is new and what is old."""
    lasting = _MOST_LASTING / (1.0 + np.exp(-raw[1]))
    new = lasting / (1.0 + np.exp(-raw[0]))
    return float(new), float(lasting - new)


def driven(outer: FloatArray, target: FloatArray, pace: tuple[float, float]) -> FloatArray:
    """(S + 1, N, N) Q of Engle (2002), eq. 23, from the target on.

    ``outer`` is (S, N, N), ``target`` (N, N); a row a session.
    """
    a, b = pace
    pushed = (1.0 - a - b) * target + a * outer
    later = lfilter([1.0], [1.0, -b], pushed, axis=0, zi=b * target[None])[0]
    return np.concatenate([target[None], later])


def _scaled(matrices: FloatArray) -> FloatArray:
    """Matrices as correlations."""
    size = np.sqrt(np.einsum("...ii->...i", matrices))
    safe = np.where(size > 0.0, size, 1.0)
    return np.asarray(matrices / (safe[..., :, None] * safe[..., None, :]), dtype=np.float64)


def _dof(shocks: FloatArray, matrices: FloatArray) -> float:
    """Common degrees of freedom of jointly t innovations of unit variance, by likelihood."""
    correlation = _scaled(matrices)
    whole = correlation if len(correlation) == len(shocks) else correlation[0]
    solved = (
        np.linalg.solve(whole, shocks[..., None])[..., 0] if whole.ndim == 3 else np.linalg.solve(whole, shocks.T).T
    )
    squares, count = np.einsum("ti,ti->t", shocks, solved), shocks.shape[1]

    def loss(dof: float) -> float:
        constant = gammaln((dof + count) / 2.0) - gammaln(dof / 2.0) - count / 2.0 * np.log((dof - 2.0) * np.pi)
        return float(-(constant - (dof + count) / 2.0 * np.log1p(squares / (dof - 2.0))).sum())

    return float(minimize_scalar(loss, bounds=(LEAST_DOF, MOST_DOF), method="bounded").x)


def _root(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.cholesky(_scaled(matrix)), dtype=np.float64)


def _dynamic(
    noise: FloatArray, matrix: FloatArray, target: FloatArray, pace: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """(L, N) innovations whose correlations follow them, and the driving matrix that they leave."""
    a, b = pace
    shocks, constant = np.empty_like(noise), (1.0 - a - b) * target
    for t, row in enumerate(noise):
        shocks[t] = (_root(matrix) * row).sum(axis=1)
        matrix = constant + a * np.outer(shocks[t], shocks[t]) + b * matrix
    return shocks, matrix


def _recursion(
    shocks: FloatArray, variance: FloatArray, law: FloatArray, usual: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(L, N) surprises and the variances expected of them, and those expected next (N,)."""
    constant = usual * (1.0 - law.sum(axis=1))
    squares, growth = shocks**2, np.empty_like(shocks)
    growth = law[:, 0] * squares + law[:, 1]
    variances = np.empty_like(shocks)
    for t, grown in enumerate(growth):
        variances[t] = variance
        variance = constant + grown * variance
    return shocks * np.sqrt(variances), variances, variance

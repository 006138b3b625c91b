"""GARCH(1,1), with leverage if asked, joined by constant or dynamic correlations; innovations are t or history's."""

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
#: Where leverage is first looked for: an eighth of what is new in a variance.
_FEW_FALLS: Final = -2.0


@dataclass(frozen=True, kw_only=True)
class Garch:
    """GARCH(1,1) (Bollerslev 1986) by asset with t innovations, by maximum likelihood.

    Variances are targeted: the usual one of each asset is that of history (Engle and Mezrich 1996), and so is its mean.

    Parameters
    ----------
    correlation
        ``"constant"`` (Bollerslev 1990), or ``"dcc"``: dynamic, by Engle (2002), which takes some ten times as long.
    innovations
        ``"t"``: those of a session are jointly t with common degrees of freedom. ``"history"``: those of a session of
        history, all assets at once, with their skew and tails (filtered historical simulation, Barone-Adesi,
        Giannopoulos and Vosper 1999).
    leverage
        Whether a fall moves the variance more than a rise does (Glosten, Jagannathan and Runkle 1993).
    """

    correlation: Literal["constant", "dcc"] = "constant"
    innovations: Literal["t", "history"] = "t"
    leverage: bool = False

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
            usual, falls = rest.var(axis=0), np.full(rest.shape[1], 0.5)
            law = _laws(rest / history.scale, falls, self.leverage)
            shocks, variances = _standardised(rest, law, usual, falls)
            if self.leverage and self.innovations == "history":  # falls of history need not be half of its squares
                falls = _falls(shocks)
                law = _laws(rest / history.scale, falls, self.leverage)
                shocks, variances = _standardised(rest, law, usual, falls)
            pace, target, matrices = _correlations(shocks, self.correlation)
            own = self.innovations == "history"
            pool = _whitened(shocks, target, matrices) if own else None
            dof = None if own else _dof(shocks, matrices[:-1])
            x = drivers(_state(variances[:-1], usual), shocks)
            responses = Responses.fit(history, x)
        return FittedGarch(history, mean, usual, law, pace, target, dof, variances, matrices, responses, falls, pool)


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
        (N, 3) weight of the last squared surprise, of the last variance, and, of a fall besides, of its square (alpha,
        beta, gamma).
    pace
        The same for correlations (a, b); zeros where they are constant.
    target
        (N, N) usual correlations of innovations.
    dof
        Degrees of freedom of innovations; ``None`` where they are history's.
    variances, matrices
        (S + 1, N) expected variances, (S + 1, N, N) driving matrices of correlations (one row where they are constant);
        row t + 1 is what session t left.
    responses
        Volumes and spreads.
    falls
        (N,) share of squared innovations that are falls.
    pool
        (S, N) uncorrelated innovations of history, a row a session; ``None`` where they are t.
    """

    history: History
    mean: FloatArray
    usual: FloatArray
    law: FloatArray
    pace: tuple[float, float]
    target: FloatArray
    dof: float | None
    variances: FloatArray
    matrices: FloatArray
    responses: Responses
    falls: FloatArray
    pool: FloatArray | None = None

    @property
    def lasting(self) -> FloatArray:
        """(N,) share of a surprise in variance that is left a session later."""
        return _lasting(self.law, self.falls)

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
        noise = self._noise(sessions, rng)
        if self.is_constant:
            shocks = mixed(noise, _root(matrix))
        else:
            shocks, matrix = _dynamic(noise, matrix, self.target, self.pace)
        surprises, variances, variance = _recursion(shocks, variance, self.law, self.usual, self.falls)
        x = drivers(_state(variances, self.usual), shocks)
        volume, spread, rest = self.responses.draw(x, rest, rng)
        return Drawn(self.mean + surprises, volume, spread, np.full(sessions, NONE)), (variance, matrix, rest)

    def _noise(self, sessions: int, rng: np.random.Generator) -> FloatArray:
        """(L, N) innovations before they are correlated."""
        if self.pool is not None:
            return self.pool[rng.integers(len(self.pool), size=sessions)]
        return standard_t((sessions, self.mean.size), MOST_DOF if self.dof is None else self.dof, rng)

    def notes(self) -> list[str]:
        """What it is."""
        lasting = self.lasting
        innovations = (
            f"t innovations ({self.dof:.1f} degrees of freedom)"
            if self.dof is not None
            else "the innovations of history, a session's at once (filtered historical simulation)"
        )
        name = "GJR-GARCH(1,1)" if self.law[:, 2].any() else "GARCH(1,1)"
        joint = (
            "constant correlations (Bollerslev 1990)" if self.is_constant else "dynamic correlations (DCC, Engle 2002)"
        )
        return [
            f"Paths: {name} with {innovations} and {joint}, fitted on "
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
                name: {
                    "alpha": alpha,
                    "beta": beta,
                    **({"gamma": gamma} if self.law[:, 2].any() else {}),
                    "mean_a_year": mean,
                    "volatility_a_year": float(size),
                }
                for name, (alpha, beta, gamma), mean, size in rows
            },
            "dof": self.dof,
            "correlation": self.target.tolist(),
            "dcc": None if self.is_constant else {"a": self.pace[0], "b": self.pace[1]},
        }


def filtered(surprises: FloatArray, law: FloatArray, usual: FloatArray, falls: FloatArray) -> FloatArray:
    """(S + 1, N) expected variances, from the usual one on.

    ``surprises`` are (S, N), ``law`` (N, 3) alpha, beta and gamma, ``usual`` (N,); a fraction squared a session.
    ``falls`` are (N,) shares of squared innovations that are falls.
    """
    constant = usual * (1.0 - _lasting(law, falls))
    found = np.empty((len(surprises) + 1, usual.size))
    found[0] = usual
    for asset, (alpha, beta, gamma) in enumerate(law):
        column = surprises[:, asset]
        pushed = constant[asset] + (alpha + gamma * (column < 0.0)) * column**2
        found[1:, asset] = lfilter([1.0], [1.0, -beta], pushed, zi=[beta * usual[asset]])[0]
    return found


def _lasting(law: FloatArray, falls: FloatArray) -> FloatArray:
    return np.asarray(law[:, 0] + law[:, 1] + law[:, 2] * falls, dtype=np.float64)


def _standardised(
    rest: FloatArray, law: FloatArray, usual: FloatArray, falls: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(S, N) surprises over the volatility that was expected of them, and expected variances (S + 1, N)."""
    variances = filtered(rest, law, usual, falls)
    size = np.sqrt(variances[:-1])
    return np.divide(rest, size, out=np.zeros_like(rest), where=size > 0.0), variances


def _falls(shocks: FloatArray) -> FloatArray:
    """(N,) share of squared innovations that are falls, once they have no mean; a half of one that never moves."""
    away = shocks - shocks.mean(axis=0)
    total = (away**2).sum(axis=0)
    share: FloatArray = np.full(total.size, 0.5)
    np.divide((np.minimum(away, 0.0) ** 2).sum(axis=0), total, out=share, where=total > 0.0)
    return share


def _whitened(shocks: FloatArray, target: FloatArray, matrices: FloatArray) -> FloatArray:
    """(S, N) innovations of history without mean, of unit variance, and without the correlations expected of them."""
    away = shocks - shocks.mean(axis=0)
    size = away.std(axis=0)
    away = away / np.where(size > 0.0, size, 1.0)
    if len(matrices) != len(shocks) + 1:
        return np.asarray(np.linalg.solve(_root(target), away.T).T, dtype=np.float64)
    roots = np.linalg.cholesky(_scaled(matrices[:-1]))
    return np.asarray(np.linalg.solve(roots, away[..., None])[..., 0], dtype=np.float64)


def _laws(x: FloatArray, falls: FloatArray, leverage: bool) -> FloatArray:
    """(N, 3) alpha, beta and gamma of each asset."""
    return np.array([_univariate(column, share, leverage) for column, share in zip(x.T, falls.tolist(), strict=True)])


def _univariate(x: FloatArray, falls: float, leverage: bool) -> tuple[float, float, float]:
    """Alpha, beta and gamma of one asset's returns, without their mean and in units of their standard deviation.

    By maximum likelihood with t innovations, the usual variance held at one. Where it is free, as in ``arch``, prices
    of 2008 make many assets all but integrated, and no variance is usual.
    """
    if not np.any(x):
        return 0.0, 0.0, 0.0
    one, share = np.ones(1), np.array([falls])

    def loss(raw: FloatArray) -> float:
        variance = filtered(x[:, None], np.array([_weights(raw, falls)]), one, share)[:-1, 0]
        dof = 2.05 + float(np.exp(raw[2]))
        constant = gammaln((dof + 1.0) / 2.0) - gammaln(dof / 2.0) - 0.5 * np.log((dof - 2.0) * np.pi)
        tail = (dof + 1.0) / 2.0 * np.log1p(x * x / variance / (dof - 2.0))
        return float(-(constant - 0.5 * np.log(variance) - tail).sum())

    found = np.array([-2.5, 4.0, 1.5])
    for rest in ([], [_FEW_FALLS]) if leverage else ([],):  # from what is likeliest without leverage
        found = minimize(loss, np.append(found, rest), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-4}).x
    return _weights(found, falls)


def _weights(raw: FloatArray, falls: float) -> tuple[float, float, float]:
    """Any numbers as alpha, beta and gamma >= 0 of which less than all lasts; ``falls`` of gamma does.

    The fourth number is for gamma; it is 0 without one.
    """
    new, old = _paced(raw[:2])
    if raw.size == 3:
        return new, old, 0.0
    own = new / (1.0 + np.exp(-raw[3]))  # what falls move besides
    return float(new - own), old, float(own / falls)


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
    shocks: FloatArray, variance: FloatArray, law: FloatArray, usual: FloatArray, falls: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(L, N) surprises and the variances expected of them, and those expected next (N,)."""
    constant = usual * (1.0 - _lasting(law, falls))
    growth = (law[:, 0] + law[:, 2] * (shocks < 0.0)) * shocks**2 + law[:, 1]
    variances = np.empty_like(shocks)
    for t, grown in enumerate(growth):
        variances[t] = variance
        variance = constant + grown * variance
    return shocks * np.sqrt(variances), variances, variance

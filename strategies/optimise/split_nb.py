"""Forward-backward splitting with momentum and an adaptive step, finished by Newton steps on the face it finds."""

from __future__ import annotations

import math
from typing import Final

from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray

from .certify_nb import gap_nb, objective_nb
from .dense_nb import multiply_nb
from .newton_nb import newton_nb
from .project_nb import project_nb

#: Vectors that the kernel works in.
ROOM: Final = 10
#: Places in the figures.
OBJECTIVE: Final = 0
GAP: Final = 1
SIZE: Final = 2
STEPS: Final = 3
FIGURES: Final = 4

_SHRINK: Final = 0.9
_GROW: Final = 2.0
_BACKTRACKS: Final = 60
_NEWTON_EVERY: Final = 10
_NEWTON_STEPS: Final = 12
_SHARES: Final = (1.0, 0.25, 0.0625)
_SMALL: Final = 1e-6
_ROUNDING: Final = 1e-12
#: A Newton step costs little and gains half of all digits: they go on to this share of the tolerance.
_FINISH: Final = 1e-4


@kernel(inline=True)
def relative_nb(gap: float, objective: float, size: float) -> float:
    """A gap over the objective's size, at least a millionth of the sum of its terms' sizes.

    Where all terms are 0 there is nothing to be relative to: 0 if the gap is no more than rounding.
    """
    scale = max(abs(objective), _SMALL * size)
    return gap / scale if scale > 0.0 else (0.0 if gap <= _ROUNDING else math.inf)


@kernel
def answer_nb(
    rho: float,
    lead: FloatArray,
    lead_image: FloatArray,
    expected: FloatArray,
    covariance: FloatArray,
    spread: FloatArray,
    impact: FloatArray,
    risk_aversion: float,
    max_turnover: float,
    held: FloatArray,
    short: float,
    prices: FloatArray,
    pull: FloatArray,
    trial: FloatArray,
    trial_image: FloatArray,
) -> None:
    """A step of splitting from ``lead``: down the slope of risk and return, then the prox of costs and constraints.

    Arrays are (N,), ``covariance`` (N, N), ``prices`` (3,); weights are fractions of the book.
    """
    for i in range(lead.shape[0]):
        pull[i] = rho * (lead[i] - held[i]) - 2.0 * risk_aversion * lead_image[i] + expected[i]
    project_nb(rho, pull, spread, impact, held, short, max_turnover, prices, trial)
    multiply_nb(covariance, trial, trial_image)


@kernel
def bends_nb(trial: FloatArray, trial_image: FloatArray, lead: FloatArray, lead_image: FloatArray) -> float:
    """Curvature of the covariance along a step: ``d'Sd / d'd``, 0 without a step.

    Arrays are (N,); in units of the covariance.
    """
    curved, square = 0.0, 0.0
    for i in range(trial.shape[0]):
        away = trial[i] - lead[i]
        curved += away * (trial_image[i] - lead_image[i])
        square += away * away
    return curved / square if square > 0.0 else 0.0


@kernel
def advance_nb(
    momentum: float,
    trial: FloatArray,
    trial_image: FloatArray,
    weights: FloatArray,
    image: FloatArray,
    lead: FloatArray,
    lead_image: FloatArray,
) -> float:
    """Accept a step and lead on from it; begin anew where the last one went back. Returns the new momentum.

    Arrays are (N,).
    """
    back = 0.0
    for i in range(trial.shape[0]):
        back += (lead[i] - trial[i]) * (trial[i] - weights[i])
    following = 0.5 * (1.0 + math.sqrt(1.0 + 4.0 * momentum * momentum))
    factor = (momentum - 1.0) / following
    if back > 0.0:
        factor, following = 0.0, 1.0
    for i in range(trial.shape[0]):
        lead[i] = trial[i] + factor * (trial[i] - weights[i])
        lead_image[i] = trial_image[i] + factor * (trial_image[i] - image[i])
        weights[i], image[i] = trial[i], trial_image[i]
    return following


@kernel
def solve_nb(
    expected: FloatArray,
    covariance: FloatArray,
    spread: FloatArray,
    impact: FloatArray,
    risk_aversion: float,
    max_turnover: float,
    held: FloatArray,
    rho: float,
    tolerance: float,
    most: int,
    room: FloatArray,
    system: FloatArray,
    face: IntArray,
    prices: FloatArray,
    weights: FloatArray,
    figures: FloatArray,
) -> None:
    """Improve ``weights`` until the relative duality gap is within ``tolerance``, or ``most`` steps were taken.

    Arrays are (N,), ``covariance`` and ``system`` (N, N); weights are fractions of the book.

    ``rho`` is the curvature to begin with: it shrinks a little every step and doubles where a step's own is above it.
    """
    n = expected.shape[0]
    image, lead, lead_image, pull = room[0], room[1], room[2], room[3]
    trial, trial_image, spare, step, first, second = room[4], room[5], room[6], room[7], room[8], room[9]
    short, floor, momentum = 1.0, 1e-9 * rho, 1.0
    for i in range(n):
        short -= held[i]
        lead[i] = weights[i]
    multiply_nb(covariance, lead, lead_image)
    for k in range(most + 1):
        for _ in range(_BACKTRACKS):
            answer_nb(
                rho, lead, lead_image, expected, covariance, spread, impact, risk_aversion, max_turnover, held, short,
                prices, pull, trial, trial_image,
            )  # fmt: skip
            if k == 0 or 2.0 * risk_aversion * bends_nb(trial, trial_image, lead, lead_image) <= rho * (1.0 + 1e-9):
                break
            rho *= _GROW
        if k == 0:  # whatever the start was, this is within the constraints
            for i in range(n):
                lead[i], lead_image[i] = trial[i], trial_image[i]
                weights[i], image[i] = trial[i], trial_image[i]
        else:
            momentum = advance_nb(momentum, trial, trial_image, weights, image, lead, lead_image)
            rho = max(rho * _SHRINK, floor)
        if k % _NEWTON_EVERY:
            continue
        objective, size = objective_nb(weights, image, risk_aversion, expected, spread, impact, held)
        gap = gap_nb(weights, image, risk_aversion, expected, spread, impact, held, max_turnover, prices)
        for _ in range(_NEWTON_STEPS if k > 0 else 0):
            if relative_nb(gap, objective, size) <= _FINISH * tolerance:
                break
            m = newton_nb(
                weights, image, covariance, risk_aversion, expected, spread, impact, held, prices, face, system,
                step, first, second,
            )  # fmt: skip
            value, value_size = math.inf, 0.0
            for share in _SHARES:
                if m == 0:
                    break
                for i in range(n):
                    spare[i] = weights[i]
                for a in range(m):
                    spare[face[a]] += share * step[a]
                multiply_nb(covariance, spare, trial_image)
                answer_nb(
                    rho, spare, trial_image, expected, covariance, spread, impact, risk_aversion, max_turnover, held,
                    short, prices, pull, trial, trial_image,
                )  # fmt: skip
                value, value_size = objective_nb(trial, trial_image, risk_aversion, expected, spread, impact, held)
                if value < objective:
                    break
            if not value < objective:
                break
            objective, size, momentum = value, value_size, 1.0
            for i in range(n):
                weights[i], image[i] = trial[i], trial_image[i]
                lead[i], lead_image[i] = trial[i], trial_image[i]
            gap = gap_nb(weights, image, risk_aversion, expected, spread, impact, held, max_turnover, prices)
        figures[OBJECTIVE], figures[GAP], figures[SIZE], figures[STEPS] = objective, gap, size, k
        if relative_nb(gap, objective, size) <= tolerance:
            break

"""The closed forms of Almgren & Chriss (2001), "Optimal execution of portfolio transactions", and the kernel's cost.

Equation numbers are the paper's. Time is in slices: tau = 1, T = n.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss, Execution, MarketData, ParameterError, RunResult, simulate
from simulator.costs.trajectory import Trajectory, optimal_trajectory
from simulator.costs.trajectory_nb import holding_nb, kappa_nb, linear_impact_nb
from strategies import Hold

#: The paper's example (its table 1): a million shares at 50, sold over five days.
PAPER = {"sigma": 0.95, "eta": 2.5e-6, "gamma": 2.5e-7, "epsilon": 0.0625}
X, N = 1e6, 5
CASES = [
    (X, N, PAPER, 1e-6),
    (X, 20, PAPER, 1e-7),
    (-3e5, 7, PAPER, 4e-6),
    (2e4, 3, {"sigma": 0.3, "eta": 1e-5, "gamma": 0.0, "epsilon": 0.01}, 2e-5),
    (1.0, 50, {"sigma": 1.0, "eta": 1.0, "gamma": 1.0, "epsilon": 0.0}, 0.05),
]


def kappa_of(terms: dict[str, float], risk_aversion: float) -> float:
    """Equation 17: 2 (cosh(kappa) - 1) = lambda sigma^2 / (eta - gamma / 2)."""
    return float(np.arccosh(1.0 + 0.5 * risk_aversion * terms["sigma"] ** 2 / (terms["eta"] - 0.5 * terms["gamma"])))


@pytest.mark.parametrize(("position", "n", "terms", "risk_aversion"), CASES)
def test_holdings_are_the_sinh_solution(position, n, terms, risk_aversion):
    found = optimal_trajectory(position, n, risk_aversion=risk_aversion, **terms)
    kappa, j = kappa_of(terms, risk_aversion), np.arange(n + 1)
    assert found.kappa == pytest.approx(kappa, rel=1e-12)
    assert np.abs(found.holdings / position - np.sinh(kappa * (n - j)) / np.sinh(kappa * n)).max() < 1e-12
    assert found.holdings[0] == position
    assert found.holdings[-1] == 0.0


@pytest.mark.parametrize(("position", "n", "terms", "risk_aversion"), CASES)
def test_trades_are_the_cosh_solution(position, n, terms, risk_aversion):
    # Equation 18: n_j = 2 sinh(kappa / 2) / sinh(kappa T) cosh(kappa (T - t_(j - 1/2))) X
    found = optimal_trajectory(position, n, risk_aversion=risk_aversion, **terms)
    kappa, j = kappa_of(terms, risk_aversion), np.arange(1, n + 1)
    trades = 2.0 * np.sinh(0.5 * kappa) / np.sinh(kappa * n) * np.cosh(kappa * (n - j + 0.5)) * position
    assert np.abs(found.trades / trades - 1.0).max() < 1e-11
    assert found.trades.sum() == pytest.approx(position, rel=1e-14)


@pytest.mark.parametrize(("position", "n", "terms", "risk_aversion"), CASES)
def test_expected_cost_and_variance_are_the_closed_forms(position, n, terms, risk_aversion):
    # Equation 20, for the optimum.
    found = optimal_trajectory(position, n, risk_aversion=risk_aversion, **terms)
    k, tilde = kappa_of(terms, risk_aversion), terms["eta"] - 0.5 * terms["gamma"]
    bulk = np.tanh(0.5 * k) * (np.sinh(2.0 * k * n) + 2.0 * n * np.sinh(k)) / (2.0 * np.sinh(k * n) ** 2)
    cost = 0.5 * terms["gamma"] * position**2 + terms["epsilon"] * abs(position) + tilde * position**2 * bulk
    spread = (np.sinh(k * n) * np.cosh(k * (n - 1)) - n * np.sinh(k)) / (np.sinh(k * n) ** 2 * np.sinh(k))
    variance = 0.5 * terms["sigma"] ** 2 * position**2 * spread
    assert found.expected_cost == pytest.approx(cost, rel=1e-12)
    assert found.variance == pytest.approx(variance, rel=1e-11)


@pytest.mark.parametrize(("position", "n", "terms", "risk_aversion"), CASES)
def test_expected_cost_and_variance_are_the_sums_they_stand_for(position, n, terms, risk_aversion):
    # Equations 4 and 5: E = sum x_k g(n_k) + sum n_k h(n_k), V = sigma^2 sum x_k^2, g(v) = gamma v,
    # h(v) = epsilon sign(v) + eta v.
    found = optimal_trajectory(position, n, risk_aversion=risk_aversion, **terms)
    x, trades = found.holdings, found.trades
    cost = sum(x[k] * terms["gamma"] * trades[k - 1] for k in range(1, n + 1))
    cost += sum(v * (terms["epsilon"] * np.sign(v) + terms["eta"] * v) for v in trades)
    assert found.expected_cost == pytest.approx(cost, rel=1e-12)
    assert found.variance == pytest.approx(terms["sigma"] ** 2 * sum(x[k] ** 2 for k in range(1, n + 1)), rel=1e-12)


def test_the_paper_s_example():
    # "For risk aversion 1e-6 ... kappa is about 0.61 a day" (section 3.2 with table 1).
    assert optimal_trajectory(X, N, risk_aversion=1e-6, **PAPER).kappa == pytest.approx(0.61, abs=0.005)


def test_no_other_trajectory_is_better():
    rng = np.random.default_rng(1)
    for position, n, terms, risk_aversion in CASES:
        best = optimal_trajectory(position, n, risk_aversion=risk_aversion, **terms)
        for size in (1e-3, 1e-1):
            moved = best.holdings.copy()
            moved[1:-1] += size * position * rng.normal(size=n - 1)
            assert utility(moved, terms, risk_aversion) > utility(best.holdings, terms, risk_aversion)


def utility(x: np.ndarray, terms: dict[str, float], risk_aversion: float) -> float:
    trades = -np.diff(x)
    cost = (x[1:] * terms["gamma"] * trades).sum() + terms["epsilon"] * abs(x[0]) + terms["eta"] * (trades**2).sum()
    return float(cost + risk_aversion * terms["sigma"] ** 2 * (x[1:] ** 2).sum())


def test_without_risk_aversion_it_is_the_straight_line():
    straight = X * (1.0 - np.arange(N + 1) / N)
    assert optimal_trajectory(X, N, risk_aversion=0.0, **PAPER).holdings == pytest.approx(straight, rel=1e-15)
    # ... and it gets there continuously: the gap shrinks with lambda, without a step where the formula changes.
    gaps = [
        np.abs(optimal_trajectory(X, N, risk_aversion=risk, **PAPER).holdings / X - straight / X).max()
        for risk in (1e-9, 1e-12, 1e-15, 1e-18, 1e-21, 1e-24)
    ]
    assert gaps[0] == pytest.approx(1000.0 * gaps[1], rel=0.01)
    assert all(gap < 1e-9 for gap in gaps[2:])
    cost = 0.5 * PAPER["gamma"] * X**2 + PAPER["epsilon"] * X + (PAPER["eta"] - 0.5 * PAPER["gamma"]) * X**2 / N
    assert optimal_trajectory(X, N, risk_aversion=0.0, **PAPER).expected_cost == pytest.approx(cost, rel=1e-13)


def test_with_all_risk_aversion_it_trades_at_once():
    found = optimal_trajectory(X, N, risk_aversion=1e30, **PAPER)
    assert found.holdings.tolist() == pytest.approx([X, 0.0, 0.0, 0.0, 0.0, 0.0], abs=1e-6)
    assert found.variance == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(found.expected_cost)


def test_more_risk_aversion_costs_more_and_risks_less():
    found = [optimal_trajectory(X, N, risk_aversion=risk, **PAPER) for risk in (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3)]
    assert (np.diff([trajectory.expected_cost for trajectory in found]) > 0.0).all()
    assert (np.diff([trajectory.variance for trajectory in found]) < 0.0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [({"slices": 0}, "slices must be at least 1"), ({"gamma": 6e-6}, "eta - gamma / 2 must be positive")],
)
def test_problems_without_a_solution_are_refused(change, message):
    with pytest.raises(ParameterError, match=message):
        optimal_trajectory(**{"position": X, "slices": N, "risk_aversion": 1e-6, **PAPER, **change})


def test_kernels_at_their_limits():
    assert kappa_nb(0.0, 0.02, 1e-9) == 0.0
    assert kappa_nb(1e-6, 0.02, 0.0) == np.inf
    assert kappa_nb(1e-6, 0.02, -1e-9) == np.inf
    assert [holding_nb(j, 4, np.inf) for j in range(5)] == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert [holding_nb(j, 4, 0.0) for j in range(5)] == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert holding_nb(3, 400, 5.0) == pytest.approx(np.exp(-15.0), rel=1e-13)  # sinh(2000) overflows
    assert linear_impact_nb(0.0, 1e6, 0.02, 0.142, 0.6) == 0.0


@pytest.mark.parametrize("delta", [0.5, 0.6, 1.0])
def test_the_linear_law_costs_what_the_power_law_does_at_its_slice(delta):
    slice_, volume, sigma, eta = 3e5, 1e7, 0.02, 0.142
    power = slice_ * eta * sigma * (slice_ / volume) ** delta
    assert linear_impact_nb(slice_, volume, sigma, eta, delta) * slice_**2 == pytest.approx(power, rel=1e-13)


# --- the kernel's schedule, delta = 1 ---------------------------------------------------------------------------

SESSIONS, PRICE, SHARES, CAPITAL = 12, 100.0, 50_000.0, 1e7
SIGMA, ETA, BPS = 0.02, 0.3, 4.0  # until 21 returns are known the kernel takes the prior volatility, 2%
VOLUME = SHARES * PRICE
NOTIONAL = 0.4 * CAPITAL


def scheduled(gamma: float, risk_aversion: float, slices: int = 5) -> RunResult:
    """Forty percent of a book bought over some sessions of a market that never moves by itself."""
    index = pd.bdate_range("2024-01-02", periods=SESSIONS)
    market = MarketData.from_frames(
        pd.DataFrame({"A": PRICE}, index), volume=pd.DataFrame({"A": SHARES}, index, dtype=float)
    )
    return simulate(
        market,
        Hold({"A": 0.4}),
        costs=AlmgrenChriss(half_spread_bps=BPS, eta=ETA, gamma=gamma, delta=1.0, half_life_days=float("inf")),
        execution=Execution(schedule="almgren-chriss", sessions=slices, risk_aversion=risk_aversion),
        initial_cash=CAPITAL,
    )


def closed(gamma: float, risk_aversion: float, slices: int = 5) -> Trajectory:
    """The same in the paper's terms, per unit of notional.

    In the paper a slice pays nothing for its own permanent impact; here it pays half, gamma / 2 per unit, which is a
    temporary impact to the paper.
    """
    unit = SIGMA / VOLUME
    return optimal_trajectory(
        NOTIONAL,
        slices,
        sigma=SIGMA,
        eta=(ETA + 0.5 * gamma) * unit,
        gamma=gamma * unit,
        epsilon=BPS * 1e-4,
        risk_aversion=risk_aversion,
    )


@pytest.mark.parametrize("gamma", [0.0, 0.2])
@pytest.mark.parametrize("risk_aversion", [0.0, 1e-8, 1e-6, 1e-5])
def test_the_schedule_fills_along_the_trajectory(gamma, risk_aversion):
    result, path = scheduled(gamma, risk_aversion), closed(gamma, risk_aversion)
    assert result.trades["quantity"].to_numpy() * PRICE == pytest.approx(path.trades, rel=1e-11)
    assert result.trades["date"].to_list() == result.index[1:6].to_list()
    if risk_aversion >= 1e-6:
        assert path.trades[0] > 1.05 * path.trades[-1]


@pytest.mark.parametrize("risk_aversion", [0.0, 1e-6])
def test_without_permanent_impact_the_schedule_costs_what_the_paper_says(risk_aversion):
    result = scheduled(0.0, risk_aversion)
    assert result.costs.to_numpy().sum() == pytest.approx(closed(0.0, risk_aversion).expected_cost, rel=1e-12)


@pytest.mark.parametrize("gamma", [1e-4, 0.2])
def test_each_fill_costs_its_own_quadrature(gamma):
    """A fill of x trades at a steady rate through the day: its price rises as it goes, and is integrated here.

    At y of x the market stands at displaced price x (1 + gamma sigma y / V); the trader pays the half-spread and
    eta sigma x / V on top. The simple midpoint rule over 2,000 steps is exact for a price linear in y.
    """
    result, displacement = scheduled(gamma, 1e-6), 0.0
    for _, fill in result.trades.iterrows():
        price = PRICE * np.exp(displacement)
        x = fill["quantity"] * price
        middles = (np.arange(2000) + 0.5) / 2000 * x
        dearer = BPS * 1e-4 + ETA * SIGMA * x / VOLUME + gamma * SIGMA * middles / VOLUME
        assert fill["price"] == pytest.approx(price, rel=1e-13)
        assert fill[["spread", "temporary", "permanent"]].sum() == pytest.approx((dearer * x / 2000).sum(), rel=1e-11)
        displacement += gamma * SIGMA * x / VOLUME
    impact = (result.trades["quantity"] * (result.trades["price"] - PRICE)).sum()
    assert -result.daily["impact_pnl"].sum() == pytest.approx(impact, rel=1e-9)


def test_with_permanent_impact_the_schedule_costs_what_the_paper_says():
    """The paper's impact moves prices by sums, the kernel's by logs: the two agree to the size of the move."""
    for gamma in (1e-2, 1e-3, 1e-4):
        result, path = scheduled(gamma, 1e-6), closed(gamma, 1e-6)
        moved = gamma * SIGMA * NOTIONAL / VOLUME
        paid = result.costs.to_numpy().sum() - result.daily["impact_pnl"].sum()
        permanent = 0.5 * gamma * SIGMA / VOLUME * NOTIONAL**2
        assert abs(paid - path.expected_cost) < 3.0 * moved * (permanent + path.expected_cost)
        assert paid - closed(0.0, 1e-6).expected_cost > 0.5 * permanent


def test_no_other_schedule_is_better_for_what_the_kernel_charges():
    """Expected cost + lambda x variance, with costs as the engine books them, is least on the engine's own schedule."""
    gamma, risk_aversion = 0.4, 1e-6
    trades = scheduled(gamma, risk_aversion).trades["quantity"].to_numpy() * PRICE

    def charged(x: np.ndarray) -> float:
        unit, left = SIGMA / VOLUME, NOTIONAL - np.cumsum(x)
        own = (ETA + 0.5 * gamma) * unit * (x**2).sum()  # temporary, and half of its own permanent impact
        earlier = gamma * unit * (x[1:] * np.cumsum(x)[:-1]).sum()
        return float(own + earlier + risk_aversion * SIGMA**2 * (left**2).sum())

    rng = np.random.default_rng(2)
    for _ in range(200):
        moved = 1e-3 * NOTIONAL * rng.normal(size=trades.size)
        assert charged(trades + moved - moved.mean()) > charged(trades)

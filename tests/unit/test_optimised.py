"""The policy that optimises: its estimates against other people's, its weights against closed forms, what gives way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.covariance import ledoit_wolf

from simulator import AlmgrenChriss, Execution, Flow, MarketData, simulate
from simulator.core.errors import ParameterError
from simulator.features import forecast_adv, forecast_sigma
from strategies import Optimised, from_callable
from strategies.optimise import liquid
from strategies.optimise import policy as optimised
from strategies.optimise.risk import RiskTerms, expected_returns
from tests.convex import covariance_of, factor_returns
from tests.support import FREE, random_market

NOW = Execution(lag=0)


def returns_of(sessions: int = 120, assets: int = 6) -> np.ndarray:
    return factor_returns(np.random.default_rng(4), sessions, assets)


def market_of(returns: np.ndarray, volume: float | None = None) -> MarketData:
    days = pd.bdate_range("2010-01-01", periods=len(returns))
    close = pd.DataFrame(100.0 * np.cumprod(1.0 + returns, axis=0), days, list("ABCDEFGH")[: returns.shape[1]])
    traded = None if volume is None else pd.DataFrame(volume, days, close.columns)
    return MarketData.from_frames(close, volume=traded, cash_rate=0.0)


def at(market: MarketData, session: int, policy: Optimised, **terms) -> pd.Series:
    """Weights the policy trades to when it begins on a session."""
    start = market.sessions[session]
    end = market.sessions[session + 1]
    terms = {"costs": FREE, "execution": NOW} | terms
    return simulate(market, policy, start=start, end=end, **terms).weights.iloc[0]


def test_risk_is_what_numpy_sklearn_and_pandas_say():
    returns = returns_of()
    assert RiskTerms("sample").covariance(returns) == pytest.approx(covariance_of(returns), rel=1e-12)
    assert RiskTerms("ledoit-wolf").covariance(returns) == pytest.approx(ledoit_wolf(returns)[0], rel=1e-12)
    squares = pd.DataFrame(returns[:, :1] * returns[:, 1:2])
    pandas = squares.ewm(halflife=20.0).mean().iloc[-1, 0]
    assert RiskTerms("ewma", half_life=20.0).covariance(returns)[0, 1] == pytest.approx(pandas, rel=1e-12)


def test_factors_keep_variances_and_with_all_of_them_everything():
    returns = returns_of()
    sample = covariance_of(returns)
    two = RiskTerms("factor", factors=2).covariance(returns)
    assert np.diag(two) == pytest.approx(np.diag(sample), rel=1e-12)
    common = two - np.diag(np.diag(two))
    values = np.linalg.eigvalsh(sample)
    assert np.abs(common - (sample - np.diag(np.diag(sample)))).max() <= values[-3] + 1e-15
    assert RiskTerms("factor", factors=6).covariance(returns) == pytest.approx(sample, rel=1e-9, abs=1e-18)
    assert RiskTerms("factor", factors=60).covariance(returns) == pytest.approx(sample, rel=1e-9, abs=1e-18)


def test_shrunk_returns_are_jorions_by_hand():
    # Uncorrelated, variances 1 and 1, means 0.3 and 0.1 over T = 12: the minimum-variance portfolio earns 0.2; the
    # squared distance is 2 * 0.1^2 = 0.02; the share is 4 / (4 + 12 * 0.02) = 4 / 4.24.
    returns = np.tile([[0.4, 0.2], [0.2, 0.0]], (6, 1))
    share = 4.0 / 4.24
    expected = share * 0.2 + (1.0 - share) * np.array([0.3, 0.1])
    assert expected_returns("shrunk", returns, np.eye(2)) == pytest.approx(expected, rel=1e-6)
    assert expected_returns("sample", returns, np.eye(2)) == pytest.approx([0.3, 0.1])
    assert expected_returns("none", returns, np.eye(2)).tolist() == [0.0, 0.0]


def test_without_costs_and_returns_it_holds_the_minimum_variance_portfolio():
    rng = np.random.default_rng(8)
    returns = rng.normal(0.0, 0.01, (300, 4)) * [1.0, 1.5, 2.0, 2.5]
    market = market_of(returns)
    held = at(market, 280, Optimised(every=21, expected="none", risk="sample", window=100))
    seen = market.close[180:281] / market.close[179:280] - 1.0
    inverse = np.linalg.solve(covariance_of(seen[1:]), np.ones(4))
    assert (inverse > 0.0).all()
    assert held[list("ABCD")].to_numpy() == pytest.approx(inverse / inverse.sum(), abs=1e-6)


def test_given_returns_and_no_aversion_put_all_in_the_best_and_cash_stays():
    market = market_of(returns_of(100, 3))
    held = at(market, 90, Optimised(every=21, returns={"A": 0.01, "C": 0.2}, risk_aversion=0.0, cash=0.25))
    assert held.to_numpy() == pytest.approx([0.0, 0.0, 0.75, 0.25], abs=1e-9)


def test_turnover_is_kept_after_the_first_investment():
    market = market_of(returns_of(400, 6))
    policy = Optimised(every=21, max_turnover=0.1, risk_aversion=0.5)
    result = simulate(market, policy, costs=FREE, execution=NOW, start=market.sessions[80])
    traded = 0.5 * (result.shares.diff().abs() * result.marks).sum(axis=1).to_numpy() / result.nav.to_numpy()
    assert traded.max() < 0.1 + 1e-9
    assert traded.max() == pytest.approx(0.1, abs=1e-6)
    assert not result.remarks


def test_dearer_impact_trades_less():
    market = market_of(returns_of(400, 6), volume=1000.0)

    def traded(eta: float) -> float:
        costs = AlmgrenChriss(half_spread_bps=0, eta=eta, gamma=0)
        result = simulate(market, Optimised(every=21, max_turnover=1.0), costs=costs, start=market.sessions[80])
        return float((result.shares.diff().abs() * result.marks).sum().sum())

    assert traded(10.0) < 0.7 * traded(0.01)


@pytest.mark.parametrize(("price", "reached"), [(1e-6, False), (5.0, True)])
def test_a_soft_bound_holds_where_its_price_is_enough(price, reached):
    market = market_of(returns_of(200, 6), volume=1000.0)
    free = at(market, 150, Optimised(every=21, expected="none"))
    participation = 0.1
    adv = market.close[150] * 1000.0

    def days(held: pd.Series) -> float:
        weights = held.iloc[:-1].to_numpy()
        return float((weights * weights * 1e6 / (participation * adv)).sum())

    most = 0.8 * days(free)
    held = at(market, 150, Optimised(every=21, expected="none", max_days=most, days_price=price))
    assert (days(held) <= most * 1.05) == reached
    assert days(held) <= days(free)


def test_the_price_of_a_soft_bound_is_between_nothing_and_the_stated_one():
    class Answer:
        def __init__(self, price: float) -> None:
            self.weights = np.array([1.0 / (1.0 + price), 1.0 - 1.0 / (1.0 + price)])

    days = np.array([10.0, 0.0])
    _, loose = liquid.at_price(Answer, days, 20.0, 1.0)
    _, dear = liquid.at_price(Answer, days, 0.1, 1.0)
    just, price = liquid.at_price(Answer, days, 4.9, 1.0)
    assert (loose, dear) == (0.0, 1.0)
    assert liquid.days_to_sell(just.weights, days) == pytest.approx(4.9, abs=1e-6)
    assert price == pytest.approx(np.sqrt(10.0 / 4.9) - 1.0, abs=1e-6)


def test_what_cannot_be_estimated_gives_way_and_the_next_decision_is_well(monkeypatch):
    market = market_of(returns_of(200, 4))
    calls = []

    def failing(self, returns):
        calls.append(1)
        if len(calls) == 2:
            raise np.linalg.LinAlgError("did not converge")
        return covariance_of(returns)

    monkeypatch.setattr(RiskTerms, "covariance", failing)
    result = simulate(market, Optimised(every=21), costs=FREE, start=market.sessions[80])
    assert list(result.remarks) == [21]
    assert result.remarks[21] == "did not converge; risk is taken from variances alone"
    assert len(calls) == 6


def test_what_nothing_solves_is_held_and_said(monkeypatch):
    market = market_of(returns_of(200, 4))
    solve, calls = optimised.solve, []

    def failing(problem, held):
        calls.append(1)
        if len(calls) in (2, 3):
            raise ParameterError("no way")
        return solve(problem, held)

    monkeypatch.setattr(optimised, "solve", failing)
    result = simulate(market, Optimised(every=21), costs=FREE, start=market.sessions[80])
    said = "no way; risk is taken from variances alone; no way; it holds what it has"
    assert result.remarks == {21: said}
    traded = np.flatnonzero(result.shares.diff().abs().sum(axis=1) > 0.0)
    assert traded.tolist() == [1, 43, 64, 85, 106]


def test_a_short_history_is_waited_for_and_said():
    market = market_of(returns_of(150, 3))
    result = simulate(market, Optimised(every=30), costs=FREE)
    assert list(result.remarks) == [0, 30, 60]
    assert result.remarks[30] == "31 sessions of history, and it takes 63; it holds what it has"
    assert result.weights["CASH"].iloc[-1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.filterwarnings("error")
def test_a_book_that_has_been_paid_out_whole_decides_nothing_and_says_so():
    market = market_of(returns_of())
    start, gone = market.sessions[80], market.sessions[85]
    whole = [Flow(date=str(gone), share=-1.0)]
    result = simulate(market, Optimised(every=10), start=start, costs=FREE, flows=whole)
    assert result.nav.iloc[10] == 0.0
    assert result.remarks[10] == "the book is worth nothing; it holds what it has"


def test_what_cannot_be_traded_stays_and_others_share_the_rest():
    """C stops trading after 30 sessions: A and B share what C and a fifth in cash leave, no more and no less."""
    whole = market_of(returns_of(240, 3), volume=1e9)
    volume = whole.frame("volume")
    volume.iloc[130:, 2] = 0.0
    market = MarketData.from_frames(whole.frame("close"), volume=volume, cash_rate=0.0)
    policy = Optimised(every=60, cash=0.2, risk="sample", expected="none")
    result = simulate(market, policy, start=market.sessions[100], costs=FREE, execution=NOW)
    assert result.weights["C"].iloc[60] > 0.1
    assert result.weights["CASH"].iloc[[0, 60]].to_list() == pytest.approx([0.2, 0.2], abs=1e-6)


def test_thirty_years_with_every_trouble_end():
    market = random_market(5, 7560, 6, gaps=0.05, silent=0.1, crises=True)
    result = simulate(market, Optimised(every=63, days_price=0.01), save="full")
    assert len(result.nav) == 7560
    assert (result.weights.iloc[200:]["CASH"] < 0.5).mean() > 0.9


def test_a_day_shows_what_trades_are_planned_with():
    market = random_market(3, 120, 3)
    seen = {}

    def look(day):
        seen[day.t] = (day.adv, day.volatility, day.half_spread)
        return dict.fromkeys(day.assets, 0.2)

    simulate(market, from_callable(look, every=20), start=market.sessions[70])
    adv, sigma = forecast_adv(market), forecast_sigma(market)
    for t, (volume, volatility, spread) in seen.items():
        assert volume == pytest.approx(adv[70 + t])
        assert volatility == pytest.approx(sigma[70 + t])
        assert spread == pytest.approx(2e-4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"every": None}, "give either every"),
        ({"trigger": "stress"}, "give either every"),
        ({"max_days": 3.0}, "max_days is a soft bound: state its days_price"),
        ({"risk": "leodit-wolf"}, "risk must be one of .*did you mean 'ledoit-wolf'"),
        ({"expected": "best"}, "expected must be one of none, sample, shrunk, not 'best'"),
        ({"window": 20}, "optimised: window must be at least 63 sessions, not 20"),
        ({"max_turnover": 20.0}, "write 0.2 for 20%"),
        ({"risk_aversion": -1.0}, "risk_aversion must be zero or more"),
    ],
)
def test_what_means_nothing_is_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        Optimised(**({"every": 21} | changes))

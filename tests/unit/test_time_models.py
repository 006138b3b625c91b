"""Models of time: hazards, vector autoregression, Markov switching; against statsmodels and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad

from signals.stress.labels import Label, within
from signals.stress.models import (
    MODELS,
    OUTCOMES,
    Hazard,
    MarkovSwitching,
    ModelSpec,
    VectorAutoregression,
    answer,
    event_times,
    maker,
    windows,
)
from signals.stress.models.autoregression import VectorLaw, fitted_law, hidden_first
from signals.stress.models.switching import Switching, filtered, fitted_regimes, from_parameters, long_run
from signals.stress.validation import Candidate, Problem, Split, forecasts
from simulator.core.errors import ParameterError
from simulator.core.panels import Panel

# --- windows


def test_a_window_ends_at_its_row_and_has_no_holes():
    values = np.arange(12.0).reshape(6, 2)
    got = windows(values, np.array([0, 4]), 3)
    assert np.isnan(got[0, :2]).all()
    assert got[0, 2].tolist() == [0.0, 1.0]
    assert got[1].tolist() == [[4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]
    later = values.copy()
    later[5] = -1.0
    assert np.array_equal(windows(later, np.array([4]), 3), got[1:])


class Echo:
    """Keeps the side arrays it is given."""

    def __init__(self, kept):
        self.kept = kept

    def fit(self, x, y, **side):
        self.classes_ = np.unique(y)
        self.kept.append({"x": x, **side})
        return self

    def predict_proba(self, x, **side):
        self.kept.append({"x": x, **side})
        return np.full((len(x), self.classes_.size), 1.0 / self.classes_.size)

    def predict(self, x, **side):
        return np.zeros(len(x))


def test_windows_are_taken_from_all_sessions_and_outcomes_never_reach_a_forecast():
    sessions = np.arange("2010-01-01", "2010-02-10", dtype="datetime64[D]")
    n = sessions.size
    values = np.arange(2.0 * n).reshape(n, 2)
    label = Label("l", "words", sessions, np.tile([0.0, 1.0], n // 2), sessions)
    side = {name: np.arange(n) + 100.0 for name in (*OUTCOMES, "since_event")}
    kept: list = []
    spec = ModelSpec(
        *("echo", "", "own", "", lambda seed: Echo(kept), ("level",)),
        wants=(*OUTCOMES[1:], "since_event", "no"),
        window=4,
    )
    problem = Problem(Panel(sessions, ("a", "b"), values, sessions), label, side)
    split = Split(np.arange(2, 20), np.arange(30, 36))
    forecasts([Candidate(spec, ("b",))], problem, [split], workers=1)
    fit, asked = kept[0], kept[1]
    assert set(fit) == {"x", "level", "time_to_event", "since_event", "window"}
    assert set(asked) == {"x", "since_event", "window"}
    assert asked["window"].shape == (6, 4, 1)
    assert asked["window"][0, :, 0].tolist() == values[27:31, 1].tolist()  # sessions between training and test too
    assert fit["since_event"].tolist() == side["since_event"][split.train].tolist()


# --- hazard


def waiting(n=700, columns=2, horizon=5, seed=0):
    """Rows, waits of a proportional hazard with known coefficients, whether an event came within the horizon."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, columns))
    u = np.exp(-2.5 + 0.8 * x[:, 0] - 0.4 * x[:, 1])[:, None] * np.exp(0.2 * np.arange(horizon))
    came = rng.random((n, horizon)) < -np.expm1(-u)
    time = np.where(came.any(axis=1), came.argmax(axis=1) + 1.0, np.nan)
    return x, (~np.isnan(time)).astype(float), time


def test_the_hazard_is_that_of_statsmodels_on_person_periods():
    import statsmodels.api as sm

    x, y, time = waiting()
    model = Hazard(penalty=0.0, smoothness=0.0).fit(x, y, time_to_event=time)
    z = model.step_.transform(x)
    rows, session, event = [], [], []
    for i in range(len(x)):
        for j in range(1, int(time[i] if y[i] else 5) + 1):
            rows.append(z[i])
            session.append(j - 1)
            event.append(float(y[i] and j == time[i]))
    design = np.column_stack([rows, np.eye(5)[session]])
    link = sm.families.links.CLogLog()
    theirs = sm.GLM(np.array(event), design, family=sm.families.Binomial(link=link)).fit(tol=1e-12)
    assert model.parts_.coefficients == pytest.approx(theirs.params[:2], abs=2e-3)
    assert model.parts_.baseline == pytest.approx(theirs.params[2:], abs=2e-3)
    assert model.parts_.coefficients / x.std(axis=0) == pytest.approx([0.8, -0.4], abs=0.15)


def test_without_times_it_is_a_complementary_log_log_regression():
    import statsmodels.api as sm

    x, y, _ = waiting()
    model = Hazard(penalty=0.0, smoothness=0.0).fit(x, y)
    link = sm.families.links.CLogLog()
    theirs = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial(link=link)).fit(tol=1e-12)
    assert model.predict_proba(x)[:, 1] == pytest.approx(theirs.predict(), abs=2e-3)


def test_the_chance_within_h_sessions_is_the_product_of_hazards():
    x, y, time = waiting()
    model = Hazard().fit(x, y, time_to_event=time)
    hazards = model.hazards(x)
    assert hazards.shape == (700, 5)
    survived = np.ones(700)
    for h in range(1, 6):
        survived = survived * (1.0 - hazards[:, h - 1])
        assert model.within(x, h) == pytest.approx(1.0 - survived, abs=1e-12)
    assert model.predict_proba(x)[:, 1] == pytest.approx(1.0 - survived, abs=1e-12)
    with pytest.raises(ParameterError, match="1 to 5 sessions ahead, not for 6"):
        model.within(x, 6)


def test_a_constant_hazard_is_found_again():
    """Geometric waits: 1 - (1 - p)^h at any horizon, with nothing learned from a column of noise."""
    rng = np.random.default_rng(1)
    wait = rng.geometric(0.08, 4000).astype(float)
    y = (wait <= 10).astype(float)
    model = Hazard(penalty=30.0).fit(rng.standard_normal((4000, 1)), y, time_to_event=wait)
    for h in (1, 5, 10):
        assert model.within(np.zeros((1, 1)), h)[0] == pytest.approx(1 - 0.92**h, abs=0.02)


def test_the_hazard_s_gradient_is_that_of_its_loss():
    x, y, time = waiting(n=80)
    model, event = Hazard(penalty=2.0, smoothness=3.0), y == 1.0
    wait = np.where(event, np.nan_to_num(time, nan=1.0), 5).astype(int)
    point = np.array([0.3, -0.2, -2.0, -1.5, -2.2, -1.0, -1.7])
    off = check_grad(lambda p: model._loss(p, x, event, wait)[0], lambda p: model._loss(p, x, event, wait)[1], point)
    assert off < 1e-4


def test_event_times_by_hand():
    nan = np.nan
    days = np.array([0.0, 0.0, 1.0, 1.0, 0.0, nan, 1.0, 0.0])
    known = np.array([nan, 0.0, 0.0, 1.0, 0.0, nan, 1.0, 0.0])  # that of session 2 was known a session late
    got = event_times(days, known)
    np.testing.assert_array_equal(got["time_to_event"], [2, 1, 1, 3, 2, 1, nan, nan])
    np.testing.assert_array_equal(got["since_event"], [nan, nan, nan, 0, 1, 2, 0, 1])


def test_days_since_the_last_event_say_what_columns_do_not():
    """Events that call for events: the hazard is high after one and dies away."""
    rng = np.random.default_rng(2)
    days, since = np.zeros(3000), 50
    for t in range(3000):
        days[t] = rng.random() < (0.3 if since < 4 else 0.02)
        since = 0 if days[t] else since + 1
    sessions = np.arange("2000-01-01", "2008-03-19", dtype="datetime64[D]")[:3000]
    label = within(Label("e", "an event", sessions, days, sessions), 5)
    times = event_times(days, days)
    rows = np.flatnonzero(~np.isnan(label.values))
    x, y = rng.standard_normal((rows.size, 1)), label.values[rows]
    side = {name: values[rows] for name, values in times.items()}
    train, test = slice(0, 2000), slice(2000, None)
    told = Hazard().fit(x[train], y[train], **{name: values[train] for name, values in side.items()})
    blind = Hazard().fit(x[train], y[train])
    p = told.predict_proba(x[test], since_event=side["since_event"][test])[:, 1]
    q = blind.predict_proba(x[test])[:, 1]
    assert ((p - y[test]) ** 2).mean() < 0.9 * ((q - y[test]) ** 2).mean()
    assert told.predict(x[:3], since_event=np.array([0.0, np.nan, 400.0])).tolist()[2] == 0.0


def test_a_hazard_is_of_events_and_needs_their_times_whole():
    x, y, time = waiting(n=50)
    with pytest.raises(ParameterError, match="classes 0 and 1"):
        Hazard().fit(x, y + 1.0)
    with pytest.raises(ParameterError, match="time_to_event must be 1 session or more"):
        Hazard().fit(x, y, time_to_event=time - 1.0)
    with pytest.raises(ParameterError, match="time_to_event must be 1 session or more"):
        Hazard().fit(x, y, time_to_event=np.full(50, np.nan))


def test_the_forecast_signal_can_use_it():
    x, y, _ = waiting()
    model = maker("hazard", 0, {"penalty": 5.0})()
    assert model.fit(x, y).predict_proba(x).shape == (700, 2)


# --- vector autoregression

LAW = VectorLaw(
    np.array([0.1, -0.2, 0.0]),
    np.array(
        [[[0.6, 0.2, 0.0], [0.0, 0.5, 0.2], [0.1, 0.0, 0.4]], [[0.1, 0.0, 0.1], [0.0, 0.2, 0.0], [0.0, 0.1, 0.1]]]
    ),
    np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.2], [0.3, 0.2, 1.0]]),
)


def simulated(n=1500, law=LAW, seed=0):
    rng = np.random.default_rng(seed)
    shocks = rng.multivariate_normal(np.zeros(3), law.covariance, n)
    z = np.zeros((n, 3))
    for t in range(2, n):
        z[t] = law.constant + law.lags[0] @ z[t - 1] + law.lags[1] @ z[t - 2] + shocks[t]
    return z


def test_the_law_is_that_of_statsmodels():
    from statsmodels.tsa.api import VAR

    z = simulated(400)
    theirs = VAR(z).fit(2)
    ours = fitted_law(z, 2, 0.0)
    assert ours.constant == pytest.approx(theirs.intercept, abs=1e-8)
    assert ours.lags == pytest.approx(theirs.coefs, abs=1e-8)
    assert ours.covariance == pytest.approx(np.asarray(theirs.sigma_u), abs=1e-8)


def test_forecasts_ahead_are_those_of_statsmodels():
    from statsmodels.tsa.api import VAR

    from signals.stress.models.autoregression import _ahead

    z = simulated(400)
    theirs = VAR(z).fit(2)
    ours = fitted_law(z, 2, 0.0)
    state = np.concatenate([z[-1], z[-2]])[None, :]
    mean, covariance = _ahead(ours, state, np.zeros((6, 6)), 4)
    assert mean[0, :3] == pytest.approx(theirs.forecast(z[-2:], 4)[-1], abs=1e-8)
    assert covariance[:3, :3] == pytest.approx(theirs.mse(4)[-1], abs=1e-6)


def test_the_filter_is_the_conditional_normal_distribution():
    """The hidden index by brute force: one joint normal of all sessions, conditioned on what is seen."""
    rng = np.random.default_rng(3)
    length, size = 4, 3
    root = rng.standard_normal((6, 6))
    start = rng.standard_normal(6), root @ root.T / 6
    move = np.zeros((6, 6))
    move[:3, :3], move[:3, 3:], move[3:, :3] = *LAW.lags, np.eye(3)
    constant = np.concatenate([LAW.constant, np.zeros(3)])
    shock = np.zeros((6, 6))
    shock[:3, :3] = LAW.covariance
    means, blocks = [start[0]], {(0, 0): start[1]}
    for t in range(1, length):
        means.append(constant + move @ means[-1])
        for s in range(t):
            blocks[s, t] = blocks[s, t - 1] @ move.T
            blocks[t, s] = blocks[s, t].T
        blocks[t, t] = move @ blocks[t - 1, t - 1] @ move.T + shock
    mean = np.concatenate(means)
    joint = np.block([[blocks[s, t] for t in range(length)] for s in range(length)])
    seen_at = np.concatenate([6 * t + np.arange(1, size) for t in range(length)])
    want = 6 * (length - 1)
    seen = rng.standard_normal((1, length, size - 1))
    gain = np.linalg.solve(joint[np.ix_(seen_at, seen_at)], joint[seen_at, want])
    expected = mean[want] + gain @ (seen.ravel() - mean[seen_at])
    spread = joint[want, want] - gain @ joint[seen_at, want]
    got, covariance = hidden_first(LAW, start, seen)
    assert got[0, 0] == pytest.approx(expected, abs=1e-6)
    assert covariance[0, 0] == pytest.approx(spread, abs=1e-6)


def test_the_index_is_as_uncertain_as_the_model_says():
    z = simulated(8000)
    level, x = 5.0 + 2.0 * z[:, 0], z[:, 1:]
    bounds = np.tile([5.5, 8.0], (8000, 1))
    train, test = np.arange(4000), np.arange(4000, 8000)
    model = VectorAutoregression(penalty=0.1).fit(
        x[train], np.zeros(4000), level=level[train], bounds=bounds[train], window=windows(x, train, 42)
    )
    mean, deviation = model.distribution(windows(x, test, 42))
    error = (level[test] - mean) / deviation
    assert error.std() == pytest.approx(1.0, abs=0.07)
    assert deviation < 0.9 * level.std()  # the columns do say something
    chance = model.predict_proba(x[test], bounds=bounds[test], window=windows(x, test, 42))
    came = (level[test][:, None] > bounds[test]).sum(axis=1)
    assert chance.mean(axis=0) == pytest.approx(np.bincount(came, minlength=3) / 4000, abs=0.04)
    assert (model.predict(x[test], bounds=bounds[test], window=windows(x, test, 42)) == came).mean() > 0.6
    far = VectorAutoregression(penalty=0.1, ahead=50).fit(
        x[train], np.zeros(4000), level=level[train], bounds=bounds[train], window=windows(x, train, 42)
    )
    assert far.distribution(windows(x, test, 42))[1] == pytest.approx(level.std(), rel=0.1)


@pytest.mark.parametrize("name", ["var", "markov-switching"])
def test_a_row_s_answer_does_not_depend_on_the_others_asked_and_gaps_are_survived(name):
    z = simulated(700)
    rng = np.random.default_rng(0)
    x = np.column_stack([z[:, 1:], rng.standard_normal((700, 7))])
    x = np.where(rng.random(x.shape) < 0.05, np.nan, x)
    y = (z[:, 0] > 1.0).astype(float)
    spec = MODELS[name]
    side = {"level": z[:, 0], "bounds": np.full((700, 1), 1.0), "window": windows(x, np.arange(700), spec.window)}
    names = [*spec.needs, "window"]

    def asked(rows):
        given = {key: side[key][:500] for key in names}
        return answer(spec.make(0), x[:500], y[:500], x[rows], 2, given, {key: side[key][rows] for key in names})

    whole = asked(np.arange(500, 700)).probability
    assert np.array_equal(asked(np.arange(520, 523)).probability, whole[20:23])
    assert np.array_equal(asked(np.array([640])).probability, whole[140:141])


# --- Markov switching

TRUTH = Switching(
    np.array([0.0, 0.5]), np.array([0.9, 0.7]), np.array([0.05, 1.0]), np.array([[0.97, 0.03], [0.10, 0.90]])
)


def switched(n=2500, seed=0):
    rng = np.random.default_rng(seed)
    z, state = np.zeros(n), np.zeros(n, int)
    for t in range(1, n):
        state[t] = rng.choice(2, p=TRUTH.move[state[t - 1]])
        k = state[t]
        z[t] = TRUTH.constant[k] + TRUTH.slope[k] * z[t - 1] + np.sqrt(TRUTH.variance[k]) * rng.standard_normal()
    return z, state


def test_the_filtered_regimes_are_those_of_statsmodels():
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    z, _ = switched(300)
    model = MarkovRegression(z[1:], k_regimes=2, exog=z[:-1], switching_variance=True)
    parameters = np.array([0.97, 0.10, 0.0, 0.5, 0.9, 0.7, 0.05, 1.0])
    assert model.param_names[:4] == ["p[0->0]", "p[1->0]", "const[0]", "const[1]"]
    theirs = np.asarray(model.filter(parameters, transformed=True).filtered_marginal_probabilities)
    ours = from_parameters(parameters, 2)
    assert all(our == pytest.approx(other) for our, other in zip(ours, TRUTH, strict=True))
    for end in (2, 50, 300):
        assert filtered(z[None, :end], ours)[0] == pytest.approx(theirs[end - 2], abs=1e-10)


def test_three_regimes_are_read_in_statsmodels_order():
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    z, _ = switched(200)
    move = np.array([[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.25, 0.15, 0.6]])
    parameters = np.concatenate([move[:, :2].T.ravel(), [0.0, 0.3, 0.6], [0.9, 0.8, 0.7], [0.1, 0.4, 1.2]])
    model = MarkovRegression(z[1:], k_regimes=3, exog=z[:-1], switching_variance=True)
    theirs = np.asarray(model.filter(parameters, transformed=True).filtered_marginal_probabilities)
    ours = from_parameters(parameters, 3)
    assert ours.move == pytest.approx(move)
    assert filtered(z[None], ours)[0] == pytest.approx(theirs[-1], abs=1e-10)


def test_the_regimes_of_a_simulation_are_found():
    z, state = switched()
    law = fitted_regimes(z[1:], z[:-1], 2)
    order = np.argsort(law.variance)
    assert law.variance[order] == pytest.approx(TRUTH.variance, rel=0.2)
    assert law.slope[order] == pytest.approx(TRUTH.slope, abs=0.1)
    assert law.move[np.ix_(order, order)] == pytest.approx(TRUTH.move, abs=0.04)
    x, rows = np.column_stack([z, z]), np.arange(100, 2500)
    window = windows(x, rows, MarkovSwitching.window)
    model = MarkovSwitching(regimes=2).fit(x[rows], state[rows].astype(float), window=window)
    assert (model.predict(x[rows], window=window) == state[rows]).mean() > 0.9


def test_one_regime_stands_in_where_none_can_be_told():
    flat = np.zeros(200)
    law = fitted_regimes(flat[1:], flat[:-1], 3)
    chance = filtered(np.zeros((2, 63)), law)
    assert chance.sum(axis=1) == pytest.approx(1.0)
    y = np.tile([0.0, 0.0, 0.0, 1.0], 50)
    model = MarkovSwitching().fit(np.zeros((200, 2)), y, window=np.zeros((200, 63, 2)))
    assert model.predict_proba(np.zeros((1, 2)), window=np.zeros((1, 63, 2)))[0] == pytest.approx(
        [0.75, 0.25], abs=0.01
    )


def test_the_long_run_is_left_as_it_is_by_a_move():
    shares = long_run(TRUTH.move)
    assert shares @ TRUTH.move == pytest.approx(shares)
    assert shares == pytest.approx([10 / 13, 3 / 13])

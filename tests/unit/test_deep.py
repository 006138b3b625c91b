"""GRU and LSTM: their equations, what they can learn, and that they know no more than their window."""

from __future__ import annotations

import numpy as np
import pytest

from signals.stress.models import MODELS, Recurrent, windows
from signals.stress.models.deep import nets
from signals.stress.models.extras import held
from simulator.core.errors import ParameterError

pytestmark = pytest.mark.skipif(not held("deep"), reason="the extra deep is not installed")


def delayed(n=1500, delay=3, seed=0):
    """An event is what the first column was some sessions ago; nothing of today says so."""
    x = np.random.default_rng(seed).standard_normal((n, 3))
    y = np.zeros(n)
    y[delay:] = (x[:-delay, 0] > 0.5).astype(float)
    return x, y, windows(x, np.arange(n), 10)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_the_network_is_its_equations(kind):
    net = nets().Net(kind, 3, 4, np.array([0.7, 0.2, 0.1]), 0.5, 0)
    window = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    first = np.asarray(nets().probabilities(net, window[None]))[0]
    assert first == pytest.approx([0.7, 0.2, 0.1], abs=1e-6)  # untrained, the shares it was given
    cell = net.cell
    w, u, b = (np.asarray(weights, dtype=np.float64) for weights in (cell.weight_ih, cell.weight_hh, cell.bias))
    assert w.shape == ((12, 3) if kind == "gru" else (16, 3))
    h, c = np.zeros(4), np.zeros(4)
    for x in window.astype(np.float64):
        if kind == "gru":
            ours = np.split(w @ x + b, 3)
            last = np.split(u @ h, 3)
            reset, keep = sigmoid(ours[0] + last[0]), sigmoid(ours[1] + last[1])
            fresh = np.tanh(ours[2] + reset * (last[2] + np.asarray(cell.bias_n)))
            h = fresh + keep * (h - fresh)
        else:
            i, f, g, o = np.split(w @ x + u @ h + b, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
    import equinox as eqx
    import jax.numpy as jnp

    heads = np.arange(12.0).reshape(3, 4) / 10.0
    changed = eqx.tree_at(lambda one: one.head.weight, net, jnp.asarray(heads, jnp.float32))
    logits = heads @ h + np.log([0.7, 0.2, 0.1])
    expected = np.exp(logits) / np.exp(logits).sum()
    assert np.asarray(nets().probabilities(changed, window[None]))[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_it_learns_what_only_the_past_says_and_repeats_itself(cell):
    x, y, window = delayed()
    model = Recurrent(cell, rounds=60, rate=1e-2, random_state=3)
    first, again = (
        model.fit(x[:1000], y[:1000], window=window[:1000]).predict_proba(x[1000:], window=window[1000:])
        for _ in range(2)
    )
    assert np.array_equal(first, again)
    assert (first.argmax(axis=1) == y[1000:]).mean() > 0.9
    assert 0 < model.rounds_ <= 60
    other = Recurrent(cell, rounds=2, random_state=4).fit(x[:1000], y[:1000], window=window[:1000])
    same = Recurrent(cell, rounds=2, random_state=3).fit(x[:1000], y[:1000], window=window[:1000])
    both = [model.predict_proba(x[1000:], window=window[1000:]) for model in (other, same)]
    assert not np.array_equal(*both)


def test_a_row_s_answer_does_not_depend_on_the_others_asked():
    x, y, window = delayed()
    model = Recurrent(rounds=3).fit(x[:600], y[:600], window=window[:600])
    whole = model.predict_proba(x[600:], window=window[600:])
    assert np.array_equal(model.predict_proba(x[700:703], window=window[700:703]), whole[100:103])
    assert model.predict_proba(x[:0], window=window[:0]).shape == (0, 2)


def test_noise_gives_base_rates():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((800, 4)), (rng.random(800) < 0.2).astype(float)
    model = MODELS["gru"].make(0).fit(x, y, window=windows(x, np.arange(800), 20))
    got = model.predict_proba(x[:100], window=windows(x, np.arange(100), 20))
    assert got[:, 1] == pytest.approx(y.mean(), abs=0.1)


def test_rounds_are_chosen_on_the_last_training_rows_alone():
    """Where the last part contradicts the first, what is learned from the first does not help: few rounds, if any."""
    x, y, window = delayed()
    agreeing = Recurrent(rounds=15, rate=1e-2).fit(x[:1000], y[:1000], window=window[:1000])
    y[840:] = 1.0 - y[840:]
    contradicted = Recurrent(rounds=15, rate=1e-2).fit(x[:1000], y[:1000], window=window[:1000])
    assert agreeing.rounds_ >= 12
    assert contradicted.rounds_ <= 6
    few = Recurrent().fit(x[:20], y[:20], window=window[:20])
    assert few.rounds_ == 0
    assert few.predict_proba(x[:1], window=window[:1])[0, 1] == pytest.approx((y[:20].sum() + 1) / 22, abs=1e-6)


def test_classes_can_be_weighted_and_gaps_are_survived():
    x, y, _ = delayed()
    x = np.where(np.random.default_rng(2).random(x.shape) < 0.05, np.nan, x)
    window = windows(x, np.arange(1500), 10)
    plain, heavy = (
        Recurrent(rounds=5, class_weight=weight).fit(x, y, window=window).predict_proba(x, window=window)[:, 1].mean()
        for weight in (None, [1, 5])
    )
    assert heavy > plain + 0.1


def test_an_unknown_cell_is_named():
    x, y, window = delayed(50)
    with pytest.raises(ParameterError, match="did you mean 'gru'"):
        Recurrent("gur").fit(x, y, window=window)

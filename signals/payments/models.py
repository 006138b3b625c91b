"""The three classifiers and the two losses. Source: Heuver & Triepels, sections 3.4 to 3.6 and 4.5."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from simulator.core.types import FloatArray, IntArray

if TYPE_CHECKING:
    from sklearn.neural_network import MLPClassifier  # imports for half a second, also where no bank is funded

#: Cross entropy plain, and weighted by ``a`` for stress and ``1 - a`` for none, ``a`` the share of sessions without
#: stress in training (equations 12 and 16).
LOSSES: Final = ("plain", "weighted")
#: Passes over the training set, its constant learning rate, momentum and size of a batch.
EPOCHS, RATE, MOMENTUM, BATCH = 20, 0.05, 0.9, 200
#: Alarm from this probability on.
ALARM: Final = 0.9


class Setting(NamedTuple):
    """Hidden units, and decay of weights."""

    units: int
    decay: float


class PaymentModel(NamedTuple):
    """A classifier: what it is called, its activation, and the settings tried."""

    title: str
    activation: str
    grid: tuple[Setting, ...]


_GRID: Final = tuple(Setting(units, decay) for units in (4, 8) for decay in (0.01, 1.0))
MODELS: Final = {
    "logistic": PaymentModel("LR", "identity", (Setting(0, 0.0),)),
    "mlp-tanh": PaymentModel("MLP1 (tanh)", "tanh", _GRID),
    "mlp-relu": PaymentModel("MLP2 (relu)", "relu", _GRID),
}
#: What is used where nothing is tuned.
USUAL: Final = {name: model.grid[-1] for name, model in MODELS.items()}


def weights(y: IntArray, loss: str) -> FloatArray:
    """(n,) weight of each session in the loss, one on average: a factor on all of them moves no minimum."""
    if loss == "plain":
        return np.ones(y.size)
    stressed = y.mean()
    found = np.where(y == 1, 1.0 - stressed, stressed)
    return np.asarray(found / found.mean())


def fitted(model: str, setting: Setting, x: FloatArray, y: IntArray, loss: str, seed: int) -> MLPClassifier:
    """Stochastic gradient descent with momentum over a fixed number of passes; ``y`` holds both classes."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    hidden = (setting.units,) if setting.units else ()
    network = MLPClassifier(
        hidden,
        activation=MODELS[model].activation,
        solver="sgd",
        alpha=setting.decay,
        batch_size=min(BATCH, y.size),
        learning_rate_init=RATE,
        momentum=MOMENTUM,
        nesterovs_momentum=False,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS + 1,
        random_state=seed,
    )
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of passes is fixed
        return network.fit(x, y, sample_weight=weights(y, loss))


def stressed(network: MLPClassifier, x: FloatArray) -> FloatArray:
    """(n,) probability of stress. ``x`` is (n, K), a row a bank and day."""
    return np.asarray(network.predict_proba(x)[:, 1], np.float64)


def mean_loss(probability: FloatArray, y: IntArray, share: float) -> float:
    """Cross entropy, with weights ``share`` for stress and one less it for none; 0.5 is the plain one, halved."""
    certain = np.clip(probability, 1e-12, 1.0 - 1e-12)
    each = np.where(y == 1, -share * np.log(certain), -(1.0 - share) * np.log(1.0 - certain))
    return float(each.mean())

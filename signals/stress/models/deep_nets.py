"""Recurrent networks in equinox, and the steps that train them. Imported by :func:`~.deep.nets` alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from simulator.core.types import FloatArray

CELLS = {"gru": eqx.nn.GRUCell, "lstm": eqx.nn.LSTMCell}


class Net(eqx.Module):  # type: ignore[misc]
    """A recurrent cell over a window, dropout before and after it, and a linear layer on its last state.

    Dropout before the cell silences whole columns for the whole window (Gal & Ghahramani, 2016). The linear layer
    begins at zero but for its intercepts, the logarithms of the classes' shares: an untrained network says those.
    """

    cell: Any
    head: eqx.nn.Linear
    dropout: eqx.nn.Dropout
    units: int = eqx.field(static=True)

    def __init__(self, kind: str, columns: int, units: int, shares: FloatArray, dropout: float, seed: int) -> None:
        cell, head = jax.random.split(jax.random.key(seed))
        self.cell = CELLS[kind](columns, units, key=cell)
        layer = eqx.nn.Linear(units, len(shares), key=head)
        where = (jnp.zeros_like(layer.weight), jnp.log(jnp.asarray(shares, jnp.float32)))
        self.head = eqx.tree_at(lambda linear: (linear.weight, linear.bias), layer, where)
        self.dropout = eqx.nn.Dropout(dropout)
        self.units = units

    def __call__(self, window: Any, key: Any = None) -> Any:
        """(classes,) logits of one window (length, columns); with dropout if a key is given."""
        before, after = (None, None) if key is None else jax.random.split(key)
        heard = self.dropout(jnp.ones(window.shape[1]), key=before, inference=key is None)
        nothing = jnp.zeros(self.units)
        first = (nothing, nothing) if isinstance(self.cell, eqx.nn.LSTMCell) else nothing
        last, _ = jax.lax.scan(lambda state, now: (self.cell(now, state), None), first, window * heard)
        state = last[0] if isinstance(last, tuple) else last
        return self.head(self.dropout(state, key=after, inference=key is None))


def figures(net: Net) -> list[FloatArray]:
    """The arrays of a network, in a fixed order."""
    return [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(net, eqx.is_array))]


def from_figures(kind: str, units: int, dropout: float, arrays: Sequence[FloatArray]) -> Net:
    """The network that has these arrays; the last two are those of its linear layer."""
    columns, classes = int(arrays[0].shape[1]), int(arrays[-1].shape[0])
    blank = Net(kind, columns, units, np.full(classes, 1.0 / classes), dropout, 0)
    held, rest = eqx.partition(blank, eqx.is_array)
    filled = jax.tree.unflatten(jax.tree.structure(held), [jnp.asarray(array) for array in arrays])
    return eqx.combine(filled, rest)


class Batch(NamedTuple):
    """Rows of one shape, whatever their number: those beyond it weigh nothing."""

    window: Any  # (size, length, columns)
    truth: Any  # (size,) class
    weight: Any  # (size,)


def _loss(net: Net, batch: Batch, keys: Any) -> Any:
    """Weighted sum of negative log likelihoods."""
    logits = jax.vmap(net)(batch.window, keys) if keys is not None else jax.vmap(net)(batch.window)
    return jnp.sum(optax.softmax_cross_entropy_with_integer_labels(logits, batch.truth) * batch.weight)


@eqx.filter_jit  # type: ignore[untyped-decorator]
def total_loss(net: Net, batch: Batch) -> Any:
    """Weighted sum of negative log likelihoods, without dropout."""
    return _loss(net, batch, None)


@eqx.filter_jit  # type: ignore[untyped-decorator]
def probabilities(net: Net, window: Any) -> Any:
    """(n, classes) probabilities of windows (n, length, columns)."""
    return jax.nn.softmax(jax.vmap(net)(window), axis=1)


class Steps(NamedTuple):
    """An optimiser, and the function that takes one step with it."""

    start: Callable[[Net], Any]
    step: Callable[[Net, Any, Batch, Any], tuple[Net, Any]]


def steps(rate: float, decay: float) -> Steps:
    """Adam with weight decay (Loshchilov & Hutter, 2019), gradients cut at norm 1."""
    optimiser = _optimiser(rate, decay)
    return Steps(lambda net: optimiser.init(eqx.filter(net, eqx.is_inexact_array)), partial(_step, rate, decay))


def _optimiser(rate: float, decay: float) -> Any:
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(rate, weight_decay=decay))


@eqx.filter_jit  # type: ignore[untyped-decorator]
def _step(rate: float, decay: float, net: Net, state: Any, batch: Batch, key: Any) -> tuple[Net, Any]:
    keys = jax.random.split(key, batch.truth.shape[0])
    slope = eqx.filter_grad(lambda candidate: _loss(candidate, batch, keys) / jnp.maximum(batch.weight.sum(), 1e-6))(
        net
    )
    change, state = _optimiser(rate, decay).update(slope, state, eqx.filter(net, eqx.is_inexact_array))
    return eqx.apply_updates(net, change), state


def key_of(seed: int, step: int) -> Any:
    """The key of one step."""
    return jax.random.fold_in(jax.random.key(seed), step)

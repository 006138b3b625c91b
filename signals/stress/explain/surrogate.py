"""The forecasts in a few rules: a small tree that imitates each model, and how well it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.special import expit, logit

from signals.stress.walk_forward import Fitted, predict
from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray, FloatArray

from .walk import Walk

DEPTH: Final = 3
_FAIR: Final = 0.5
_CERTAIN: Final = 1e-6
_LEAST_SHARE: Final = 0.01  # of the training days in a leaf


class SurrogateRule(NamedTuple):
    """A leaf of the tree: what must hold, what the tree then says, and the share of past days it holds on."""

    conditions: tuple[str, ...]
    probability: float
    share: float
    leaf: int  # its number in the tree

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"{self.probability:6.1%} if {' and '.join(self.conditions) or 'anything'} ({self.share:.0%} of past days)"
        )


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A tree for each refit, and its fidelity out of sample.

    Attributes
    ----------
    depth
        Of every tree.
    columns
        K names.
    trees
        The tree of each refit; ``None`` where the model was one constant.
    gaps
        Of each refit, (K,) whether a column had gaps among its training rows.
    probability
        (T,) what the trees say on the sessions their models forecast.
    state
        (T,) whether the signal would be on by the trees.
    r_squared, r_squared_log_odds
        Share of the variance of the forecasts on test days, and of their log-odds, that the trees account for; below
        0 they say less than the mean. NaN where the forecasts do not vary.
    agreement
        Share of test days on which the signal's state is the same by the trees.
    always_off
        That share for a rule that is never on: what agreement is worth.
    both_on
        Of the test days on which the signal is on, by itself or by the trees, the share on which it is by both; NaN
        without any.
    """

    depth: int
    columns: tuple[str, ...]
    trees: list[Any]
    gaps: list[BoolArray]
    probability: FloatArray
    state: BoolArray
    r_squared: float
    r_squared_log_odds: float
    agreement: float
    always_off: float
    both_on: float

    def rules(self, refit: int) -> list[SurrogateRule]:
        """The leaves of a refit's tree, the highest forecast first."""
        if self.trees[refit] is None:
            return []
        tree = self.trees[refit].tree_
        found = [
            SurrogateRule(
                conditions=tuple(bounds.text(self.columns[column]) for column, bounds in held.items()),
                probability=float(expit(tree.value[leaf].ravel()[0])),
                share=float(tree.n_node_samples[leaf] / tree.n_node_samples[0]),
                leaf=leaf,
            )
            for leaf, held in _leaves(tree, self.gaps[refit], 0, {})
        ]
        return sorted(found, key=lambda rule: -rule.probability)

    def leaf_of(self, refit: int, x: FloatArray) -> int:
        """Number of the leaf that a row x (K,) falls into by a refit's tree; -1 where there is none."""
        tree = self.trees[refit]
        return -1 if tree is None else int(tree.apply(x[None])[0])

    @property
    def fidelity(self) -> str:
        """How well the trees imitate, in words.

        Fair is what accounts for half of the variance and is right about the state more often than "never on".
        """
        fair = self.r_squared >= _FAIR and self.agreement > self.always_off
        verdict = "a fair picture of the models" if fair else "no fair picture of the models: read them as hints"
        shared = "" if np.isnan(self.both_on) else f"; of the days on by either, on by both: {self.both_on:.0%}"
        return (
            f"on test days R² {self.r_squared:.2f} of the forecasts and {self.r_squared_log_odds:.2f} of their "
            f"log-odds; the signal's state is the same on {self.agreement:.1%} ({self.always_off:.1%} were it never "
            f"on){shared}. The rules are {verdict}"
        )


def surrogate(walk: Walk, depth: int = DEPTH) -> Surrogate:
    """A regression tree for each refit, fitted to the log-odds that its model gives its training days.

    On a scale of chances, the few days before events that a model remembers from training would decide the whole tree.
    Fidelity is measured where the models forecast: a tree of one refit against its model on the sessions up to the
    next, which neither has seen.

    Raises
    ------
    ParameterError
        For a depth below one, or a walk-forward without forecasts.

    Notes
    -----
    Source: Craven & Shavlik (1996), Extracting tree-structured representations of trained networks.
    """
    if depth < 1:
        raise ParameterError(f"surrogate: depth must be at least 1, not {depth}")
    test = ~np.isnan(walk.probability)
    if not test.any():
        raise ParameterError("surrogate: there is no forecast to imitate")
    trees: list[Any] = []
    gaps: list[BoolArray] = []
    imitated: list[Fitted] = []
    for refit, fold in zip(walk.fitted, walk.lessons.plan, strict=False):
        x = walk.x[fold.train]
        tree = None
        if not isinstance(refit.model, float):
            given = walk.lessons.given.to_forecast(walk.x, fold.train)
            tree = _tree(x, refit.model.predict_proba(x, **given)[:, 1], depth)
        trees.append(tree)
        gaps.append(np.asarray(np.isnan(x).any(axis=0)))
        imitated.append(Fitted(refit.test, refit.model if tree is None else _Probabilities(tree)))
    told = predict(imitated, walk.x)
    state = walk.rule.state(told)
    ours, theirs = walk.state[test], state[test]
    return Surrogate(
        depth=depth,
        columns=walk.columns,
        trees=trees,
        gaps=gaps,
        probability=told,
        state=state,
        r_squared=_r_squared(walk.probability[test], told[test]),
        r_squared_log_odds=_r_squared(_log_odds(walk.probability[test]), _log_odds(told[test])),
        agreement=float((ours == theirs).mean()),
        always_off=float((~ours).mean()),
        both_on=float((ours & theirs).sum() / (ours | theirs).sum()) if (ours | theirs).any() else float("nan"),
    )


class _Probabilities:
    """A regression tree behind the interface of a classifier."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def fit(self, x: FloatArray, y: FloatArray, **given: FloatArray) -> Any:
        """Is done already."""
        raise NotImplementedError

    def predict_proba(self, x: FloatArray, **given: FloatArray) -> FloatArray:
        """(n, 2)."""
        del given  # it sees the columns of the day alone
        told = expit(self.tree.predict(x))
        return np.column_stack([1.0 - told, told])


def _tree(x: FloatArray, told: FloatArray, depth: int) -> Any:
    from sklearn.tree import DecisionTreeRegressor

    return DecisionTreeRegressor(max_depth=depth, min_samples_leaf=_LEAST_SHARE, random_state=0).fit(x, _log_odds(told))


def _log_odds(chance: FloatArray) -> FloatArray:
    """Forecasts of 0 and 1, which have none, count as nearly so."""
    return np.asarray(logit(np.clip(chance, _CERTAIN, 1.0 - _CERTAIN)), dtype=np.float64)


def _r_squared(told: FloatArray, imitated: FloatArray) -> float:
    variance = ((told - told.mean()) ** 2).sum()
    return float(1.0 - ((told - imitated) ** 2).sum() / variance) if variance > 0.0 else float("nan")


class _Bounds(NamedTuple):
    """What a leaf asks of one column: above ``low``, not above ``high``; or, if ``unknown``, not known."""

    low: float
    high: float
    unknown: bool

    def text(self, column: str) -> str:
        unknown = " or unknown" if self.unknown else ""
        if np.isinf(self.low):
            return f"{column} ≤ {self.high:.4g}{unknown}"
        if np.isinf(self.high):
            return f"{column} > {self.low:.4g}{unknown}"
        return f"{self.low:.4g} < {column} ≤ {self.high:.4g}{unknown}"


def _leaves(
    tree: Any, gaps: BoolArray, node: int, held: Mapping[int, _Bounds]
) -> Iterator[tuple[int, Mapping[int, _Bounds]]]:
    """Every leaf below a node, with what it asks of columns by their positions."""
    if tree.children_left[node] == -1:
        yield node, held
        return
    column, level = int(tree.feature[node]), float(tree.threshold[node])
    before = held.get(column, _Bounds(-np.inf, np.inf, bool(gaps[column])))
    goes_left = bool(tree.missing_go_to_left[node])
    below = _Bounds(before.low, min(before.high, level), before.unknown and goes_left)
    above = _Bounds(max(before.low, level), before.high, before.unknown and not goes_left)
    yield from _leaves(tree, gaps, int(tree.children_left[node]), {**held, column: below})
    yield from _leaves(tree, gaps, int(tree.children_right[node]), {**held, column: above})

"""XGBoost models in their own format (UBJSON), read before XGBoost does: it ends the process over one that is damaged.

Trees are loaded in threads, where an error has nowhere to go, and their indices are followed without looking.

Source: https://ubjson.org (draft 12), as XGBoost 3 writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from simulator.core.errors import DataError

_KINDS: Final = {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
_WORDS: Final = {b"T": True, b"F": False, b"Z": None}
_DEEPEST: Final = 60
_ROOT: Final = 2**31 - 1  # what stands for the parent of the first node
#: The arrays of a tree by what lies in them; each has an entry for every node.
_NODES: Final = {
    **dict.fromkeys(("left_children", "right_children", "parents", "split_indices"), ("<i4", "<i8")),
    **dict.fromkeys(("base_weights", "loss_changes", "split_conditions", "sum_hessian"), ("<f4", "<f8")),
    **dict.fromkeys(("default_left", "split_type"), ("|u1", "|i1")),
}


def check_booster(content: bytes) -> None:
    """Raise :class:`DataError` unless a model can be read to its end, and every node of its trees leads somewhere."""
    whole = _Reader(content).whole()
    try:
        learner = whole["learner"]
        stated = {
            name: int(learner["learner_model_param"][name]) for name in ("num_feature", "num_class", "num_target")
        }
        outputs = max(1, stated["num_class"]) * stated["num_target"]
        for model in _models(learner["gradient_booster"]):
            _check_model(model, stated["num_feature"], outputs)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"its trees are damaged ({type(error).__name__}: {error})") from None


def _models(booster: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The trees of a booster; none where it is linear."""
    name = booster["name"]
    if name == "gblinear":
        return []
    return [booster["gbtree"]["model"] if name == "dart" else booster["model"]]


def _check_model(model: Mapping[str, Any], columns: int, outputs: int) -> None:
    trees = model["trees"]
    _check(len(trees) == int(model["gbtree_model_param"]["num_trees"]) == len(model["tree_info"]), "trees")
    groups = np.asarray(model["tree_info"])
    _check(groups.ndim == 1 and bool(np.all((groups >= 0) & (groups < outputs))), "tree_info")
    starts = np.asarray(model["iteration_indptr"])
    _check(starts[0] == 0 and starts[-1] == len(trees) and bool(np.all(np.diff(starts) >= 0)), "iteration_indptr")
    for number, tree in enumerate(trees):
        _check(tree["id"] == number, "id")
        _check_tree(tree, columns)


def _check_tree(tree: Mapping[str, Any], columns: int) -> None:
    """Every node leads to later ones, or nowhere, and asks for a column that there is."""
    nodes = int(tree["tree_param"]["num_nodes"])
    for name, kinds in _NODES.items():
        values = tree[name]
        _check(isinstance(values, np.ndarray) and values.dtype.str in kinds and values.size == nodes > 0, name)
    _check(not np.any(tree["split_type"]), "split_type")  # categories, which no feature of ours is
    left, right = (np.asarray(tree[name]) for name in ("left_children", "right_children"))
    inner = np.flatnonzero(left != -1)
    leads = np.column_stack([left[inner], right[inner]])
    _check(bool(np.all((leads > inner[:, None]) & (leads < nodes)) and np.all(right[left == -1] == -1)), "children")
    above = np.full(nodes, _ROOT)
    above[left[inner]], above[right[inner]] = inner, inner
    _check(np.array_equal(above, tree["parents"]), "parents")
    asked = np.asarray(tree["split_indices"])
    _check(bool(np.all((asked >= 0) & (asked < columns))), "split_indices")


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise DataError(f"its trees are damaged ({what})")


class _Reader:
    """Reads UBJSON; whatever is cut short, too deep or of no kind is a :class:`DataError`."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def whole(self) -> Any:
        """The one value that there is."""
        value = self._value(self._take(1), 0)
        if self._at != len(self._content):
            raise DataError("its trees are damaged (there is more behind them)")
        return value

    def _take(self, count: int) -> bytes:
        taken = self._content[self._at : self._at + count]
        if count < 0 or len(taken) != count:
            raise DataError("its trees are damaged (cut short)")
        self._at += count
        return taken

    def _ahead(self, sign: bytes) -> bool:
        """Whether a sign comes next, which is then passed."""
        there = self._content[self._at : self._at + 1] == sign
        self._at += there
        return there

    def _value(self, kind: bytes, depth: int) -> Any:
        if depth > _DEEPEST:
            raise DataError("its trees are damaged (too deep)")
        if kind in _KINDS:
            return self._numbers(kind, 1)[0].item()
        if kind in _WORDS:
            return _WORDS[kind]
        if kind == b"S":
            return self._text()
        if kind == b"[":
            return self._list(depth)
        if kind == b"{":
            return self._table(depth)
        raise DataError(f"its trees are damaged (no kind {kind!r})")

    def _numbers(self, kind: bytes, count: int) -> np.ndarray:
        sort = np.dtype(_KINDS[kind])
        found = np.frombuffer(self._take(sort.itemsize * count), dtype=sort)
        return found.astype(found.dtype.newbyteorder("<"))

    def _count(self) -> int:
        count = self._value(self._take(1), 0)
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise DataError("its trees are damaged (a count is none)")
        return count

    def _text(self) -> str:
        return self._take(self._count()).decode("utf-8", "replace")

    def _list(self, depth: int) -> Any:
        if self._ahead(b"$"):
            kind = self._take(1)
            if kind not in _KINDS or not self._ahead(b"#"):
                raise DataError("its trees are damaged (a list of no kind)")
            return self._numbers(kind, self._count())
        if self._ahead(b"#"):
            count = self._count()
            self._room(count)
            return [self._value(self._take(1), depth + 1) for _ in range(count)]
        found = []
        while not self._ahead(b"]"):
            found.append(self._value(self._take(1), depth + 1))
        return found

    def _table(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self._ahead(b"}"):
            name = self._text()
            found[name] = self._value(self._take(1), depth + 1)
        return found

    def _room(self, count: int) -> None:
        if count > len(self._content) - self._at:
            raise DataError("its trees are damaged (cut short)")

"""What a scenario takes from the one it ``extends``: key by key, but for what only makes sense as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from simulator.core.errors import ScenarioError, UndertowError, nearest
from simulator.core.names import quoted

#: As a value, it takes a key back that was inherited.
UNSET: Final = "unset"
#: Tables that replace what was inherited as a whole: half of one book and half of another are no book.
_WHOLE: Final = ("weights", "into")
_MISSING: Final = object()
_STEP: Final = re.compile(r'"([^"]*)"|([^.\s"]+)')
Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origins:
    """Which file stated each key that a scenario has inherited.

    Attributes
    ----------
    files
        The file by the steps that lead to a key; keys of the scenario's own file are not here.
    """

    files: Mapping[Steps, Path] = field(default_factory=dict)

    def of(self, steps: Sequence[str | int]) -> Path | None:
        """The file that a key, or a table as a whole, comes from; ``None`` if any of it is the scenario's own."""
        path = tuple(str(step) for step in steps)
        for length in range(len(path), 0, -1):
            if path[:length] in self.files:
                return self.files[path[:length]]
        return None

    def said(self, steps: Sequence[str | int]) -> str:
        """Where a key was inherited from, to be put behind a message; nothing if it was not."""
        origin = self.of(steps)
        return "" if origin is None else f" (inherited from {origin})"

    def named(self, error: UndertowError) -> UndertowError:
        """An error whose message begins with an inherited key, with the file it comes from."""
        text = str(error)
        where, colon, rest = text.partition(": ")
        if not colon or "\n" in where or len(where) > 200:
            return error
        steps = [quoted or bare for quoted, bare in _STEP.findall(where.replace("[", ".").replace("]", ""))]
        key = re.match(r"(?:unknown key )?'?([\w-]+)", rest)
        said = (key and self.said([*steps, key.group(1)])) or self.said(steps)
        return type(error)(f"{text}{said}") if said else error


def over(base: Mapping[str, Any], heir: Mapping[str, Any]) -> dict[str, Any]:
    """A file's tables over those it inherits, key by key.

    Anything that is no table replaces what was there, and so do a table with a ``kind`` and one of weights. A policy
    put together of parts needs no kind: it replaces one of another kind.
    """
    result = dict(base)
    for key, value in heir.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping) and key not in _WHOLE and not _another(old, value):
            result[key] = over(old, value)
        else:
            result[key] = value
    return result


def _another(old: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Whether a table says itself what it is: with a kind, or, where the old one had another, with holdings."""
    return "kind" in value or ("holdings" in value and old.get("kind", "composed") != "composed")


def without(tables: Mapping[str, Any], listed: Any, path: Path) -> dict[str, Any]:
    """Inherited tables without the keys that a file lists."""
    if not isinstance(listed, list) or not all(isinstance(key, str) for key in listed):
        raise ScenarioError(f"{path}: scenario.without must be a list of keys, for example ['judge', 'market.series']")
    left = dict(tables)
    for key in listed:
        left = removed(left, tuple(quoted or bare for quoted, bare in _STEP.findall(key)), f"{path}: scenario.without")
    return left


def removed(tables: Mapping[str, Any], steps: Steps, where: str) -> dict[str, Any]:
    """Tables without one key.

    Raises
    ------
    ScenarioError
        If the key is not there.
    """
    here: Any = tables
    for number, step in enumerate(steps):
        if not isinstance(here, Mapping) or step not in here:
            known = here if isinstance(here, Mapping) else ()
            key = ".".join(steps[: number + 1])
            raise ScenarioError(f"{where}: {quoted(key)} is not set, so it cannot be unset{nearest(step, known)}")
        here = here[step]
    return _dropped(tables, steps)


def _dropped(tables: Mapping[str, Any], steps: Steps) -> dict[str, Any]:
    first, *rest = steps
    left = dict(tables)
    if rest:
        left[first] = _dropped(left[first], tuple(rest))
    else:
        del left[first]
    return left


def unset(base: Mapping[str, Any], heir: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is inherited and what is stated, both without the keys that a file sets to ``"unset"``."""
    inherited, stated = dict(base), dict(heir)
    for steps in [steps for steps, value in leaves(heir) if value == UNSET]:
        inherited = removed(inherited, steps, str(path))
        stated = _dropped(stated, steps)
    return inherited, stated


def leaves(tables: Mapping[str, Any], steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every key whose value is no table, with the steps that lead to it."""
    for key, value in tables.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*steps, key))
        else:
            yield (*steps, key), value


def origins(base: Mapping[str, Any], known: Origins, parent: Path, whole: Mapping[str, Any]) -> Origins:
    """Where the keys of a ``whole`` scenario come from that are as its ``base`` has them."""
    now = dict(leaves(whole))
    return Origins(
        {steps: known.files.get(steps, parent) for steps, value in leaves(base) if now.get(steps, _MISSING) is value}
    )

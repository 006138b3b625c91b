"""Who is in the fund and which tools are compared, as the command line states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scenarios.load import parse_shock
from scenarios.making import make
from simulator.core.errors import ParameterError, ScenarioError, nearest
from simulator.core.names import quoted
from simulator.redemptions import TOOLS, Investors, Tool, Trigger

#: Who is in the fund unless stated: an assumption, and said so.
USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "retail": {"share": 0.5, "to_losses": 0.01, "convexity": 0.2, "to_others": 0.1},
    "institutional": {
        "share": 0.5,
        "to_losses": 0.03,
        "convexity": 1.0,
        "to_others": 0.3,
        "to_illiquidity": 0.02,
        "count": 20,
    },
}

KINDS: Final = {tool.kind: tool for tool in TOOLS}


def investors_of(texts: Sequence[str]) -> dict[str, Investors]:
    """Classes by name from ``NAME:key=value,...``; the usual ones where none is stated.

    Raises
    ------
    ScenarioError
        Naming the option and the key that cannot be used.
    """
    stated = dict(map(_named, texts)) if texts else {name: dict(keys) for name, keys in USUAL.items()}
    if texts and len(stated) < len(texts):
        raise ScenarioError("--investors: two classes have one name")
    classes = {name: _made(Investors, keys, f"--investors {name}") for name, keys in stated.items()}
    total = sum(label.share for label in classes.values())
    if abs(total - 1.0) > 1e-9:
        raise ScenarioError(f"--investors: the shares of the classes sum to {total:g}; they must sum to 1")
    return classes


def tools_of(texts: Sequence[str], dearest: int) -> dict[str, Tool]:
    """Tools by what they are called from ``KIND:key=value,...``, after no tool; all nine where none is stated.

    ``asked``, ``liquid_share`` and ``fall`` are the trigger's. ``dearest`` is the asset that a side pocket takes where
    it states none.

    Raises
    ------
    ScenarioError
        Naming the option and the key that cannot be used.
    """
    found: dict[str, Tool] = {"none": Tool()}
    for text in texts or [kind for kind in KINDS if kind != "none"]:
        kind, keys = _named(text)
        if kind not in KINDS:
            raise ScenarioError(f"--tool: no tool {quoted(kind)}{nearest(kind, KINDS)}")
        trigger: dict[str, Any] = {key: keys.pop(key) for key in ("asked", "liquid_share", "fall") if key in keys}
        if kind == "side-pocket" and not {"assets", "above_bps"} & set(keys):
            keys["assets"] = (dearest,)
        where = f"--tool {kind}"
        found[text if text in found or ":" in text else kind] = _made(
            KINDS[kind], {**keys, "trigger": _made(Trigger, trigger, where)}, where
        )
    return found


def _named(text: str) -> tuple[str, dict[str, Any]]:
    table = parse_shock(text)
    name = str(table.pop("kind"))
    return name, table


def _made(cls: Any, keys: Mapping[str, Any], where: str) -> Any:
    supplied = {key: value for key, value in keys.items() if isinstance(value, Trigger | tuple)}
    try:
        return make(cls, {key: value for key, value in keys.items() if key not in supplied}, where, **supplied)
    except ParameterError as error:
        raise ScenarioError(f"{where}: {error}") from None

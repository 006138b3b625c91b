"""Who is in the fund and which tools are compared, as the command line or the table ``[redemptions]`` states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scenarios.configure import checked
from scenarios.load import parse_shock
from scenarios.making import make, split
from scenarios.schema import ScenarioFile
from simulator.core.errors import ParameterError, ScenarioError, nearest
from simulator.core.names import check_name, quoted
from simulator.redemptions import TOOLS, Investors, Tool, Trigger

Tables = Mapping[str, Mapping[str, Any]]

#: Who is in the fund unless stated: an assumption, and said so.
USUAL: Final[Tables] = {
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

#: What pulls a tool, and how it is set, where nothing is stated of it: an assumption, and said so. The others are
#: always used. 5% of the fund on a day is where SEC rule 2a-7 (2023) asks institutional money funds for a fee.
USUAL_TOOLS: Final[Mapping[str, Mapping[str, float]]] = {
    "suspension": {"asked": 0.10},
    "gate": {"most": 0.05},
    "notice": {"asked": 0.05},
    "fee": {"asked": 0.05},
    "in-kind": {"asked": 0.05},
    "side-pocket": {"fall": 0.10},
}

KINDS: Final = {tool.kind: tool for tool in TOOLS}
#: Keys of a tool that are its trigger's.
TRIGGERS: Final = tuple(Trigger.__dataclass_fields__)
#: What the table of a scenario is called.
TABLE: Final = "redemptions"
_NONE: Final = "none"


def investors_of(texts: Sequence[str], stated: Tables | None = None) -> dict[str, Investors]:
    """Classes by name: from ``NAME:key=value,...``, else those that a scenario has ``stated``, else the usual ones.

    Raises
    ------
    ScenarioError
        Naming the option or the table, and the key that cannot be used.
    """
    tables, where, named = stated or USUAL, f"{TABLE}.investors", f"{TABLE}.investors.{{}}"
    if texts:
        tables, where, named = dict(map(_class, texts)), "--investors", "--investors {}"
        if len(tables) < len(texts):
            raise ScenarioError("--investors: two classes have one name")
    classes = {name: _made(Investors, keys, named.format(name)) for name, keys in tables.items()}
    total = sum(investors.share for investors in classes.values())
    if abs(total - 1.0) > 1e-9:
        raise ScenarioError(f"{where}: the shares of the classes sum to {total:g}; they must sum to 1")
    return classes


def tools_of(
    texts: Sequence[str], stated: Tables | None = None, dearest: int = 0, held: Sequence[str] | None = None
) -> dict[str, Tool]:
    """Tools by what they are called, after no tool: as texts, or else a scenario, state them; or else all nine.

    A text that is a kind alone is the tool as it usually is (:data:`USUAL_TOOLS`).

    ``asked``, ``liquid_share`` and ``fall`` are the trigger's. ``dearest`` is the asset that a side pocket takes where
    it states none, by its place among those ``held``; without these its assets are not looked up yet.

    Raises
    ------
    ScenarioError
        Naming the option or the table, and the key that cannot be used.
    """
    found: dict[str, Tool] = {_NONE: Tool()}
    if texts or not stated:
        for text in texts or [kind for kind in KINDS if kind != _NONE]:
            kind, keys = _named(text, "--tool")
            if kind not in KINDS:
                raise ScenarioError(f"--tool: no tool {quoted(kind)}{nearest(kind, KINDS)}")
            called = text if text in found or ":" in text else kind
            keys = keys or dict(USUAL_TOOLS.get(kind, {}))
            found[called] = _tool(kind, keys, f"--tool {kind}", dearest, held)
        return found
    for name, table in stated.items():
        where = f"{TABLE}.tools.{name}"
        kind, keys = split(table, where)
        if kind not in KINDS:
            raise ScenarioError(f"{where}: no tool {quoted(kind)}{nearest(kind, KINDS)}")
        if name == _NONE:
            raise ScenarioError(f"{where}: the fund without any tool is always there; call this one otherwise")
        found[name] = _tool(kind, keys, where, dearest, held)
    return found


def check_redemptions(file: ScenarioFile) -> None:
    """Raise :class:`ScenarioError` where the table of a scenario names a policy or states a class that cannot be."""
    section = file.redemptions
    if section is None:
        return
    if section.policy is not None and section.policy not in file.policies:
        raise ScenarioError(
            f"{TABLE}.policy: no policy {quoted(section.policy)}{nearest(section.policy, file.policies)}"
        )
    investors_of((), section.investors)
    tools_of((), section.tools)


def _class(text: str) -> tuple[str, dict[str, Any]]:
    name, table = _named(text, "--investors")
    try:
        return check_name(name), table
    except ParameterError as error:
        raise ScenarioError(f"--investors: {error}") from None


def _named(text: str, option: str) -> tuple[str, dict[str, Any]]:
    table = parse_shock(text, option, "NAME:key=value,..." if option == "--investors" else "KIND:key=value,...")
    name = str(table.pop("kind"))
    return name, table


def _tool(kind: str, stated: Mapping[str, Any], where: str, dearest: int, held: Sequence[str] | None) -> Tool:
    keys = dict(stated)
    trigger = {key: keys.pop(key) for key in TRIGGERS if key in keys}
    supplied: dict[str, Any] = {"trigger": _made(Trigger, trigger, where)}
    if kind == "side-pocket" and ("assets" in keys or "above_bps" not in keys):
        supplied["assets"] = _places(keys.pop("assets", None), where, dearest, held)
    tool: Tool = _made(KINDS[kind], keys, where, **supplied)
    return tool


def _places(names: Any, where: str, dearest: int, held: Sequence[str] | None) -> tuple[int, ...]:
    """Where the assets of a side pocket stand in the book: those named, or the one that is dearest to sell."""
    if names is None:
        return (dearest,)
    wanted = checked(names, list[str], f"{where}.assets")
    if held is None:
        return ()
    for name in wanted:
        if name not in held:
            raise ScenarioError(f"{where}: the book of that day does not hold {quoted(name)}{nearest(name, held)}")
    return tuple(held.index(name) for name in wanted)


def _made(cls: Any, keys: Mapping[str, Any], where: str, **supplied: Any) -> Any:
    try:
        return make(cls, keys, where, **supplied)
    except ParameterError as error:
        raise ScenarioError(f"{where}: {error}") from None

"""A scenario with every default filled in, as data and as an explained file."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any, Final

from pydantic.fields import FieldInfo

from simulator.core.committee import Governance
from simulator.core.execution import Execution
from simulator.core.fees import Fees
from simulator.core.names import toml_key, toml_text
from simulator.core.within import Within
from simulator.liquidity import LiquidityStress
from simulator.redemptions import Investors, Trigger

from . import kinds
from .configure import ALIASES, parameters, plain_text, spelling, with_range
from .crises import crises, known_shocks
from .funding.terms import Funding
from .plugins import find, is_own
from .redemptions.asked import KINDS
from .schema import FlowSpec, GroupSpec, InstrumentSpec, JudgeSection, ReportSection, ScenarioFile
from .schema_market import MarketSection
from .schema_redemptions import RedemptionsSection
from .schema_words import StrictSection

_WIDTH = 100
#: Tables that a file may do without, with the class behind each.
_OPTIONAL: Final[Mapping[str, Any]] = {
    "governance": Governance,
    "funding": Funding,
    "judge": JudgeSection,
    "report": ReportSection,
}
#: What a file calls otherwise than the class of a tool does.
_OF_TOOLS: Final = {"assets": "which, by name; by default the one dearest to sell, or those above above_bps"}
_OWN = "A class of your own, as the file states it: its module is imported when it runs, not to show it."


def resolved(file: ScenarioFile) -> dict[str, Any]:
    """The whole scenario as plain data, defaults included; dates are text."""
    spelled: dict[str, Any] = _dates_as_text(_whole(file, own=True))
    return spelled


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dates_as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _whole(file: ScenarioFile, own: bool) -> dict[str, Any]:
    """Without ``own``, nothing of the user's own is imported: tables of their kinds are as the file states them."""

    def with_kind(table: Mapping[str, Any], known: Mapping[str, str], where: str) -> dict[str, Any]:
        first = {"kind": str(table.get("kind", "")), **({"title": table["title"]} if "title" in table else {})}
        kind, rest = first["kind"], {key: value for key, value in table.items() if key not in first}
        if is_own(kind) and not own:
            return {**first, **_plain(rest)}
        return {**first, **_filled(find(kind, known, where, file.own), rest)}

    plain: dict[str, Any] = {
        "scenario": _plain(file.scenario.model_dump()),
        "market": _market(file.market),
        "portfolio": _plain(file.portfolio.model_dump()),
        "instruments": {
            name: _plain(instrument.model_dump(by_alias=True, exclude_none=True))
            for name, instrument in file.instruments.items()
        },
        "execution": _filled(Execution, file.execution),
        "bounds": _plain(file.bounds.model_dump()),
        "flows": [_plain(flow.model_dump()) for flow in file.flows],
        "fees": _filled(Fees, file.fees),
        "costs": with_kind({"kind": "almgren-chriss", **file.costs}, kinds.COSTS, "costs"),
        "liquidity": _filled(LiquidityStress, file.liquidity),
    }
    for section, known in (("signals", kinds.SIGNALS), ("policies", kinds.POLICIES)):
        tables: Mapping[str, dict[str, Any]] = getattr(file, section)
        plain[section] = {name: with_kind(table, known, f"{section}.{name}") for name, table in tables.items()}
    if file.overlays:
        plain["overlays"] = {
            name: with_kind(table, kinds.OVERLAYS, f"overlays.{name}") for name, table in file.overlays.items()
        }
    for section, cls in _OPTIONAL.items():
        stated = getattr(file, section)
        if stated is not None:
            plain[section] = _plain(stated.model_dump()) if isinstance(stated, StrictSection) else _filled(cls, stated)
    if file.redemptions is not None:
        plain["redemptions"] = _redemptions(file.redemptions)
    plain["shocks"] = [
        with_kind(table, known_shocks(), f"shocks[{number}]") for number, table in enumerate(file.shocks)
    ]
    return plain


def _redemptions(section: RedemptionsSection) -> dict[str, Any]:
    """Who is in the fund and its tools; the keys of a tool's trigger stand beside its own."""
    return {
        **_plain(section.model_dump()),
        "investors": {name: _filled(Investors, table) for name, table in section.investors.items()},
        "tools": {name: _filled_tool(table) for name, table in section.tools.items()},
    }


def _filled_tool(table: Mapping[str, Any]) -> dict[str, Any]:
    own = _filled(KINDS[str(table["kind"])], table)
    del own["trigger"]
    if "above_bps" in own:  # stated, it takes the place of the asset that is dearest to sell
        own["above_bps"] = table.get("above_bps")
    return {"kind": table["kind"], **own, **_filled(Trigger, table)}


def _market(section: MarketSection) -> dict[str, Any]:
    table: dict[str, Any] = _plain(section.model_dump())
    if section.instruments is not None:
        table["instruments"] = section.instruments.model_dump(by_alias=True, exclude_none=True)
    return table


def _filled(cls: Any, table: Mapping[str, Any]) -> dict[str, Any]:
    spelled = {ALIASES.get(key, key): value for key, value in table.items()}
    filled = {}
    for name, parameter in parameters(cls).items():
        default = None if parameter.required else parameter.default
        filled[name] = _plain(spelled.get(name, default))
    return filled


def _plain(value: Any) -> Any:
    if isinstance(value, dict | Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | int | float | bool | date | time) or value is None:
        return value
    return {} if callable(value) or type(value).__name__ == "_HAS_DEFAULT_FACTORY_CLASS" else str(value)


def explained(file: ScenarioFile) -> str:
    """The scenario as a TOML file that says what every key means; keys left unset are commented out.

    Nothing of the user's own is imported: a table of such a kind is as its file states it, and says so.
    """
    whole = _whole(file, own=False)
    lines: list[str] = []
    for section in ("scenario", "market", "portfolio"):
        lines += _of_section(f"[{section}]", type(getattr(file, section)), whole[section])
    for name, table in whole["instruments"].items():
        lines += _table(f"[instruments.{toml_key(name)}]", "", table, _texts(InstrumentSpec))
    lines += _of_class("[execution]", Execution, whole["execution"])
    bounds = dict(whole["bounds"])
    groups = bounds.pop("groups")
    lines += _of_section("[bounds]", type(file.bounds), bounds)
    for name, table in groups.items():
        lines += _of_section(f"[bounds.groups.{toml_key(name)}]", GroupSpec, table)
    for table in whole["flows"]:
        lines += _of_section("[[flows]]", FlowSpec, table)
    lines += _of_class("[fees]", Fees, whole["fees"])
    lines += _kind_table("[costs]", whole["costs"], kinds.COSTS)
    lines += _of_class("[liquidity]", LiquidityStress, whole["liquidity"])
    for section, known in (("signals", kinds.SIGNALS), ("policies", kinds.POLICIES)):
        for name, table in whole[section].items():
            lines += _kind_table(f"[{section}.{toml_key(name)}]", table, known)
    for name, table in whole.get("overlays", {}).items():
        lines += _kind_table(f"[overlays.{toml_key(name)}]", table, kinds.OVERLAYS)
    for section, cls in _OPTIONAL.items():
        if section in whole:
            make = _of_section if issubclass(cls, StrictSection) else _of_class
            lines += make(f"[{section}]", cls, whole[section])
    lines += _of_redemptions(whole.get("redemptions", {}))
    for table in whole["shocks"]:
        lines += _kind_table("[[shocks]]", table, known_shocks())
    return "\n".join(lines).strip() + "\n"


def shock_explained(name: str) -> str:
    """A shock of the catalogue, or a kind of shocks, as a table that says what every key means.

    Of one of the catalogue it says first what is known of it, and last what it is composed of.
    """
    crisis = crises().get(name)
    told = [] if crisis is None else textwrap.wrap(crisis.told(), _WIDTH, break_on_hyphens=False)
    filled = {"kind": name, **_filled(find(name, known_shocks(), "shocks"), {})}
    lines = [*(f"# {line}" for line in told), *_kind_table("[[shocks]]", filled, known_shocks())]
    for number, table in enumerate(() if crisis is None else crisis.tables):
        lines += ["", "# and" if number else "# composed of:"]
        lines += [f"# {toml_key(key)} = {_toml(_plain(value))}" for key, value in table.items()]
    return "\n".join(lines).strip() + "\n"


def shock_kinds() -> Iterator[tuple[str, str]]:
    """Every kind of shocks with what it does, in one line."""
    for kind in kinds.SHOCKS:
        yield kind, _summary(find(kind, kinds.SHOCKS, "shocks")).partition(". ")[0].rstrip(".")


def _of_redemptions(whole: Mapping[str, Any]) -> list[str]:
    """The tables of a run on a fund; nothing where there are none."""
    if not whole:
        return []
    own = {key: value for key, value in whole.items() if key not in ("investors", "tools")}
    lines = _of_section("[redemptions]", RedemptionsSection, own)
    for name, table in whole["investors"].items():
        lines += _of_class(f"[redemptions.investors.{toml_key(name)}]", Investors, table)
    for name, table in whole["tools"].items():
        cls: Any = KINDS[table["kind"]]
        known = {**parameters(cls), **parameters(Trigger)}
        texts = {key: parameter.text for key, parameter in known.items()} | _OF_TOOLS
        lines += _table(f"[redemptions.tools.{toml_key(name)}]", _summary(cls), table, texts)
    return lines


def _of_section(header: str, model: type[StrictSection], table: Mapping[str, Any]) -> list[str]:
    return _table(header, (model.__doc__ or "").strip(), table, _texts(model))


def _texts(model: type[StrictSection]) -> dict[str, str]:
    return {field.alias or name: _text(field) for name, field in model.model_fields.items()}


def _text(field: FieldInfo) -> str:
    """What a field of the file is for, with its range where it states one."""
    within = next((constraint for constraint in field.metadata if isinstance(constraint, Within)), None)
    return with_range(field.description or "", within)


def _kind_table(header: str, table: Mapping[str, Any], known: Mapping[str, str]) -> list[str]:
    if is_own(str(table["kind"])):
        return _table(header, _OWN, table, {})
    return _of_class(header, find(str(table["kind"]), known, header), table)


def _of_class(header: str, cls: Any, table: Mapping[str, Any]) -> list[str]:
    texts = {name: parameter.text for name, parameter in parameters(cls).items()}
    return _table(header, _summary(cls), table, texts)


def _summary(cls: Any) -> str:
    return plain_text(_doc(cls).split("\n\n")[0].replace("\n", " "))


def _doc(cls: Any) -> str:
    """What a class says of itself; empty where that is but the signature a dataclass gets for want of a docstring."""
    doc = inspect.getdoc(cls) or ""
    return "" if doc.startswith(f"{cls.__name__}(") else doc


def _table(header: str, summary: str, table: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    lines = ["", *(f"# {line}" for line in textwrap.wrap(summary, _WIDTH)), header]
    for key, value in table.items():
        lines += _entry(spelling(key, header.strip("[]")), value, texts.get(key, ""))
    return lines


def _entry(key: str, value: Any, text: str) -> Iterator[str]:
    text = plain_text(text)
    written = f"# {key} =" if value is None else f"{toml_key(key)} = {_toml(value)}"
    wrapped = textwrap.wrap(text, _WIDTH - 8)
    if wrapped and len(written) < 34 and len(wrapped) == 1 and len(wrapped[0]) < _WIDTH - 34:
        yield f"{written:<34}  # {wrapped[0]}"
        return
    yield from (f"# {line}" for line in wrapped)
    yield written


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_key(key)} = {_toml(item)}" for key, item in value.items() if item is not None)
        return f"{{ {inner} }}" if inner else "{}"
    return toml_text(str(value))

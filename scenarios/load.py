"""Reading a scenario: file or catalogued name, overrides, validation with one clear line."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from simulator.core.errors import ScenarioError, nearest, shown
from simulator.core.names import quoted

from .book import scaled
from .complaint import first_complaint
from .inherit import UNSET, Origins, over, unset, without
from .inherit import origins as origins_of
from .judge.policies import with_policies
from .kinds import PATHS
from .plugins import OwnFiles, is_own
from .schema import ScenarioFile

CATALOG: Final = Path(__file__).with_name("catalog")
DEFAULT: Final = "us-large-caps"
#: The step of a key that means every entry of a list: ``shocks.*.severity``.
EVERY: Final = "*"
#: Tables in tables; no key of a scenario has more than five.
_DEEPEST: Final = 20
_TOO_DEEP: Final = f"tables and lists may be nested {_DEEPEST} deep at most"


def catalogued() -> dict[str, Path]:
    """The named scenarios."""
    return {path.stem: path for path in sorted(CATALOG.glob("*.toml"))}


def locate(name_or_path: str) -> Path:
    """The file of a named scenario, or of a path.

    Raises
    ------
    ScenarioError
        If there is neither.
    """
    named = catalogued()
    if name_or_path in named:
        return named[name_or_path]
    path = Path(name_or_path)
    if path.is_file():
        return path
    if path.suffix == ".toml" or "/" in name_or_path:
        raise ScenarioError(f"{name_or_path}: no such scenario file")
    raise ScenarioError(
        f"unknown scenario {quoted(name_or_path)}{nearest(name_or_path, named)}; or give a path to a file"
    )


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables; raise :class:`ScenarioError` with the line if it is no TOML."""
    try:
        text = path.read_text(encoding="utf-8-sig").lstrip("\ufeff")
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: not a text file") from None
    return read_text(text, path)


def read_text(text: str, path: Path) -> dict[str, Any]:
    """The tables of a text that is, or will be, that of a file; see :func:`read_toml`."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ScenarioError(f"{path}: not valid TOML: {_TOO_DEEP}") from None
    except ValueError as error:
        raise ScenarioError(f"{path}: not valid TOML: {error}") from None


def load(
    name_or_path: str, overrides: Iterable[str] = (), shocks: Iterable[str] = (), plugins: Iterable[Path] = ()
) -> ScenarioFile:
    """A validated scenario.

    Parameters
    ----------
    name_or_path
        A catalogued name, or a path to a TOML file.
    overrides
        ``key.path=value`` each; the value is read as TOML, else as text. ``shocks.0.severity=2`` means the first,
        ``shocks.*.severity=2`` every one.
    shocks
        ``kind:key=value,key=value`` each, added after the file's own.
    plugins
        Folders in which classes of the user's own are looked for, besides that of the file.

    Raises
    ------
    ScenarioError
        Naming the file, the key and what to do.
    """
    path = locate(name_or_path)
    tables, origins = inherited(path)
    tables.setdefault("shocks", [])
    if isinstance(tables["shocks"], list):
        tables["shocks"] = [*tables["shocks"], *(parse_shock(text) for text in shocks)]
    for text in overrides:
        override(tables, text)
    file = validate(tables, path, origins)
    file._own = own_files(path, plugins)
    return file


def own_files(path: Path, plugins: Iterable[Path] = ()) -> OwnFiles:
    """Where the classes that a scenario file names may come from: each from the folder of the file that states it."""
    stated: dict[str, tuple[Path, ...]] = {}
    for file in lineage(path):
        for spec in filter(is_own, _kinds(read_toml(file))):
            stated[spec] = (*stated.get(spec, ()), file.parent)
    return OwnFiles(None if path.parent == CATALOG else path.parent, tuple(map(_folder, plugins)), stated)


def _folder(plugins: Path) -> Path:
    if not plugins.is_dir():
        raise ScenarioError(f"--plugins {plugins}: no such folder")
    return plugins


def lineage(path: Path) -> list[Path]:
    """A scenario file, the one it extends, and so on."""
    section = read_toml(path).get("scenario")
    base = section.get("extends") if isinstance(section, dict) else None
    return [path] if base is None else [path, *lineage(parent_of(path, str(base)))]


def parent_of(path: Path, base: str) -> Path:
    """The file that another one extends: beside it, or catalogued, or a path."""
    beside = path.parent / base
    return beside if beside.is_file() else locate(base)


def _kinds(tables: Any) -> Iterator[str]:
    """Every ``kind`` that a file states."""
    inner = tables.values() if isinstance(tables, dict) else tables if isinstance(tables, list) else ()
    for table in inner:
        yield from _kinds(table)
    if isinstance(tables, dict) and isinstance(tables.get("kind"), str):
        yield tables["kind"]


def inherited(path: Path, heirs: tuple[Path, ...] = ()) -> tuple[dict[str, Any], Origins]:
    """A file's tables over those of the scenario it ``extends``, if it does, and where the inherited keys come from."""
    tables = read_toml(path)
    section = tables.get("scenario")
    section = section if isinstance(section, dict) else {}
    base, listed = section.pop("extends", None), section.pop("without", None)
    if base is None:
        if listed is not None:
            raise ScenarioError(f"{path}: scenario.without needs scenario.extends: it lists what is not inherited")
        return anchored(tables, tables, path.parent), Origins()
    parent = parent_of(path, str(base))
    if parent.resolve() in (heir.resolve() for heir in (*heirs, path)):
        raise ScenarioError(f"{path}: scenario.extends {quoted(base)} leads back to itself")
    theirs, known = inherited(parent, (*heirs, path))
    theirs, ours = unset(without(theirs, listed or [], path), tables, path)
    whole = over(theirs, ours)
    return anchored(whole, ours, path.parent), origins_of(theirs, known, parent, whole)


def anchored(whole: dict[str, Any], stated: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The whole scenario, with the paths that a file itself has ``stated`` taken from that file's folder.

    Which keys of a signal are paths follows from its kind, which a file may have from the one it extends.
    """
    placed: dict[str, Any] = {}
    signals, own = whole.get("signals"), stated.get("signals")
    if isinstance(signals, dict) and isinstance(own, Mapping):
        kinds = {name: str(signals[name].get("kind")) for name, table in own.items() if isinstance(table, Mapping)}
        placed["signals"] = {name: _placed(own[name], PATHS.get(kind, ()), folder) for name, kind in kinds.items()}
    market = stated.get("market")
    instruments = market.get("instruments") if isinstance(market, Mapping) else None
    if isinstance(instruments, Mapping):
        placed["market"] = {"instruments": _placed(instruments, ("study",), folder)}
    if isinstance(stated.get("funding"), Mapping):
        placed["funding"] = _placed(stated["funding"], ("stress",), folder)
    return merged(whole, placed)


def _placed(table: Mapping[str, Any], keys: Iterable[str], folder: Path) -> dict[str, str]:
    return {key: str(folder / table[key]) for key in keys if isinstance(table.get(key), str)}


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables over tables, key by key; anything that is no table replaces what was there."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def override(tables: dict[str, Any], text: str) -> None:
    """Set one key of the file in place; where a step is ``*``, that of every entry of a list."""
    key, value = split_setting(text)
    if not key or key.count(".") > _DEEPEST:
        raise ScenarioError(f"--set {shown(text)}: write key.path=value, for example execution.lag=2")
    for steps in reversed(_everywhere(steps_of(key), tables, text)):  # what is unset moves what follows it
        _set(tables, steps, value.strip(), text)


def _everywhere(steps: list[str], tables: dict[str, Any], text: str) -> list[list[str]]:
    """The steps with a number for each ``*``, once for every entry of the list that it stands for."""
    if EVERY not in steps:
        return [steps]
    place = steps.index(EVERY)
    entries: Any = tables
    for step in steps[:place]:
        entries = _entered(step, entries, text)
    if not isinstance(entries, list) or not entries:
        what = "has no entries" if isinstance(entries, list) or not entries else "is no list"
        where = quoted(".".join(steps[:place])) if place else "the scenario"
        raise ScenarioError(f"--set {shown(text)}: {EVERY} means every entry of a list, and {where} {what}")
    numbered = [[*steps[:place], str(number), *steps[place + 1 :]] for number in range(len(entries))]
    return [whole for numbered_key in numbered for whole in _everywhere(numbered_key, tables, text)]


def _set(tables: dict[str, Any], steps: list[str], value: str, text: str) -> None:
    table: Any = tables
    for step in steps[:-1]:
        table = _entered(step, table, text)
    last = _number(steps[-1], table, text) if isinstance(table, list) else steps[-1]
    if value.strip("\"'") == UNSET:
        if isinstance(table, dict) and last not in table:
            key = quoted(split_setting(text)[0].strip())
            raise ScenarioError(f"--set {shown(text)}: {key} is not set, so it cannot be unset")
        del table[last]
        return
    table[last] = parse_value(value)


def _entered(step: str, table: Any, text: str) -> Any:
    """What one step of a key leads to: a table, made where there is none, or a list."""
    table = table[_number(step, table, text)] if isinstance(table, list) else table.setdefault(step, {})
    if not isinstance(table, dict | list):
        raise ScenarioError(f"--set {shown(text)}: {quoted(step)} is a value, not a table")
    return table


#: One step of a key: as it is, or quoted as TOML quotes keys (names with points, tickers with ``=``).
_STEP: Final = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^.="'\s](?:[^.="']*[^.="'\s])?)"""
_SETTING: Final = re.compile(rf"\s*({_STEP}(?:\s*\.\s*{_STEP})*)\s*=(.*)", re.DOTALL)


def split_setting(text: str) -> tuple[str, str]:
    """``key.path=value`` as key and value; an empty key where it is not that."""
    found = _SETTING.fullmatch(text)
    return (found[1], found[2]) if found else ("", text)


def steps_of(key: str) -> list[str]:
    """The steps of a key: ``bounds.max_weight."BRK.B"`` is three."""
    return [_unquoted(step) for step in re.findall(_STEP, key)]


def _unquoted(step: str) -> str:
    if step[0] not in "\"'":
        return step
    read = parse_value(step)
    return read if isinstance(read, str) else step


def _number(step: str, entries: list[Any], text: str) -> int:
    """Which entry of a list (``flows.0.share``) a step means."""
    if not step.isdigit() or int(step) >= len(entries):
        raise ScenarioError(f"--set {shown(text)}: the list has {len(entries)} entries, counted from 0; not {step}")
    return int(step)


def parse_value(text: str) -> Any:
    """A value as TOML reads it; anything that is no TOML is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except RecursionError:
        raise ScenarioError(f"{shown(text)}: {_TOO_DEEP}") from None
    except ValueError:
        return text


def parse_shock(text: str, option: str = "--shock", form: str = "kind:key=value,key=value") -> dict[str, Any]:
    """A shock from the command line: ``volume-collapse:from=2008-09-15,days=40,severity=1``.

    Other options are read so too: ``option`` is what one is called, and ``form`` what is to be written.

    Raises
    ------
    ScenarioError
        For a part without a value, and for a key that is stated twice.
    """
    kind, _, rest = text.partition(":")
    if "." in kind and rest:  # a "module:Class" of the user's own
        name, _, rest = rest.partition(":")
        kind = f"{kind}:{name}"
    table: dict[str, Any] = {"kind": kind}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise ScenarioError(f"{option} {shown(text)}: write {form}")
        if key.strip() in table:
            raise ScenarioError(f"{option} {shown(text)}: it states {shown(key.strip())} twice")
        table[key.strip()] = _listed(key.strip(), value.strip())
    return table


def _listed(key: str, value: str) -> Any:
    return value.split("+") if key == "assets" else parse_value(value)


def validate(tables: Mapping[str, Any], path: Path, origins: Origins | None = None) -> ScenarioFile:
    """The tables as a typed scenario; the first thing wrong with them, in one line."""
    origins = origins or Origins()
    _check_values(tables, path)
    try:
        whole, said = scaled(tables)
        file = ScenarioFile.model_validate(whole)
        file._origins, file._said = origins, said
        return with_policies(file)
    except ValidationError as error:
        raise ScenarioError(f"{path}: {first_complaint(error, tables, origins)}") from None


def _check_values(tables: Mapping[str, Any], path: Path) -> None:
    """Raise for what no key can mean: tables nested without end, and control characters in a name or a text."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), tables)]
    while waiting:
        steps, value = waiting.pop()
        if len(steps) > _DEEPEST:
            raise ScenarioError(f"{path}: {steps[0]}: {_TOO_DEEP}")
        if isinstance(value, str) and not _is_text(value):
            raise ScenarioError(f"{path}: {'.'.join(steps)}: {shown(value)} holds a control character; leave it out")
        if isinstance(value, Mapping):
            for key in value:
                if not _is_text(str(key)):
                    raise ScenarioError(f"{path}: the key {shown(key)} holds a control character; leave it out")
            waiting += [((*steps, str(key)), inner) for key, inner in value.items()]
        if isinstance(value, list):
            waiting += [((*steps, str(number)), inner) for number, inner in enumerate(value)]


def _is_text(text: str) -> bool:
    return all(unicodedata.category(sign) not in ("Cc", "Cs") or sign in "\n\t" for sign in text)

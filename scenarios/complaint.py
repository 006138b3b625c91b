"""What is wrong with a scenario file, in one line: the key as the file spells it, and the nearest known one."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from simulator.core.errors import nearest, shown
from simulator.core.names import LONGEST, quoted, toml_key

from .inherit import Origins
from .schema import ScenarioFile

_WORDS = {
    "a valid dictionary": "a table",
    "a valid list": "a list",
    "a valid string": "text",
    "a valid boolean": "true or false",
}
Steps = tuple[str | int, ...]


def first_complaint(error: ValidationError, tables: Mapping[str, Any], origins: Origins | None = None) -> str:
    """The first thing wrong, with the file it comes from where it was inherited.

    Where a value may be of several forms, each form complains: the complaint that reaches deepest into what the
    file says is the one meant, and an unknown key says more than a missing one.
    """
    found = [(_spelled(detail["loc"], tables, detail["type"]), detail) for detail in error.errors()]
    head, kind = found[0][0], found[0][1]["type"]
    owner = head[:-1] if kind in ("missing", "extra_forbidden") else head
    same = [(steps, detail) for steps, detail in found if steps[: len(owner)] == owner]
    steps, chosen = max(same, key=lambda error: (error[1]["type"] == "extra_forbidden", len(error[0])))
    return f"{_said(steps, chosen, same)}{(origins or Origins()).said(steps)}"


def _said(steps: Steps, chosen: Any, same: Sequence[tuple[Steps, Any]]) -> str:
    """What is wrong at some steps, of all that is wrong there."""
    where = _dotted(steps) or "the file"
    if chosen["type"] == "extra_forbidden":
        parent, key = _dotted(steps[:-1]), str(steps[-1])
        return f"unknown key {quoted(key)}{f' in [{parent}]' if parent else ''}{nearest(key, _known_keys(steps[:-1]))}"
    if chosen["type"] == "missing":
        return f"{where} is missing"
    if chosen["type"] == "within":  # a range of ours
        return _beyond(steps, str(chosen["ctx"]["text"]))
    if chosen["type"] == "value_error":  # one of our own
        return f"{where}: {chosen['ctx']['error']}"
    wanted = dict.fromkeys(
        _wanted(str(detail["msg"])) for at, detail in same if at == steps and detail["type"] != "missing"
    )
    return f"{where}: must be {' or '.join(wanted)}, not {shown(chosen['input'])}"


def _beyond(steps: Steps, text: str) -> str:
    """What a range says, as a constructor would: ``bounds: min_cash must ...``, or with a name within the key."""
    parent = _dotted(steps[:-1]) or "the file"
    return f"{parent}: {steps[-1]} {text}" if text.startswith("must") else f"{_dotted(steps)}: {text}"


def _wanted(message: str) -> str:
    text = message.lower().replace("input should be ", "").partition(" or instance of")[0]
    for theirs, ours in _WORDS.items():
        text = text.replace(theirs, ours)
    return text


def _spelled(loc: Steps, tables: Any, kind: str) -> Steps:
    """The steps of a location that the file itself takes, without the names of the forms a value may have."""
    steps: list[str | int] = []
    here = tables
    for number, step in enumerate(loc):
        there = _has(here, step)
        if there:
            here = here[step]
        if there or (kind == "missing" and number == len(loc) - 1):
            steps.append(step)
    return tuple(steps)


def _has(here: Any, step: str | int) -> bool:
    if isinstance(here, Mapping):
        return step in here
    return isinstance(here, list) and isinstance(step, int) and step < len(here)


def _dotted(steps: Steps) -> str:
    text = ""
    for step in steps:
        key = f"[{step}]" if isinstance(step, int) else toml_key(step[:LONGEST])
        text += key if isinstance(step, int) or not text else f".{key}"
    return text


def _known_keys(steps: Steps) -> list[str]:
    """The keys known in the table of the file that ``steps`` lead to."""
    forms: list[Any] = [ScenarioFile]
    for step in steps:
        forms = [inner for form in forms for inner in _inside(form, step)]
    models = [form for form in forms if _is_model(form)]
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def _inside(form: Any, step: str | int) -> list[Any]:
    """The forms that what lies under one step of a form may have."""
    if _is_model(form):
        fields = {field.alias or name: field for name, field in form.model_fields.items()}
        return _forms(fields[str(step)].annotation) if step in fields else []
    if get_origin(form) in (dict, list):
        return _forms(get_args(form)[-1])
    return []


def _forms(kind: Any) -> list[Any]:
    if get_origin(kind) is Annotated:
        return _forms(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return [inner for get_arg in get_args(kind) for inner in _forms(get_arg)]
    return [kind]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)

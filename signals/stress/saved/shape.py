"""What the manifest of a saved forecast holds: checked before anything of it is used, whoever wrote it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from signals.stress.forecast import StressForecast
from simulator.core.errors import DataError

#: Parameters that no file can hold.
SUPPLIED: Final = ("progress", "refit_cache")
_STRICT: Final = ConfigDict(strict=True, extra="allow")
_Day = Annotated[date, Field(strict=False)]  # in JSON a date is text


class _Refit(BaseModel):
    model_config = _STRICT
    session: _Day
    constant: float | None = None
    files: list[str] = Field(default_factory=list)


class _Fingerprint(BaseModel):
    model_config = _STRICT
    data: str


class _Manifest(BaseModel):
    model_config = _STRICT
    forecast: dict[str, Any]
    columns: list[str]
    sessions: tuple[_Day, _Day, Annotated[int, Field(ge=1)]]
    refits: list[_Refit]
    fingerprint: _Fingerprint
    packages: dict[str, str | None]
    files: dict[str, str]


@cache
def _settings() -> type[BaseModel]:
    """The parameters of a forecast with their types and ranges."""
    hints = get_type_hints(StressForecast.__init__, include_extras=True)
    names = [name for name in inspect.signature(StressForecast).parameters if name not in SUPPLIED]
    fields: dict[str, Any] = {name: (hints[name], ...) for name in names}
    return create_model("Settings", __config__=ConfigDict(strict=True, extra="forbid"), **fields)


def check_shape(facts: Mapping[str, Any], folder: Path) -> None:
    """Raise :class:`DataError` unless a manifest holds what this version writes."""
    try:
        _Manifest.model_validate_json(json.dumps(facts))
        _settings().model_validate_json(json.dumps(facts["forecast"]))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))[:80]
        raise DataError(f"{folder}: its manifest is of another version: {where}: {first['msg']}") from None

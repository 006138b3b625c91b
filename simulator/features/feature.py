"""What a feature is: a named column, its formula and source, what it needs, and the function that computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simulator.core.errors import PluginError
from simulator.core.types import FloatArray

if TYPE_CHECKING:
    from .workspace import Workspace

Reduction = Literal["mean", "median", "geometric mean"]
FIELDS = ("close", "open", "high", "low", "volume", "half_spread")


@dataclass(frozen=True)
class Feature:
    """One documented column.

    Attributes
    ----------
    name
        Its column.
    family
        The group it belongs to.
    formula
        How it is computed, in words and signs; "today" is session t.
    source
        Where it comes from.
    unit
        Of its values.
    warmup
        Sessions before its first value, given complete data: rows before are NaN.
    compute
        From a workspace to (T,) values, or (T, N) values by asset where there is a ``reduction``. Row t uses only
        what was known at the close of session t; NaN where not known.
    fields
        Fields of the market it reads.
    series
        Roles of the exogenous series it reads (:data:`~simulator.features.ROLES`), or names of one's own; all needed.
    optional
        Fields, roles and series it reads where the market has them.
    reduction
        How (T, N) values by asset become one column, over the assets that have a value that day; ``None`` for a
        feature that is market-wide by itself.
    risky
        Whether the reduction takes the assets that are not level-1 liquid only.
    abreast
        Whether ``compute`` goes by measures of the market as a whole alone, and by those of several side by side as
        well: from (T, P) of them (:class:`~simulator.features.abreast.Abreast`) it makes (T, P).
    """

    name: str
    family: str
    formula: str
    source: str
    unit: str
    warmup: int
    compute: Callable[[Workspace], FloatArray]
    fields: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    reduction: Reduction | None = None
    risky: bool = False
    abreast: bool = False

    def __post_init__(self) -> None:
        unknown = [field for field in self.fields if field not in FIELDS]
        if unknown:
            raise PluginError(f"feature {self.name}: unknown input {unknown[0]!r}")
        if not self.fields and not self.series:
            raise PluginError(f"feature {self.name}: it must read a field of the market or a series")
        if self.warmup < 0:
            raise PluginError(f"feature {self.name}: warmup must be zero or more sessions, not {self.warmup}")

    @property
    def release(self) -> str:
        """When a value becomes known."""
        named = ", ".join([*self.series, *(role for role in self.optional if role not in FIELDS)])
        if not named:
            return "at the close"
        return f"at the close, {named} as published" if self.fields else f"as {named} is published"

    @property
    def reduced(self) -> str:
        """How assets become one column, in words; empty for a feature that is market-wide by itself."""
        if self.reduction is None:
            return ""
        return f"{self.reduction} of the {'risky ' if self.risky else ''}assets"

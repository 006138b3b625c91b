"""The table ``[funding]`` of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scenarios.making import make
from signals.payments.models import MODELS
from simulator.core.errors import ParameterError, ScenarioError, nearest
from simulator.liquidity import stressed_outflows, weighted_inflows
from simulator.liquidity.hqla import Rule

_TABLE: Final = "funding"


@dataclass(frozen=True)
class Funding:
    """What funds a bank-like book, and how it runs off.

    Parameters
    ----------
    liabilities
        By class of :data:`~simulator.liquidity.OUTFLOWS`, as shares of the book's net assets.
    inflows
        By class of :data:`~simulator.liquidity.INFLOWS`, as shares of the same.
    rule
        ``"basel"``, ``"us"`` or ``"eu"``.
    rates, stressed
        Rates that replace the law's, and those under manifest stress (twice the usual ones, at most all, by default).
    stress
        Folder of ``undertow study bank-stress``; in a scenario file, beside that file. Its probability of stress, from
        features of the past alone under weighted cross entropy, moves the rates from day to day.
    bank, model
        Whose probability, and which model's.
    """

    liabilities: Mapping[str, float]
    inflows: Mapping[str, float] = field(default_factory=dict)
    rule: Rule = "basel"
    rates: Mapping[str, float] = field(default_factory=dict)
    stressed: Mapping[str, float] = field(default_factory=dict)
    stress: str | None = None
    bank: str | None = None
    model: str = "mlp-relu"

    def __post_init__(self) -> None:
        if not self.liabilities:
            raise ParameterError("liabilities must name one class at least")
        if (self.stress is None) != (self.bank is None):
            missing = "bank" if self.bank is None else "stress"
            raise ParameterError(f"{missing} is missing: the folder of a study and one of its banks go together")
        if self.model not in MODELS:
            raise ParameterError(f"no model {self.model!r}{nearest(self.model, MODELS)}; there are {', '.join(MODELS)}")
        stressed_outflows(self.liabilities, 0.0, rule=self.rule, rates=self.rates, stressed=self.stressed)
        weighted_inflows(self.inflows, rule=self.rule)


def funding_of(table: Mapping[str, Any] | None) -> Funding | None:
    """What a scenario states; ``None`` where it states nothing.

    Raises
    ------
    ScenarioError
        Naming the key that cannot be used.
    """
    if table is None:
        return None
    try:
        funding: Funding = make(Funding, table, _TABLE)
    except ParameterError as error:
        told = str(error)
        raise ScenarioError(told if told.startswith(_TABLE) else f"{_TABLE}: {told}") from None
    return funding

"""Everything the comparison page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from simulator.core.flows import Flow
from simulator.core.names import slugs
from simulator.core.panels import SignalPanel
from simulator.ledger import RunRecord
from simulator.metrics import Decided, PolicyMetrics

from .against_index import AgainstIndex, IndexLine
from .diagnosis import Finding
from .look_ahead import LookAhead
from .luck import Luck, Tried
from .shock_effect import ShockEffect
from .verdicts import Verdicts
from .versus import Versus


@dataclass(frozen=True, eq=False)
class Comparison:
    """Policies replayed over the same sessions.

    Attributes
    ----------
    name, description
        Of the scenario.
    warning
        What must be read before any figure, whatever the run found; empty for nothing.
    benchmark
        The policy that tear-sheets compare with.
    records, metrics
        By policy, in the scenario's order.
    signals
        Panels over the same sessions, by name.
    assumptions
        Everything the figures rest on that is not data, a sentence each.
    shocks
        What was injected, a line each.
    data_notes
        What is odd about the data, a line each.
    flows
        Subscriptions and redemptions that were due.
    hindsight
        Policies that follow a signal which uses the future: diagnostics, marked wherever they appear.
    verdicts
        What acting on each signal was worth, if the scenario asks.
    effect
        What the shocks did, shocked against unshocked; ``None`` where there are none.
    notices
        What was found in this run that must be read before its figures, a sentence each.
    foreknown
        What pages begin with where the data knows the future; empty for nothing.
    names
        By title, where policies are called by titles.
    sheets
        Policies that have a tear-sheet.
    versus
        What each policy was worth against the benchmark, the answer first.
    luck
        What of it luck explains; ``None`` where that cannot be told.
    tried
        What the journal of trials makes of it; no file for machines says it.
    against_index
        What each policy was worth against an index, if the scenario names one.
    index
        That index over the run.
    diagnostics
        What a colleague would ask of the results; ``None`` where nobody looked.
    liquidity
        Whether there is a page on liquidity beside this one.
    follows
        Signals that each policy follows, by policy; one that is not there follows none.
    fills
        Trades of every policy (:func:`.spreadsheets.trades_table`) for the page to search; ``None`` for no blotter.
    decided
        What each policy's decisions came to; empty where nobody looked.
    days_to_cash
        (dates, policies) sessions until 90% of a book is cash under stress; infinite for never, ``None`` where no
        liquidity is measured.
    look_ahead
        What the last audit of this very scenario found; ``None`` where none is at hand.
    sections
        Sections of the page that are shown (:data:`.sections.SECTIONS`); ``None`` for all.
    """

    name: str
    description: str
    warning: str
    benchmark: str
    records: Mapping[str, RunRecord]
    metrics: Mapping[str, PolicyMetrics]
    signals: Mapping[str, SignalPanel]
    assumptions: Sequence[str]
    shocks: Sequence[str]
    data_notes: Sequence[str]
    flows: Sequence[Flow] = ()
    hindsight: Sequence[str] = ()
    verdicts: Verdicts | None = None
    notices: Sequence[str] = ()
    foreknown: str = ""
    effect: ShockEffect | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    sheets: Sequence[str] = ()
    versus: Sequence[Versus] = ()
    luck: Luck | None = None
    tried: Tried | None = None
    against_index: Sequence[AgainstIndex] = ()
    index: IndexLine | None = None
    diagnostics: Sequence[Finding] | None = None
    liquidity: bool = False
    sections: Sequence[str] | None = None
    follows: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fills: pd.DataFrame | None = None
    decided: Mapping[str, Decided] = field(default_factory=dict)
    days_to_cash: pd.DataFrame | None = None
    look_ahead: LookAhead | None = None

    def titled(self, scenario: str, policies: Mapping[str, str], signals: Mapping[str, str]) -> Comparison:
        """The same for people to read: titles in place of names."""
        return replace(
            self,
            name=scenario,
            benchmark=policies[self.benchmark],
            records={policies[name]: record for name, record in self.records.items()},
            metrics={policies[name]: metric for name, metric in self.metrics.items()},
            signals={signals.get(name, name): signal for name, signal in self.signals.items()},
            hindsight=[policies[name] for name in self.hindsight],
            verdicts=None if self.verdicts is None else self.verdicts.titled(policies, signals),
            effect=None if self.effect is None else self.effect.titled(policies),
            names={policies[name]: name for name in self.records},
            sheets=[policies[name] for name in self.sheets],
            versus=[answer.titled(policies) for answer in self.versus],
            against_index=[answer.titled(policies) for answer in self.against_index],
            tried=None if self.tried is None else self.tried.titled(policies),
            luck=None if self.luck is None else self.luck.titled(policies),
            fills=None if self.fills is None else self.fills.assign(policy=self.fills["policy"].map(dict(policies))),
            decided={policies[name]: made for name, made in self.decided.items()},
            days_to_cash=None if self.days_to_cash is None else self.days_to_cash.rename(columns=dict(policies)),
            follows={
                policies[name]: [signals.get(signal, signal) for signal in followed]
                for name, followed in self.follows.items()
            },
            diagnostics=None
            if self.diagnostics is None
            else [found.titled(signals if found.kind == "signal" else policies) for found in self.diagnostics],
        )

    @property
    def files(self) -> dict[str, str]:
        """The name of each policy's files, without suffix."""
        made = slugs(self.names.get(record, record) for record in self.records)
        return {record: made[self.names.get(record, record)] for record in self.records}

    @property
    def first(self) -> RunRecord:
        """Any of the records: they share sessions and assets."""
        return next(iter(self.records.values()))

    @property
    def start(self) -> str:
        """First session."""
        return str(self.first.sessions[0])

    @property
    def end(self) -> str:
        """Last session."""
        return str(self.first.sessions[-1])

"""The certificate: what was found, as plain data that a machine can check and a page can show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from scenarios.build import Scenario
from scenarios.stored import stored
from simulator.data import foreknown

from .compare import Finding
from .examine import CALLED, DECIDED, ELSEWHERE, LEDGER, OPENING, POISONED, STRUCK, TRUNCATED, Examination
from .foreknowledge import Foreknowledge, in_words

#: Components that the cuts at decisions replay.
_REPLAYED_ALONE: Final = ("estimates", "costs", "liquidity", "policies", "execution")
#: The verdict when nothing saw the future.
CLEAN: Final = "clean"
#: What a cell of the grid may say, from bad to good.
SAW: Final = "saw the future"
#: The verdict when every replay is the same, and yet the history of a series knows the future.
KNOWS: Final = "a series knows the future"
FOLLOWS: Final = "follows from one that did"
NOT_REACHED: Final = "not reached"
SAME: Final = "the same to the bit"
NOT_REPLAYED: Final = "not replayed"

_REPLAYS: Final = {
    TRUNCATED: "history ends at the cut",
    POISONED: "everything after the cut is replaced by other prices, volumes, spreads, rates and publications",
    OPENING: "of the session after the cut only the open is known; its later hours and all that follows are replaced",
    DECIDED: "history ends at a decision, with the signals as they were",
    STRUCK: "history ends at the cut, and the shocks that have begun strike that",
    ELSEWHERE: "history ends at the cut, in a process of its own that never sees more",
    CALLED: "history ends on a day that a signal calls or learns, that signal alone",
    LEDGER: "the dates on which things were used against those on which they became known",
}

_WHAT: Final = {
    "shocks": "the market after the shock",
    "series": "the value in use on each session, and its publication",
    "signals": "every column of the signal",
    "estimates": "forecast and own volume and volatility, for sizing and costs",
    "costs": "planned and realised cost coefficients",
    "liquidity": "what could be raised under stress",
    "policies": "plan, targets, decisions, orders as sized",
    "execution": "fills, costs paid, cash, shares, nav",
}


def certificate(scenario: Scenario, audit: Examination) -> dict[str, Any]:
    """The content of ``certificate.json``."""
    sessions = scenario.market.sessions
    section = scenario.file.scenario
    return {
        "scenario": section.name,
        "description": section.description,
        "verdict": _verdict(scenario, audit),
        "foreknown": foreknown(scenario.market),
        "doubts": list(audit.doubts) if audit.clean else [],
        "start": str(sessions[audit.start]),
        "end": str(sessions[audit.stop - 1]),
        "sessions": audit.stop - audit.start,
        "seed": section.seed,
        "first": None if audit.clean else _finding(audit.findings[0]),
        "seen": list(_seen(audit)),
        "components": [_component(name, audit) for name in audit.components],
        "cuts": [_cut(number, audit) for number in range(len(audit.cuts))],
        "decisions": [str(cut.date) for cut in audit.decisions],
        "calls": [str(cut.date) for cut in audit.calls],
        "findings": [_finding(found) for found in audit.findings],
        "ledger": [
            {
                "component": entry.component,
                "item": entry.item,
                "rule": entry.rule,
                "uses": entry.uses,
                "least_days_known_before_use": entry.least_wait,
                "early_uses": entry.early,
                "first_early_use": None if entry.first is None else str(entry.first),
            }
            for entry in audit.ledger
        ],
        "foreknowledge": [_foreknown(found) for found in audit.foreknowledge],
        "checked": list(_checked(scenario, audit)),
        "not_checked": list(_not_checked(scenario)),
    }


def _verdict(scenario: Scenario, audit: Examination) -> str:
    """A series smoothed with later values is not clean, whether or not the test of its values can tell."""
    if not audit.clean:
        return SAW
    knows = foreknown(scenario.market) or any(found.knows for found in audit.foreknowledge)
    return KNOWS if knows else CLEAN


def _foreknown(found: Foreknowledge) -> dict[str, Any]:
    """How a series moves with later returns; no figures where it is too short to tell."""
    tested = bool(found.t)
    return {
        "series": found.series,
        "knows": found.knows,
        "changes": found.changes,
        "step_days": found.step_days,
        "steps_over_at_publication": found.over,
        "slopes": list(found.slopes),
        "low": list(found.low),
        "high": list(found.high),
        "t": list(found.t),
        "p": found.p if tested else None,
        "text": f"series {found.series}: {in_words(found)}" if found.knows else "",
    }


def _component(name: str, audit: Examination) -> dict[str, Any]:
    cells = [_cell(name, number, audit) for number in range(len(audit.cuts))]
    elsewhere = {kind: _beside(name, kind, audit) for kind in (DECIDED, CALLED, ELSEWHERE, LEDGER)}
    order = (SAW, FOLLOWS, NOT_REACHED, SAME, NOT_REPLAYED)
    verdict = min([*cells, *elsewhere.values()], key=order.index)
    return {"name": name, "what": _what(name), "verdict": verdict, "cuts": cells, **elsewhere}


def _beside(name: str, kind: str, audit: Examination) -> str:
    """What the decisions' cuts, or the ledger, say of a component."""
    here = [found for found in audit.findings if found.component == name and found.replay == kind]
    if any(found.cause is None for found in here):
        return SAW
    if here:
        return FOLLOWS
    if kind == LEDGER:
        return SAME if any(entry.component == name for entry in audit.ledger) else NOT_REPLAYED
    if kind == CALLED:
        signal = ".".join(name.split(".")[:2])
        return SAME if any(cut.why.endswith(f" of {signal}") for cut in audit.calls) else NOT_REPLAYED
    if kind == ELSEWHERE:
        return SAME if audit.elsewhere is not None and not name.startswith("shocks") else NOT_REPLAYED
    return SAME if audit.decisions and name.partition(".")[0] in _REPLAYED_ALONE else NOT_REPLAYED


def _what(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "signals" and len(parts) > 2:
        return f"the {parts[-1]} it rests on"
    return _WHAT[parts[0].partition("[")[0]]


def _cell(name: str, number: int, audit: Examination) -> str:
    """What the replays of one cut say of one component."""
    here = [found for found in audit.findings if found.component == name and found.cut == audit.cuts[number]]
    if any(found.cause is None for found in here):
        return SAW
    if here:
        return FOLLOWS
    replays = audit.replays[number]
    if any(name in replay.components for replay in replays):
        return SAME
    return NOT_REACHED if any(found.cut == audit.cuts[number] for found in audit.findings) else NOT_REPLAYED


def _cut(number: int, audit: Examination) -> dict[str, Any]:
    cut = audit.cuts[number]
    return {
        "date": str(cut.date),
        "session": cut.t,
        "why": cut.why,
        "sha256": audit.replays[number][0].expected,
        "replays": [
            {
                "kind": replay.kind,
                "of": _REPLAYS[replay.kind],
                "components": len(replay.components),
                "expected": replay.expected,
                "sha256": replay.sha256,
                "same": replay.sha256 == replay.expected,
            }
            for replay in audit.replays[number]
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "component": finding.component,
        "column": finding.column,
        "date": str(finding.date),
        "cut": None if finding.cut is None else str(finding.cut.date),
        "replay": finding.replay,
        "was": finding.was,
        "became": finding.became,
        "cause": finding.cause,
        "text": f"{finding.component}: {sentence(finding)}",
    }


def sentence(finding: Finding) -> str:
    """A finding in words."""
    if finding.cut is None:
        return f"{finding.column}: {finding.was}, first on {finding.date}; {finding.became}"
    how = {
        TRUNCATED: f"where history ends on {finding.cut.date}",
        POISONED: f"where what follows {finding.cut.date} is replaced",
        DECIDED: f"where history ends on {finding.cut.date}, signals as they were",
        STRUCK: f"where the shocks strike a history that ends on {finding.cut.date}",
        ELSEWHERE: f"in a process of its own that sees nothing after {finding.cut.date}",
        CALLED: f"where history ends on {finding.cut.date}",
        OPENING: f"where all but the open of the session after {finding.cut.date} is replaced",
    }[finding.replay]
    was, became = _short(finding.was), _short(finding.became)
    if was == became:
        was, became = finding.was, finding.became
    return f"{finding.column} on {finding.date}: {was}; {became} {how}"


def _short(text: str) -> str:
    """The text with long numbers cut to six digits."""
    return re.sub(r"-?\d+\.\d{6,}(e[-+]\d+)?", lambda found: f"{float(found[0]):.6g}", text)


def _seen(audit: Examination) -> Iterator[dict[str, Any]]:
    """Each component that saw the future itself, once, with its first finding and how many replays show it."""
    roots: dict[str, list[Finding]] = {}
    for found in audit.findings:
        if found.cause is None:
            roots.setdefault(found.component, []).append(found)
    for name, each in roots.items():
        yield {"component": name, "text": sentence(each[0]), "replays": len(each)}


def _checked(scenario: Scenario, audit: Examination) -> Iterator[str]:
    yield (
        f"{len(audit.cuts)} cuts. At each the whole run was made again, every object anew: from a history that ends "
        "there, and from one whose later prices, ranges, volumes, spreads, rates and unpublished values are others. "
        "Every value of every component up to the cut must keep every bit."
    )
    if audit.decisions:
        yield (
            f"{len(audit.decisions)} further cuts at decisions, each policy's in turn, from {audit.decisions[0].date} "
            f"to {audit.decisions[-1].date}: there history ends, the signals are as they were, and what follows them "
            "was made again."
        )
    if audit.calls:
        yield (
            f"{len(audit.calls)} further cuts on days on which the user's own signals call, or about one of their "
            "refits, each signal alone."
        )
    if audit.elsewhere is not None:
        yield (
            f"The run up to {audit.elsewhere.date} in a process of its own, which was given nothing later: what a "
            "module of the user's own remembers from one replay to the next cannot have helped it."
        )
    yield "The unchanged run was made twice and gave the same bits, so that any difference comes from the future."
    early = sum(entry.early for entry in audit.ledger)
    yield (
        f"The release ledger: {sum(entry.uses for entry in audit.ledger):,} uses of published series, features, "
        f"thresholds, labels, fitted models and signals, {early or 'none'} before the day it became known."
    )
    from_files = list(stored(scenario.signals))
    if from_files:
        yield (
            f"The models of {', '.join(from_files)} come from files, and no replay fits them: each was fitted once "
            "more on what its refit session allows. Where that gives another model, it counts as known only at the end "
            "of the data it was saved with."
        )
    if scenario.execution.fill == "open":
        yield (
            "Fills are at the open: with the same open but another high, low, close and volume that day, opening "
            "prices, half-spreads, and all orders and fills up to that open must stay."
        )
    if scenario.shocks:
        yield (
            "Shocks were applied again to every replaced future, and those that had begun by a cut to the history "
            "that ends there; other truncated histories were cut from the shocked market, because a shock may lie "
            "beyond the cut."
        )


def _not_checked(scenario: Scenario) -> Iterator[str]:
    yield "Data that a plug-in reads by itself, from files or the network."
    yield (
        "Publication dates are those the scenario states. What was revised later is seen only where it moves with "
        "returns that came after."
    )
    yield (
        "How the history itself was made: adjusted prices, the choice of these assets by someone who knew which "
        "would survive, and of parameters by someone who had seen the whole."
    )
    yield "The trading calendar of the replaced future is the true one; a truncated history has none."
    if scenario.execution.fill == "open":
        yield "What a fill at the open costs may depend on its own day's volume and range, by design."
    else:
        yield "Fills are at the close: nothing fills between open and close, so the day was not cut there."
    if scenario.execution.lag == 0:
        yield "lag = 0: decisions fill on the very close they are made at, as the scenario asks; no live book can."
    plain = [
        name for name, signal in scenario.signals.items() if getattr(signal, "warmup", 0) and not _lays_open(signal)
    ]
    if plain:
        yield (
            f"What {', '.join(plain)} compute inside: only their columns were compared. A signal with "
            "evidence(features) has its features, labels, thresholds and models checked one by one. One that refits "
            "its models seldom should state refit_every, so that a cut falls on a refit."
        )


def _lays_open(signal: object) -> bool:
    return hasattr(signal, "evidence")


def knowing(audit: dict[str, Any]) -> str:
    """The series of a certificate whose history knows the future: named by the test of their values, or known to."""
    stated = audit["foreknown"].partition(": ")[0].split(", ")
    tested = [found["series"] for found in audit["foreknowledge"] if found["knows"]]
    return ", ".join(dict.fromkeys(name for name in (*tested, *stated) if name))


def summary(audit: dict[str, Any]) -> list[str]:
    """The verdict for a terminal, in a few lines."""
    first = [f"! {audit['foreknown']}"] if audit["foreknown"] else []
    return [*first, *_judgement(audit)]


def _judgement(audit: dict[str, Any]) -> list[str]:
    cuts, components = len(audit["cuts"]), len(audit["components"])
    replays = sum(len(cut["replays"]) for cut in audit["cuts"])
    if audit["verdict"] == CLEAN:
        far = "clean as far as could be seen" if audit["doubts"] else "clean"
        said = f"{components} components the same to the bit in {replays} replays, {cuts} cuts"
        return [f"{audit['scenario']}: {far}: {said}", *(f"  but {doubt}" for doubt in audit["doubts"])]
    known = [found for found in audit["foreknowledge"] if found["knows"]]
    if audit["verdict"] == KNOWS:
        names = knowing(audit)
        return [
            f"{audit['scenario']}: not clean: the history of {names} knows the future ({components} components are the "
            f"same to the bit in {replays} replays, which cannot see that)",
            *(f"  {found['text']}" for found in known),
        ]
    seen = audit["seen"]
    lines = [f"{audit['scenario']}: the future was seen by {', '.join(found['component'] for found in seen)}"]
    lines += [f"  {found['component']}: {found['text']} ({found['replays']} replays show it)" for found in seen]
    lines += [f"  {found['text']}" for found in known]
    follow = [part["name"] for part in audit["components"] if part["verdict"] == FOLLOWS]
    return [*lines, *([f"  different because of it: {', '.join(follow)}"] if follow else [])]

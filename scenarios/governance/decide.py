"""Ruling on a proposal: what is approved, rejected or overridden goes into the journal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from scenarios.verify import faults
from simulator.core import chain
from simulator.core.errors import ParameterError, ScenarioError, nearest
from simulator.core.folders import read_mark
from simulator.core.names import check_text, quoted, slug

from .journal import APPROVED, Entry, append

_DUST = 1e-9
#: What a ruling reads of a proposal, and of what kind it must be.
_KEYS: Final[Mapping[str, chain.Kind]] = {
    **dict.fromkeys(("scenario", "policy", "date"), chain.is_text),
    **dict.fromkeys(("decides", "allow_short"), lambda value: isinstance(value, bool)),
    **dict.fromkeys(("max_leverage", "min_cash"), chain.is_number),
    **dict.fromkeys(("targets", "held"), chain.are_numbers),
    "nav": lambda value: chain.is_number(value) and value > 0.0,
    "prices": lambda value: chain.are_numbers(value) and all(price > 0.0 for price in value.values()),
    "in_flight": lambda value: isinstance(value, list) and all(map(_is_order, value)),
}


def rule(
    folder: Path, action: str, by: str, why: str, overrides: Sequence[str] = (), journal: Path | None = None
) -> tuple[Path, Entry, list[str]]:
    """Append a ruling on a proposal to its journal; return the journal, the entry, and bounds that may cut overrides.

    Raises
    ------
    ScenarioError
        If the folder is no proposal as it was written, proposes nothing, or was decided already; if who or why is
        missing; or if an override cannot be.
    """
    told, digest = _proposal(folder)
    if not told["decides"]:
        raise ScenarioError(f"{folder}: the policy decides nothing on {told['date']}; there is nothing to rule on")
    changed = {} if action != APPROVED else overridden(told, overrides)
    entry = Entry(
        number=0,
        action=action,
        scenario=told["scenario"],
        policy=told["policy"],
        date=told["date"],
        proposal=digest,
        targets=told["targets"],
        overrides=changed,
        prices={asset: told["prices"][asset] for asset in changed},
        by=_said(by, "--by"),
        why=_said(why, "--why"),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    path = journal or journal_beside(folder, told)
    return path, append(path, entry), list(told.get("cut_by", [])) if changed else []


def journal_beside(folder: Path, told: Mapping[str, Any]) -> Path:
    """Where the journal of a scenario's policy is unless stated: beside its proposals."""
    return folder.absolute().parent / f"{slug(told['scenario'])}-{slug(told['policy'])}.jsonl"


def _proposal(folder: Path) -> tuple[dict[str, Any], str]:
    """What a proposal says, and the digest of it, the folder being as it was written."""
    mark = read_mark(folder) if folder.is_dir() else None
    if mark is None or mark.kind != "proposal":
        raise ScenarioError(f"{folder}: is no proposal; name the folder that undertow propose has written")
    for fault in faults(folder):
        raise ScenarioError(f"{folder}: {fault}; nobody can rule on what was changed: propose again")
    try:
        content = (folder / "proposal.json").read_bytes()
        told = json.loads(content)
        whole = isinstance(told, dict) and all(fits(told[key]) for key, fits in _KEYS.items())
    except (OSError, ValueError, KeyError, RecursionError):
        whole = False
    if not whole:
        raise ScenarioError(f"{folder}: its proposal.json is none that undertow propose writes; propose again")
    return told, hashlib.sha256(content).hexdigest()


def _is_order(value: Any) -> bool:
    """Whether a value can be an order on its way."""
    return isinstance(value, dict) and chain.is_text(value.get("asset")) and chain.is_number(value.get("notional"))


def _said(text: str, option: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise ScenarioError(f"{option}: must say something; the journal keeps it")
    try:
        return check_text(said)
    except ParameterError as error:
        raise ScenarioError(f"{option}: {error}") from None


def overridden(told: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, float]:
    """Shares to trade instead of those proposed, by asset, the book allowing it."""
    changed: dict[str, float] = {}
    for text in overrides:
        asset, found, number = text.partition("=")
        if not found or asset in changed:
            said = "is stated twice" if found else "is no override; write TICKER=SHARES, negative to sell"
            raise ScenarioError(f"--override {quoted(text)}: {said}")
        if asset not in told["prices"]:
            raise ScenarioError(f"--override: no asset {quoted(asset)} with a price{nearest(asset, told['prices'])}")
        try:
            changed[asset] = float(number)
        except ValueError:
            raise ScenarioError(f"--override {quoted(text)}: {quoted(number)} is no number of shares") from None
        if not abs(changed[asset]) < float("inf"):
            raise ScenarioError(f"--override {quoted(text)}: must be a number of shares")
    _check_book(told, changed)
    return changed


def _check_book(told: Mapping[str, Any], changed: Mapping[str, float]) -> None:
    """Raise where what is left would be short, or more than the book may hold."""
    if not changed:
        return
    nav, weights = told["nav"], dict(told["targets"])
    flying = {row["asset"]: row["notional"] / nav for row in told["in_flight"]}
    for asset, shares in changed.items():
        held = told["held"].get(asset, 0.0) + flying.get(asset, 0.0)
        weights[asset] = held + shares * told["prices"][asset] / nav
        if weights[asset] < -_DUST and not told["allow_short"]:
            most = held * nav / told["prices"][asset]
            raise ScenarioError(
                f"--override {asset}={shares:.10g}: sells more than is held, {most:.10g} shares, and the scenario "
                "allows no short positions (bounds.allow_short)"
            )
        cap = told.get("max_weight", {}).get(asset, float("inf"))
        if shares > 0.0 and weights[asset] > cap + _DUST:
            raise ScenarioError(
                f"--override {asset}={shares:.10g}: would make it {weights[asset]:.2%} of net assets, and the scenario "
                f"allows {cap:.2%} (bounds.max_weight); buy less"
            )
    most = told["max_leverage"] - told["min_cash"]
    total = sum(abs(weight) for weight in weights.values())
    if total > most + _DUST:
        raise ScenarioError(
            f"--override: the book would be invested at {total:.2%} of net assets, and {most:.2%} is the most; sell "
            "more, or buy less"
        )

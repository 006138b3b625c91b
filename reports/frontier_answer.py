"""What a stress frontier of one dial says, in the sentences with which its page and its text begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from .frontier import LIMITS, Frontier, Limit, Profile
from .text import listed

#: Figures that the first sentence gives, those of them that there are and that are not nothing everywhere.
_TOLD: Final = ("max_drawdown", "coverage_min", "days_to_cash_max", "owed_max", "cost_bps")
#: Of these more is better, or a fall counts as negative.
_UPWARD: Final = ("max_drawdown", "coverage_min")
#: How limits read in a sentence.
_WORDS: Final = {
    "coverage_below_1": "Coverage falls below 1",
    "redemptions_wait": "Redemptions wait",
    "unpaid_at_the_end": "Some are not paid by the end",
    "all_lost": "All is lost",
}


def answer(frontier: Frontier) -> list[str]:
    """What it comes to at one severity, and what gives way where; nothing where several dials are turned apart.

    Figures are those at severity 1, of a policy from the worst to the best; without it, those at the worst severity.
    """
    if len(frontier.report.axes) != 1 or not frontier.report.policies:
        return []
    way = [text for limit in LIMITS if (text := _given_way(frontier, limit))]
    none = f"No policy gives way up to severity {frontier.labels[-1]}."
    return [text for text in (_borne(frontier), *(way or [none])) if text]


def _borne(frontier: Frontier) -> str:
    labels = frontier.labels
    one = [place for place, label in enumerate(labels) if float(label) == 1.0]
    place = one[0] if one else len(labels) - 1
    told = [profile for name in _TOLD for profile in frontier.profiles if profile.metric.name == name]
    parts = [_range(profile, frontier.report.policies, place) for profile in told if not profile.flat]
    known = "; ".join(part for part in parts if part)
    return f"At severity {labels[place]}: {known}." if known else ""


def _range(profile: Profile, policies: Sequence[str], place: int) -> str:
    """From the worst policy to the best."""
    values = profile.values[:, place]
    if np.isnan(values).any() or (values == 0.0).all():
        return ""
    order = np.argsort(values, kind="stable")
    worst, best = (order[0], order[-1]) if profile.metric.name in _UPWARD else (order[-1], order[0])
    title, texts = profile.metric.title.lower(), [profile.text(int(policy), place) for policy in (worst, best)]
    if texts[0] == texts[1]:
        return f"{title} {texts[0]}" if len(policies) == 1 else f"{title} {texts[0]} for every policy"
    return f"{title} {texts[0]} ({policies[worst]}) to {texts[1]} ({policies[best]})"


def _given_way(frontier: Frontier, limit: Limit) -> str:
    """Policies by the severity at which a limit is met first; empty where none meets it."""
    first = {name: frontier.first(limit, number) for number, name in enumerate(frontier.report.policies)}
    met = {name: places[0] for name, places in first.items() if places}
    if not met:
        return ""
    steps = [
        f"at severity {frontier.labels[place]} for {listed([name for name in met if met[name] == place])}"
        for place in sorted(set(met.values()))
    ]
    sound = [name for name, places in first.items() if places == []]
    rest = f"; up to {frontier.labels[-1]} not for {listed(sound)}" if sound else ""
    return f"{_WORDS[limit.name]} {', '.join(steps)}{rest}."

"""What a look-ahead audit of a scenario found, as a run of that very scenario shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: What the page says where no audit of this scenario with this data is at hand.
NOT_AUDITED: Final = (
    "Not audited for look-ahead: undertow audit, given the same scenario and data, replays them on histories that end "
    "early and on other futures; runs after it say here what it found."
)


@dataclass(frozen=True)
class LookAhead:
    """The verdict of an audit.

    Attributes
    ----------
    clean
        Whether nothing saw the future, and no series knows it.
    told
        What was found, a line each, the verdict first.
    day
        When the audit was made (UTC), YYYY-MM-DD.
    """

    clean: bool
    told: Sequence[str]
    day: str

    @property
    def sentence(self) -> str:
        """All of it on a line."""
        return f"Look-ahead audit of {self.day}: {'; '.join(line.strip() for line in self.told)}."

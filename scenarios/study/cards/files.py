"""Where cards lie, and how pages link to them."""

from __future__ import annotations

from typing import Final, NamedTuple

from reports.model_card import file_stem

#: Folder of the cards beside a study's page.
CARDS: Final = "cards"
#: The page of the checklist, and the log of changes of colour.
MERIT: Final = "merit.html"
LOG: Final = "escalations.csv"


class Link(NamedTuple):
    """A link on a study's page."""

    title: str
    href: str
    text: str

    @classmethod
    def of_card(cls, title: str, name: str, text: str) -> Link:
        """A link to the card of a model."""
        return cls(f"Model card: {title}", f"{CARDS}/{file_stem(name)}.html", text)

"""What a model around another one asks for: what that one does."""

from __future__ import annotations

from typing import Any


class Wrapping:
    """A model around ``model``, which is given what that one needs."""

    model: Any

    @property
    def needs(self) -> tuple[str, ...]:
        """What the model needs."""
        return tuple(getattr(self.model, "needs", ()))

    @property
    def window(self) -> int:
        """Sessions up to each row that the model is given."""
        return int(getattr(self.model, "window", 0))

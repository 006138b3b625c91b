"""The table of a scenario file that says who is in the fund, and what the fund may do when they leave."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from simulator.core.within import Within

from .schema_words import Day, Name, StrictSection

#: How long a run on a fund is looked at.
LASTING = Within(1, 10_000, unit="sessions")


class RedemptionsSection(StrictSection):
    """Who is in the fund and what it may do when they leave, for `undertow redemptions`. Its length is in sessions."""

    policy: str | None = Field(None, description="whose book it is; the benchmark's by default")
    date: Annotated[
        Day | None, Field(description="the close after which investors run; before the policy's worst month by default")
    ] = None
    sessions: Annotated[int, LASTING] = Field(63, description="how long the run lasts")
    stressed: bool = Field(False, description="sell under the stress of [liquidity] instead of as usual")
    draws: Annotated[int, Within(1, 1_000)] = Field(25, description="how often investors with a count are drawn")
    investors: dict[Name, dict[str, Any]] = Field(
        default_factory=dict, description="classes of investors by name; their shares sum to 1"
    )
    tools: dict[Name, dict[str, Any]] = Field(
        default_factory=dict, description="tools by name, each with its kind and its trigger; all nine by default"
    )

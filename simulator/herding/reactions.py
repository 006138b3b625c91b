"""Two reactions of leveraged books to a fall, and the fire sale that follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ConvergenceError, ParameterError
from simulator.core.types import FloatArray

#: From total returns (A,) to what each fund has sold by then (F, A), in currency at the prices before the shock.
Reaction: TypeAlias = Callable[[FloatArray], FloatArray]

#: Change of returns from one round to the next below which a sale is settled.
_SETTLED: Final = 1e-12


@dataclass(frozen=True, eq=False)
class FireSale:
    """Where prices and sales have come to.

    Attributes
    ----------
    returns
        (A,) total return of each asset, shock and impact together.
    sold
        (F, A) currency each fund has sold, at the prices before the shock.
    first_loss
        (F,) currency lost to the shock itself.
    second_loss
        (F,) currency lost to everybody's sales, on the positions held before them.
    changes
        (rounds,) largest change of a return in each round; the last one is below 1e-12 where the sale has settled.
    """

    returns: FloatArray
    sold: FloatArray
    first_loss: FloatArray
    second_loss: FloatArray
    changes: FloatArray

    @property
    def amplification(self) -> float:
        """Loss of all funds over what the shock alone would have cost them; 1 where it costs nothing.

        A ratio of currency to currency.
        """
        first = float(self.first_loss.sum())
        return 1.0 if first == 0.0 else 1.0 + float(self.second_loss.sum()) / first


def leverage_targeting(holdings: npt.ArrayLike, equity: npt.ArrayLike) -> Reaction:
    """Funds keep their debt-to-equity ratio: after a return r a fund sells (debt / equity) x assets x -r, pro rata.

    Symmetric: after a rise it buys. Linear in the return, as in the source, and meant for falls that the equity bears:
    beyond equity / debt it would sell more than there is.

    Parameters
    ----------
    holdings
        (F, A) currency held before the shock.
    equity
        (F,) currency, above 0. Debt is what holdings exceed it by.

    Source: Greenwood, Landier & Thesmar (2015), "Vulnerable banks", Journal of Financial Economics 115, section 2.
    """
    held, own = _books(holdings, equity)
    total = held.sum(axis=1)
    geared = (total - own) / own
    weights = _shares(held, total)

    def react(returns: FloatArray) -> FloatArray:
        sold: FloatArray = -(geared * total * (weights @ returns))[:, None] * weights
        return sold

    return react


def one_sided_threshold(holdings: npt.ArrayLike, equity: npt.ArrayLike, most: float, back_to: float) -> Reaction:
    """Funds sell only where assets over equity exceed ``most``, and then, pro rata, until it is ``back_to``.

    A fund without equity left sells everything. Nobody buys.

    Parameters
    ----------
    holdings
        (F, A) currency held before the shock, all of it for sale.
    equity
        (F,) currency, above 0.
    most, back_to
        Assets over equity; 1 <= back_to <= most.

    Source: Cont & Schaanning (2017), "Fire sales, indirect contagion and systemic stress testing", section 2.
    """
    held, own = _books(holdings, equity)
    if not 1.0 <= back_to <= most:
        raise ParameterError(f"back_to ({back_to:g}) must lie between 1 and most ({most:g}): assets over equity")

    def react(returns: FloatArray) -> FloatArray:
        left = held * (1.0 + returns)
        assets, remaining = left.sum(axis=1), own + held @ returns
        over = assets > most * remaining
        share = np.where(over & (assets > 0.0), 1.0 - back_to * remaining / np.where(assets > 0.0, assets, 1.0), 0.0)
        sold: FloatArray = np.clip(share, 0.0, 1.0)[:, None] * held
        return sold

    return react


def fire_sale(
    holdings: npt.ArrayLike,
    shock: npt.ArrayLike,
    impact: npt.ArrayLike,
    reaction: Reaction,
    rounds: int | None = None,
    most_rounds: int = 1000,
) -> FireSale:
    """Let funds react to a shock, prices to their sales, funds to those prices, and so on.

    Parameters
    ----------
    holdings
        (F, A) currency held before the shock.
    shock
        (A,) returns that start it.
    impact
        (A,) fall of the price, as a fraction, for each unit of currency sold.
    reaction
        What funds sell at given total returns.
    rounds
        Rounds to go; ``None`` goes on until prices settle. 1 is the sale that the source calls direct.
    most_rounds
        Rounds after which prices are said not to settle.

    Raises
    ------
    ConvergenceError
        If prices do not settle, or fall below zero: sales beget larger sales.
    """
    held, first, per_unit = (np.asarray(given, np.float64) for given in (holdings, shock, impact))
    if held.ndim != 2 or first.shape != held.shape[1:] or per_unit.shape != held.shape[1:]:
        raise ParameterError(
            f"holdings are (funds, assets), shock and impact (assets,); not {held.shape}, {first.shape}, "
            f"{per_unit.shape}"
        )
    returns, sold, changes = first, np.zeros_like(held), []
    for _ in range(most_rounds if rounds is None else rounds):
        sold = reaction(returns)
        moved = first - per_unit * sold.sum(axis=0)
        changes.append(float(np.abs(moved - returns).max(initial=0.0)))
        returns = moved
        if not (returns > -1.0).all():
            raise ConvergenceError(
                f"sales do not settle: after {len(changes)} rounds a price has fallen to nothing; impact x holdings x "
                "leverage is too large for a linear price"
            )
        if rounds is None and changes[-1] < _SETTLED:
            break
    else:
        if rounds is None:
            raise ConvergenceError(
                f"sales do not settle within {most_rounds} rounds: returns still change by {changes[-1]:.1e} a round"
            )
    return FireSale(returns, sold, -(held @ first), -(held @ (returns - first)), np.array(changes))


def _books(holdings: npt.ArrayLike, equity: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    held, own = np.asarray(holdings, np.float64), np.asarray(equity, np.float64)
    if held.ndim != 2 or own.shape != held.shape[:1]:
        raise ParameterError(f"holdings are (funds, assets) and equity (funds,); not {held.shape} and {own.shape}")
    if not (own > 0.0).all():
        raise ParameterError(f"equity of fund {int(np.argmin(own))} is {own.min():g}; a fund begins with some")
    return held, own


def _shares(held: FloatArray, total: FloatArray) -> FloatArray:
    return held / np.where(total != 0.0, total, 1.0)[:, None]

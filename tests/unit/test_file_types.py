"""What a scenario file may say of a class's parameters, and of dates, is known before anything is run."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.configure import parameters
from scenarios.shocks.price_gap import PriceGap
from simulator.core.errors import DataError
from simulator.core.holidays import business_calendar
from simulator.data.csv_asset import read_asset


def test_parameters_of_shocks_have_their_types_and_ranges():
    """They were not found, because their constructor cannot name what the base class's module can."""
    known = parameters(PriceGap)
    assert known["days"].within is not None
    assert known["severity"].within.most == 100.0


def test_a_date_beyond_any_calendar_has_weekdays():
    calendar = business_calendar(np.array(["2024-01-02", "9999-12-31"], "datetime64[D]"))
    assert np.busday_offset(np.datetime64("2024-07-03"), 1, busdaycal=calendar) == np.datetime64("2024-07-05")
    business_calendar(np.array(["1700-01-01"], "datetime64[D]"))


@pytest.mark.parametrize("price", ["1e308", "1e200", "1.1e15", "1e-300"])
@pytest.mark.parametrize("column", [1, 4, 5])
def test_a_price_that_no_market_quotes_is_refused(tmp_path, price, column):
    """It overflowed the books: a ReconciliationError in a run, infinite figures in its metrics."""
    rows = [["2024-01-02", *["10"] * 6], ["2024-01-03", *["10"] * 6]]
    rows[1][column] = price
    path = tmp_path / "A.csv"
    path.write_text("\n".join(["Date,Open,High,Low,Close,Adj Close,Volume", *(",".join(row) for row in rows)]))
    with pytest.raises(DataError, match=r"A.csv: column .* on 2024-01-03 is beyond what any market quotes"):
        read_asset(path)


def test_a_volume_that_no_market_has_seen_is_refused(tmp_path):
    path = tmp_path / "A.csv"
    path.write_text("Date,Open,High,Low,Close,Volume\n2024-01-02,1,1,1,1,1e30\n2024-01-03,1,1,1,1,5\n")
    with pytest.raises(DataError, match="column 'Volume' on 2024-01-02 is beyond what any market quotes"):
        read_asset(path)

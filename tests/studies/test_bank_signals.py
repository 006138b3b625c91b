"""Loans, features, scales, scores and rules of the study of banks, each by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from scenarios.payments.system import simulate_payments
from scenarios.payments.terms import PaymentSystem
from scenarios.study.banks.data import BankSource, Sources, bank_data
from signals.payments.features import Features, payment_features
from signals.payments.furfine import RateBand, detection, overnight_loans, with_benchmark
from signals.payments.log import Payments, unknown_positions
from signals.payments.models import MODELS, Setting, fitted, mean_loss, stressed, weights
from signals.payments.panel import Panel, panel_of
from signals.payments.published import PRINTED
from signals.payments.rivals import best_rule
from signals.payments.scores import Score, alarms_a_year, average, gap, lead, score
from signals.payments.validate import Task, left_out
from simulator.core.errors import DataError

ROWS = [
    ("2010-01-04 08:00:00", "A", "B", 100.0, "customer"),
    ("2010-01-04 10:00:00", "B", "A", 40.0, "customer"),
    ("2010-01-04 12:00:00", "C", "A", 60.0, "customer"),
    ("2010-01-04 13:00:00", "CB", "A", 50.0, "administrative"),
    ("2010-01-04 16:00:00", "A", "B", 10_000_000.0, "interbank"),
    ("2010-01-05 09:00:00", "B", "A", 10_000_277.78, "interbank"),
]
COLUMNS = ["time", "payer", "payee", "amount", "type"]


def log_of(rows, rate=0.009):
    """The rows as a log, read as a file would be, without the checks of a study."""
    from scenarios.study.banks.data import _read_log

    sources = Sources(
        BankSource("log.csv", pd.DataFrame(rows, columns=COLUMNS)), BankSource("stress.csv", pd.DataFrame())
    )
    log = _read_log(sources)
    return Payments(log, unknown_positions(log), np.full(log.sessions.size, rate))


def of(features, payments, account, name, day=0):
    place = payments.log.accounts.index(account)
    return features.values[day, place, features.names.index(name)]


@pytest.fixture(scope="module")
def by_hand():
    payments = log_of(ROWS)
    held = payments.positions
    opening, before, after, least = (np.full_like(held.opening, np.nan) for _ in range(4))
    for name, start in (("A", 12_000_000.0), ("B", 1000.0), ("C", 500.0)):
        place = payments.log.accounts.index(name)
        opening[:, place], before[:, place], after[:, place], least[:, place] = start, 200.0, 180.0, 1_000_025.0
    payments = replace(payments, positions=replace(held, opening=opening, collateral_before=before,
                                                   collateral_after=after, requirement=least))  # fmt: skip
    loans = overnight_loans(payments)
    return payments, loans, payment_features(payments, loans)


@pytest.mark.parametrize(
    ("account", "name", "value"),
    [
        ("A", "customer.net_value", 0.0),  # 40 + 60 - 100
        ("A", "customer.net_number", 1.0),
        ("A", "customer.net_time_by_value", 3.2),  # (40 x 10h + 60 x 12h) / 100 - 8h
        ("A", "customer.net_time_by_number", 3.0),  # 11h - 8h
        ("A", "interbank.net_value", -10_000_000.0),
        ("A", "interbank.net_number", -1.0),
        ("A", "interbank.net_time_by_value", np.nan),  # nothing came in
        ("A", "administrative.net_value", 50.0),
        ("A", "administrative.net_number", 1.0),
        ("A", "balance_end", 2_000_050.0),
        ("A", "balance_min", 2_000_050.0),
        ("A", "reserve_gap", 1.0),
        ("A", "haircut", 0.1),
        ("A", "collateral_before", 200.0),
        ("A", "collateral_after", 180.0),
        ("A", "lender.counterparties", 1.0),
        ("A", "lender.hhi", 1.0),
        ("A", "lender.spread", 277.78 / 1e7 * 360.0 - 0.009),
        ("A", "borrower.counterparties", 0.0),
        ("A", "borrower.hhi", np.nan),
        ("A", "borrower.spread", np.nan),
        ("B", "customer.net_value", 60.0),
        ("B", "customer.net_number", 0.0),
        ("B", "customer.net_time_by_value", -2.0),
        ("B", "balance_end", 10_001_060.0),
        ("B", "balance_min", 1000.0),
        ("B", "borrower.counterparties", 1.0),
        ("B", "borrower.spread", 277.78 / 1e7 * 360.0 - 0.009),
        ("C", "customer.net_value", -60.0),
        ("C", "balance_min", 440.0),
        ("C", "customer.net_time_by_number", np.nan),
    ],
)
def test_a_day_by_hand(by_hand, account, name, value):
    payments, _, features = by_hand
    np.testing.assert_allclose(of(features, payments, account, name), value, rtol=1e-12, atol=1e-12)


def test_a_loan_is_known_when_it_comes_back(by_hand):
    payments, loans, features = by_hand
    assert len(loans) == 1
    known = features.as_known()
    assert of(features, payments, "A", "lender.counterparties", 0) == 1.0
    assert np.isnan(of(known, payments, "A", "lender.counterparties", 0))
    assert of(known, payments, "A", "lender.counterparties", 1) == 1.0
    assert of(known, payments, "A", "balance_end", 0) == of(features, payments, "A", "balance_end", 0)


def test_shares_of_counterparties():
    """Lent 3 million to B and 1 million to C: HHI 0.75^2 + 0.25^2 = 0.625, rate (3 x 1% + 1 x 1.4%) / 4 = 1.1%."""
    rows = [
        ("2010-01-04 16:00:00", "A", "B", 3e6, "interbank"),
        ("2010-01-04 16:10:00", "A", "C", 1e6, "interbank"),
        ("2010-01-05 09:00:00", "B", "A", round(3e6 * (1 + 0.01 / 360), 2), "interbank"),
        ("2010-01-05 09:00:00", "C", "A", round(1e6 * (1 + 0.014 / 360), 2), "interbank"),
    ]
    payments = log_of(rows)
    features = payment_features(payments, overnight_loans(payments))
    assert of(features, payments, "A", "lender.counterparties") == 2.0
    assert of(features, payments, "A", "lender.hhi") == 0.625
    np.testing.assert_allclose(of(features, payments, "A", "lender.spread"), 0.011 - 0.009, atol=2e-6)


@pytest.mark.parametrize(
    ("lent", "back", "found"),
    [
        ((10e6, "interbank"), (10_000_277.78, "interbank"), 1),
        ((10e6, "interbank"), (10_000_000.0, "interbank"), 0),  # no interest
        ((10e6, "interbank"), (10_001_000.0, "interbank"), 0),  # 3.6%, 2.7 points above the benchmark
        ((10e6, "interbank"), (9_999_900.0, "interbank"), 0),  # below what was lent
        ((900_000.0, "interbank"), (900_025.0, "interbank"), 0),  # too small
        ((10_050_000.0, "interbank"), (10_050_279.17, "interbank"), 0),  # not in steps of 100,000
        ((10e6, "administrative"), (10_000_277.78, "administrative"), 0),
        ((10e6, "customer"), (10_000_277.78, "customer"), 1),
    ],
)
def test_what_is_a_loan(lent, back, found):
    rows = [
        ("2010-01-04 16:00:00", "A", "B", *lent),
        ("2010-01-05 09:00:00", "B", "A", *back),
    ]
    assert len(overnight_loans(log_of(rows))) == found


def test_a_weekend_is_three_nights():
    rows = [
        ("2010-01-08 16:00:00", "A", "B", 12e6, "interbank"),
        ("2010-01-11 09:00:00", "B", "A", 12_001_000.0, "interbank"),
    ]
    loans = overnight_loans(log_of(rows))
    np.testing.assert_allclose(loans["rate"], [0.01])


def test_each_payment_serves_once_and_the_likelier_rate_wins():
    """Two repayments fit one loan: the one nearer to the benchmark is taken, and one loan is found."""
    rows = [
        ("2010-01-04 16:00:00", "A", "B", 36e6, "interbank"),
        ("2010-01-05 09:00:00", "B", "A", 36_001_500.0, "interbank"),  # 1.5%
        ("2010-01-05 10:00:00", "B", "A", 36_001_000.0, "interbank"),  # 1.0%
    ]
    loans = overnight_loans(log_of(rows))
    np.testing.assert_allclose(loans["rate"], [0.01])


def test_the_band_is_the_users():
    rows = [
        ("2010-01-04 16:00:00", "A", "B", 36e6, "interbank"),
        ("2010-01-05 09:00:00", "B", "A", 36_003_000.0, "interbank"),  # 3%
    ]
    assert len(overnight_loans(log_of(rows))) == 0
    assert len(overnight_loans(log_of(rows), RateBand(0.005, 0.03))) == 1


def test_without_a_benchmark_the_median_stands_for_it():
    rows = []
    for day in range(4, 8):
        rows += [
            (f"2010-01-0{day} 16:00:00", "A", "B", 36e6, "interbank"),
            (f"2010-01-0{day + 1} 09:00:00", "B", "A", 36_002_000.0, "interbank"),
        ]
    payments = log_of(rows, np.nan)
    np.testing.assert_allclose(with_benchmark(payments).benchmark[:4], 0.02)
    assert len(overnight_loans(payments)) == 4


@pytest.mark.parametrize("seed", [0, 1])
def test_loans_of_a_simulated_market_are_found(seed):
    system = PaymentSystem(banks=10, stressed=5, sessions=420)
    simulated = simulate_payments(system, np.random.default_rng(seed))
    seen = detection(overnight_loans(simulated.payments), simulated.loans, simulated.payments.log)
    assert seen.true > 3000
    assert seen.found >= 0.95
    assert seen.false <= 0.05


def features_of(values):
    values = np.asarray(values, float)[:, None, None]
    return Features(("x",), values, np.array([False]))


def test_scales_by_hand():
    """Sixty days at 0 and 2 in turn, then 5: whole mean and deviation of all; past of what went before."""
    values = np.array([0.0, 2.0] * 30 + [5.0, 1.0])
    codes = np.ones((62, 1), int)
    whole = panel_of(features_of(values), [0], ["A"], codes, "whole").x[:, 0, 0]
    np.testing.assert_allclose(whole, (values - values.mean()) / values.std(ddof=1))
    past = panel_of(features_of(values), [0], ["A"], codes, "past").x[:, 0, 0]
    np.testing.assert_allclose(past[60], (5.0 - 1.0) / np.sqrt(60.0 / 59.0))
    np.testing.assert_allclose(past[61], (1.0 - values[:61].mean()) / values[:61].std(ddof=1))
    assert (past[:30] == 0.0).all()


def test_the_past_does_not_know_the_future():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(100, 1, 3))
    features = Features(("a", "b", "c"), values, np.array([False, True, False]))
    changed = values.copy()
    changed[80:] += 7.0
    codes = np.ones((100, 1), int)
    before, after = (
        panel_of(replace(features, values=given), [0], ["A"], codes, "past").x[:80] for given in (values, changed)
    )
    np.testing.assert_array_equal(before, after)
    looked = panel_of(replace(features, values=changed), [0], ["A"], codes, "whole").x[:80]
    assert (looked != panel_of(features, [0], ["A"], codes, "whole").x[:80]).any()


def test_a_bank_that_is_gone_is_not_usual():
    values = np.concatenate([np.tile([0.0, 2.0], 35), np.full(300, 1000.0)])
    codes = np.ones((370, 1), int)
    codes[70:] = 4
    panel = panel_of(features_of(values), [0], ["A"], codes, "whole")
    np.testing.assert_allclose(panel.x[0, 0, 0], -1.0 / np.sqrt(70.0 / 69.0))
    assert panel.counted[:, 0].nonzero()[0].tolist() == list(range(60, 70))


def test_too_few_days_are_refused():
    with pytest.raises(DataError, match="A operates on 30 sessions only; 61 are needed"):
        panel_of(features_of(np.ones(30)), [0], ["A"], np.ones((30, 1), int), "whole")


def test_weights_by_hand():
    """One of four is stress: a = 3/4, so 3/4 for it and 1/4 for the rest; mean 3/8; over it 2 and 2/3."""
    y = np.array([1, 0, 0, 0])
    np.testing.assert_allclose(weights(y, "weighted"), [2.0, 2 / 3, 2 / 3, 2 / 3])
    np.testing.assert_allclose(weights(y, "plain"), 1.0)


def test_loss_by_hand():
    probability, y = np.array([0.8, 0.4]), np.array([1, 0])
    expected = (-0.75 * np.log(0.8) - 0.25 * np.log(0.6)) / 2
    assert mean_loss(probability, y, 0.75) == pytest.approx(expected, rel=1e-12)


def test_the_logistic_model_is_one():
    """A network without hidden layer reaches the optimum of a logistic regression with the same weights."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4000, 3))
    y = (rng.random(4000) < 1.0 / (1.0 + np.exp(3.0 - x @ [1.0, -0.5, 0.0]))).astype(int)
    ours = stressed(fitted("logistic", Setting(0, 0.0), x, y, "weighted", 0), x)
    model = LogisticRegression(C=1e6).fit(x, y, sample_weight=weights(y, "weighted"))
    assert np.abs(ours - model.predict_proba(x)[:, 1]).max() < 0.05


def panel_with(codes, counted=None, x=None):
    codes = np.asarray(codes)
    counted = np.isin(codes, (1, 3)) if counted is None else counted
    banks = tuple("ABCDEFG"[: codes.shape[1]])
    return Panel(banks, ("x",), np.zeros((*codes.shape, 1)) if x is None else x, codes, counted)


def test_scores_by_hand():
    """Stress on days 3 to 6, alarms on 0, 4, 5 and on 2, which is code 2 and counts for nothing."""
    codes = np.array([[1], [1], [2], [3], [3], [3], [3], [4]])
    alarm = np.array([1, 0, 1, 0, 1, 1, 0, 1], bool)
    found = score(alarm, panel_with(codes), 0)
    assert found == Score(2 / 3, 0.5, 2 * 2 / (3 + 4), 3, 2, 4)
    assert score(np.zeros(8, bool), panel_with(codes), 0) == Score(0.0, 0.0, 0.0, 0, 0, 4)


def test_a_bank_without_stress_is_in_no_average():
    codes = np.array([[1, 3], [1, 1]])
    panel = panel_with(codes)
    scores = [score(np.array([True, False]), panel, bank) for bank in (0, 1)]
    assert np.isnan(scores[0].recall)
    assert average(scores, "f1", 0).mean == 1.0
    assert average(scores, "precision", 0).mean == 1.0


def test_gaps_are_paired_by_bank():
    """Banks with F1 0.2, 0.4 against 0.1, 0.3: 0.1 more in each, so surely 0.1 more; one without stress is left out."""
    first, second = (
        [Score(0, 0, f1, 1, 1, 1) for f1 in f1s] + [Score(0, np.nan, np.nan, 0, 0, 0)]
        for f1s in ((0.2, 0.4), (0.1, 0.3))
    )
    np.testing.assert_allclose(gap(first, second, "f1", 0), (0.1, 0.1, 0.1))


def test_leads_by_hand():
    codes = np.ones((100, 1), int)
    codes[80:90] = 3
    panel = panel_with(codes)
    alarm = np.zeros(100, bool)
    assert np.isnan(lead(alarm, panel, 0))
    alarm[80] = True
    assert lead(alarm, panel, 0) == 0.0
    alarm[75] = True
    assert lead(alarm, panel, 0) == 5.0
    alarm[10] = True  # more than sixty sessions before: no warning of this
    assert lead(alarm, panel, 0) == 5.0
    assert alarms_a_year(alarm, panel, 0, 250.0) == pytest.approx(2 / 90 * 250)


def test_the_best_rule_of_one_feature():
    x = np.zeros((1000, 2))
    x[:, 0] = np.random.default_rng(0).normal(size=1000)
    y = np.zeros(1000, int)
    y[:10] = 1
    x[:10, 1] = -np.arange(1.0, 11.0)
    rule = best_rule(x, y)
    assert (rule.feature, rule.side) == (1, -1.0)
    assert ((rule.side * x[:, 1] >= rule.line) == (y == 1)).mean() > 0.99


def test_left_out_means_unseen():
    """Changing the bank that is left out changes no answer about it but through its own features."""
    rng = np.random.default_rng(1)
    codes = np.ones((120, 4), int)
    codes[100:110] = 3
    x = rng.normal(size=(120, 4, 3)) + 2.0 * (codes == 3)[:, :, None]
    panel = panel_with(codes, x=x)
    task = Task("mlp-relu", "weighted", 0)
    answer = left_out(panel, task, 0)
    other = codes.copy()
    other[:, 0] = np.where(other[:, 0] == 3, 1, 3)
    again = left_out(replace(panel, codes=other), task, 0)
    np.testing.assert_array_equal(answer.probability, again.probability)
    assert answer.setting in MODELS["mlp-relu"].grid
    assert answer.probability[100:110].mean() > answer.probability[:100].mean() + 0.3


def test_printed_averages_are_those_of_the_printed_rows():
    """Means of the printed rows, to the printed decimal; recall and F1 of the paper were averaged before rounding."""
    for rows in PRINTED.values():
        banks = [row for bank, row in rows.items() if bank != "Average"]
        for figure in ("precision", "recall", "f1"):
            means = np.mean([getattr(row, figure) for row in banks], axis=0)
            np.testing.assert_allclose(means, getattr(rows["Average"], figure), atol=0.0101)


def test_printed_f1_follows_from_precision_and_recall():
    for rows in PRINTED.values():
        for bank, row in rows.items():
            if bank == "Average":
                continue
            for precision, recall, f1 in zip(row.precision, row.recall, row.f1, strict=True):
                harmonic = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
                assert abs(harmonic - f1) < 0.011


def test_sources_are_read_alike(by_hand):
    """Column names in any case, rows in any order."""
    frame = pd.DataFrame(ROWS[::-1], columns=COLUMNS)
    again = log_of(list(frame.itertuples(index=False, name=None)))
    payments = by_hand[0]
    np.testing.assert_array_equal(again.log.amount, payments.log.amount)
    assert again.log.accounts == payments.log.accounts
    with pytest.raises(DataError, match="stress"):
        bank_data(Sources(BankSource("log.csv", frame), BankSource("stress.csv", pd.DataFrame({"bank": ["A"]}))))

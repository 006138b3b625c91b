"""The benchmark's floor and peers come to our nav before anything is timed: at small sizes, on every workload."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("bt", reason="the benchmark's peers come with the dev extra")

from simulator import AlmgrenChriss
from tests.benchmarks import floor, ours, peers, workloads
from tests.benchmarks.contest import TOLERANCE, Contestant, gap
from tests.support import some

BANDS, EVERY = workloads.grid(np.array([0.01, 0.05]), (1, 5, 21))


def navs(contestants: list[Contestant]) -> dict[str, np.ndarray]:
    return {f"{contestant.name}, {contestant.threads}": contestant.nav(contestant.run()) for contestant in contestants}


def assert_same(plain: Contestant, others: list[Contestant], count: int) -> np.ndarray:
    """All of ``count`` contestants come to our nav."""
    expected = plain.nav(plain.run())
    gaps = {name: gap(expected, found) for name, found in navs(others).items()}
    assert len(gaps) == count
    assert max(gaps.values()) < TOLERANCE, gaps
    return expected


@pytest.fixture(scope="module")
def work():
    return workloads.single(sessions=1500, assets=6)


@pytest.fixture(scope="module")
def many_paths():
    return workloads.paths(count=7, sessions=252, assets=5)


@pytest.mark.parametrize(("band", "every"), [(0.05, 1), (0.02, 21)])
def test_one_policy_and_the_floor(work, band, every):
    plain = ours.one_run(work, workloads.band_policy(work, band, every), workloads.plain_terms())
    assert_same(plain, [floor.one_run(work, band, every)], 1)


def test_a_calendar_and_the_floor(work):
    plain = ours.one_run(work, workloads.calendar_policy(), workloads.plain_terms())
    assert_same(plain, [floor.one_run(work, 0.0, workloads.EVERY)], 1)


@pytest.mark.parametrize("threads", [1, 2])
def test_many_policies_and_paths_and_the_floor(work, many_paths, threads):
    plain = ours.policies(work, BANDS, EVERY, workloads.plain_terms(), threads=threads)
    final = assert_same(plain, [floor.policies(work, BANDS, EVERY, threads)], 1)
    assert np.unique(final).size == BANDS.size
    plain = ours.paths(many_paths, workloads.plain_terms(), threads=threads)
    final = assert_same(plain, [floor.paths(many_paths, threads)], 1)
    assert np.unique(final).size == 7


@pytest.mark.slow
@pytest.mark.parametrize(("band", "every"), some([(0.05, 1), (0.02, 21)], 2))
def test_one_policy_in_vectorbt_and_bt(work, band, every):
    plain = ours.one_run(work, workloads.band_policy(work, band, every), workloads.plain_terms())
    assert_same(plain, list(peers.single_band(work, band, every)), 2)


@pytest.mark.slow
def test_a_calendar_in_every_form_of_vectorbt(work):
    plain = ours.one_run(work, workloads.calendar_policy(), workloads.plain_terms())
    forms = list(peers.calendar(work))
    assert_same(plain, forms, len(forms))
    assert len(forms) >= 3


@pytest.mark.slow
def test_many_policies_and_paths_in_vectorbt(work, many_paths):
    assert_same(ours.policies(work, BANDS, EVERY, workloads.plain_terms()), list(peers.policies(work, BANDS, EVERY)), 3)
    assert_same(ours.paths(many_paths, workloads.plain_terms()), list(peers.paths(many_paths)), 3)


def test_another_cost_would_be_noticed(work):
    terms = workloads.plain_terms() | {"costs": AlmgrenChriss(half_spread_bps=10.001, eta=0.0, gamma=0.0)}
    other = ours.one_run(work, workloads.band_policy(work), terms)
    against = floor.one_run(work, workloads.BAND, 1)
    assert gap(other.nav(other.run()), against.nav(against.run())) > 1e-9


def test_a_gap_is_infinite_where_there_is_nothing_to_compare():
    assert gap(np.ones(3), np.array([1.0, np.nan, 1.0])) == np.inf
    assert gap(np.ones(3), np.ones(2)) == np.inf
    assert gap(np.ones(2), np.array([1.0, 1.5])) == 0.5

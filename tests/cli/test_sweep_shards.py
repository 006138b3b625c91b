"""A sweep in shards: put together, they are the bytes of one sweep; what is missing, foreign or damaged is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.cli import main
from scenarios.sweep.chunks import Chunk
from scenarios.sweep.shards import Shard
from tests.sweeping import write_small

ASKED = ["small.toml", "--data", "data", "--grid", "execution.lag=0,1,2", "--paths", "3", "--chunk", "4"]
SAME = ("results.parquet", "metrics.json", "index.html", "manifest.json")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the scenario, and one sweep of it in ``whole``."""
    home = tmp_path_factory.mktemp("shards")
    write_small(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        assert main(["sweep", *ASKED, "--quiet", "--out", "whole"]) == 0
    return home


@pytest.fixture
def home(made, monkeypatch):
    monkeypatch.chdir(made)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    return made


def shard(text, out, *more):
    return main(["sweep", *ASKED, *more, "--quiet", "--shard", text, "--out", out])


def merge(out):
    return main(["sweep", "--merge", out, "--quiet"])


def test_shares_hold_every_chunk_once():
    chunks = [Chunk(number, "", range(1), (number,)) for number in range(11)]
    for of in (1, 2, 4, 11, 20):
        shares = [Shard(number + 1, of).share(chunks) for number in range(of)]
        assert [chunk for share in shares for chunk in share] == chunks
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_four_shards_merged_are_one_sweep(home, capsys):
    for text in ("3/4", "1/4", "4/4"):
        assert shard(text, "apart", "--workers", "1") == 0
    assert "when all are: undertow sweep --merge apart" in capsys.readouterr().out
    assert merge("apart") == 2
    assert "of shard 2/4" in capsys.readouterr().err
    assert not Path("apart").exists()
    assert shard("2/4", "apart") == 0
    assert shard("2/4", "apart") == 0
    assert "; 0 runs computed now" in capsys.readouterr().out
    assert merge("apart") == 0
    for name in SAME:
        assert Path("apart", name).read_bytes() == Path("whole", name).read_bytes(), name
    assert not Path("apart.shards").exists()
    assert main(["verify", "apart"]) == 0


def test_more_shards_than_chunks(home, capsys):
    asked = [*ASKED[:-1], "1000", "--quiet", "--out", "few", "--shard"]
    assert main(["sweep", *asked, "1/2"]) == 0
    assert "has no chunk of its own" in capsys.readouterr().out
    assert main(["sweep", *asked, "2/2"]) == 0
    assert merge("few") == 0
    assert Path("few/results.parquet").read_bytes() == Path("whole/results.parquet").read_bytes()


def refused(capsys, status):
    captured = capsys.readouterr()
    assert (status, captured.err.count("\n")) == (2, 1), captured.err
    return captured.err


def test_what_does_not_belong_together_is_named(home, capsys):
    assert "no shard of a sweep has begun there" in refused(capsys, merge("nowhere"))
    assert shard("1/2", "mixed") == 0
    capsys.readouterr()
    assert shard("2/2", "mixed", "--set", "execution.max_participation=0.3") == 0
    capsys.readouterr()
    assert "shard 2/2 was computed with another scenario" in refused(capsys, merge("mixed"))
    assert shard("2/3", "mixed") == 0
    capsys.readouterr()
    assert "holds shards of 2 and of 3" in refused(capsys, merge("mixed"))


def test_a_damaged_chunk_is_named(home, capsys):
    assert shard("1/1", "bad") == 0
    capsys.readouterr()
    chunk = min(Path("bad.shards/1-of-1").glob("chunk-*"))
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    assert f"{chunk} is damaged" in refused(capsys, merge("bad"))
    Path("bad.shards/1-of-1/asked.json").write_text("{")
    assert "asked.json: is damaged" in refused(capsys, merge("bad"))


@pytest.mark.parametrize("text", ["0/4", "5/4", "x", "1/0", "1-4"])
def test_a_share_that_cannot_be(home, capsys, text):
    assert "is no share of a sweep" in refused(capsys, shard(text, "none"))


def test_merge_takes_nothing_else(home, capsys):
    assert "--merge with a scenario" in refused(capsys, main(["sweep", "small.toml", "--merge", "whole"]))


@pytest.mark.parametrize("option", [["--shock", "price-gap:size=-0.1"], ["--block", "5"], ["--refit"]])
def test_merge_passes_over_nothing_that_is_asked(home, capsys, option):
    assert f"--merge with {option[0]}" in refused(capsys, main(["sweep", "--merge", "whole", *option]))


def test_the_data_are_those_of_the_shards_before_those_of_the_environment(home, monkeypatch, capsys):
    assert shard("1/1", "placed") == 0
    monkeypatch.setenv("UNDERTOW_DATA", str(home / "nowhere"))
    assert main(["sweep", "--merge", "placed", "--quiet", "--data", "elsewhere"]) == 2
    assert "elsewhere" in capsys.readouterr().err
    assert merge("placed") == 0
    assert Path("placed/results.parquet").read_bytes() == Path("whole/results.parquet").read_bytes()


def test_where_the_data_of_the_shards_are_not_those_of_the_environment_are_taken(home, monkeypatch):
    assert shard("1/1", "carried") == 0
    monkeypatch.setenv("UNDERTOW_DATA", str(home / "there"))
    Path("data").rename("there")
    try:
        assert merge("carried") == 0
    finally:
        Path("there").rename("data")
    assert Path("carried/results.parquet").read_bytes() == Path("whole/results.parquet").read_bytes()

"""A sweep in shards: each a share of the chunks, computed anywhere, put together where they all lie.

``--shard k/n --out DIR`` leaves its chunks in ``DIR.shards/k-of-n``; ``--merge DIR`` writes the report that one sweep
would have written, byte for byte, since a chunk depends on the plan alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from reports.files import as_json
from simulator.core.errors import ScenarioError
from simulator.core.files import write_whole

from .chunks import Chunk
from .figures import Figures
from .grid import Axis, Grid
from .store import ASKED, Store, differences, listed, opened_plan
from .worlds import PathSettings

_NAME: Final = re.compile(r"(\d+)-of-(\d+)")
_MOST: Final = 100_000


class Shard(NamedTuple):
    """The ``number``-th of ``of`` shares of a sweep; counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def share(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Its chunks: neighbours, which share paths."""
        first, last = (len(chunks) * (self.number - back) // self.of for back in (1, 0))
        return list(chunks[first:last])


def parse_shard(text: str) -> Shard:
    """``k/n``; raise :class:`ScenarioError` unless it is a share there can be."""
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.of <= _MOST:
        raise ScenarioError(f"--shard {text}: is no share of a sweep; write k/n with k from 1 to n, for example 2/4")
    return shard


def shards_folder(out: Path) -> Path:
    """Where the shards of a sweep wait until all of them are there."""
    return out.with_name(f"{out.name}.shards")


def shard_folder(out: Path, shard: Shard) -> Path:
    """Where one of them keeps its chunks."""
    return shards_folder(out) / f"{shard.number}-of-{shard.of}"


@dataclass(frozen=True)
class Asked:
    """What a sweep was asked for: all that its results depend on, and where that lies.

    Attributes
    ----------
    scenario
        A catalogued name, or the file.
    grid, paths, chunk
        As in :func:`~scenarios.sweep.sweep`.
    data, overrides, shocks, plugins
        Likewise.
    """

    scenario: str
    grid: Grid
    data: Path | None
    overrides: tuple[str, ...]
    shocks: tuple[str, ...]
    plugins: tuple[Path, ...]
    paths: PathSettings
    chunk: int

    def anywhere(self) -> Asked:
        """The same, with paths that are found from any folder of any machine that sees them."""
        file = Path(self.scenario)
        return replace(
            self,
            scenario=str(file.resolve()) if file.is_file() else self.scenario,
            data=None if self.data is None else self.data.resolve(),
            plugins=tuple(path.resolve() for path in self.plugins),
        )

    def keep(self, folder: Path) -> None:
        """Write it down in the folder of a shard."""
        one = self.anywhere()
        told = {
            "scenario": one.scenario,
            "grid": [[axis.key, list(axis.texts)] for axis in one.grid.axes],
            "data": None if one.data is None else str(one.data),
            "overrides": list(one.overrides),
            "shocks": list(one.shocks),
            "plugins": list(map(str, one.plugins)),
            "paths": one.paths.plain,
            "chunk": one.chunk,
        }
        write_whole(folder / ASKED, as_json(told), lasting=True)

    @classmethod
    def read(cls, folder: Path) -> Asked:
        """What a shard was asked for; raise :class:`ScenarioError` if that is damaged."""
        path = folder / ASKED
        try:
            told: Any = json.loads(path.read_text(encoding="utf-8"))
            axes = tuple(Axis(str(key), tuple(map(str, texts))) for key, texts in told["grid"])
            return cls(
                str(told["scenario"]),
                Grid(axes),
                None if told["data"] is None else Path(told["data"]),
                tuple(told["overrides"]),
                tuple(told["shocks"]),
                tuple(map(Path, told["plugins"])),
                PathSettings(*told["paths"]),
                int(told["chunk"]),
            )
        except OSError as error:
            raise ScenarioError(f"{path}: {(error.strerror or str(error)).lower()}; run that shard again") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ScenarioError(f"{path}: is damaged; delete {folder} and run that shard again") from None


def found_shards(out: Path) -> dict[Shard, Path]:
    """The folder of every shard that has begun, in order.

    Raises
    ------
    ScenarioError
        If there is none, or they are shares of different numbers.
    """
    home = shards_folder(out)
    names = sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
    found = {Shard(int(name[1]), int(name[2])): home / name[0] for name in map(_NAME.fullmatch, names) if name}
    if not found:
        raise ScenarioError(f"--merge {out}: no shard of a sweep has begun there; run it with --shard k/n --out {out}")
    numbers = sorted({shard.of for shard in found})
    if len(numbers) > 1:
        raise ScenarioError(
            f"{home}: holds shards of {' and of '.join(map(str, numbers))}; delete those that do not belong together"
        )
    return dict(sorted(found.items()))


def check_same(folders: Mapping[Shard, Path], fingerprint: Mapping[str, str]) -> None:
    """Raise :class:`ScenarioError` naming the first shard that is of another sweep than the one its chunks are for."""
    for shard, folder in folders.items():
        changed = differences(opened_plan(folder), fingerprint)
        if changed:
            raise ScenarioError(
                f"{folder}: shard {shard} was computed with {listed(changed)} than the sweep is made from now; "
                "run it again with --restart"
            )


def gathered(
    folders: Mapping[Shard, Path], fingerprint: Mapping[str, str], chunks: Sequence[Chunk], figures: Figures
) -> None:
    """Put the figures of the chunks of all shards together.

    Raises
    ------
    ScenarioError
        If a chunk is missing, saying which shards are not finished, or damaged.
    """
    of = next(iter(folders)).of
    missing: dict[Shard, int] = {}
    for shard in (Shard(number, of) for number in range(1, of + 1)):
        share = shard.share(chunks)
        if shard not in folders:
            missing |= {shard: len(share)} if share else {}
            continue
        with Store(folders[shard], fingerprint, keep=True) as store:
            there = store.finished(share)
            missing |= {shard: len(share) - len(there)} if len(there) < len(share) else {}
            for chunk in share if not missing else ():
                figures.put(chunk.jobs, chunk.paths, store.read(chunk))
    if missing:
        named = ", ".join(str(shard) for shard in list(missing)[:8]) + (", ..." if len(missing) > 8 else "")
        raise ScenarioError(
            f"{sum(missing.values()):,} of {len(chunks):,} chunks are missing, of shard {named}: "
            "run the same command with each of them; what is finished is kept"
        )


def leave(out: Path) -> None:
    """Remove the empty folder in which shards waited."""
    home = shards_folder(out)
    if home.is_dir() and not home.is_symlink() and not any(home.iterdir()):
        home.rmdir()

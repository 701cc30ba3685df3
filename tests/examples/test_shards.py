"""Points that move between shards: once, whatever crashes in between."""

import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from loyaltyledger import (
    InsufficientPointsError,
    Ledger,
    MemberClosedError,
)
from postgres_server import Server, fresh_database

EXAMPLE = Path(__file__).parents[2] / "examples" / "shards" / "shards.py"
NOW = datetime.now(UTC) - timedelta(hours=1)
CRASHES = list(product(("before", "after"), ("leave", "arrive", "settle")))


@pytest.fixture
def example() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("shards_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(params=["sqlite", "postgres"])
def table(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: Server
) -> Iterator[dict[str, str]]:
    names = "north", "south"
    if request.param == "sqlite":
        yield {name: f"sqlite:///{tmp_path / name}.db" for name in names}
        return
    with (
        fresh_database(postgres_server) as north,
        fresh_database(postgres_server) as south,
    ):
        urls = map(postgres_server.url, (north, south))
        yield dict(zip(names, urls, strict=True))


@pytest.fixture
def move(example: ModuleType) -> Any:
    return example.Move(
        move_id="m 1",
        source=example.account("north", "ann"),
        target=example.account("south", "ann"),
        points=40,
        at=NOW,
    )


@pytest.fixture
def shards(example: ModuleType, table: dict[str, str]) -> Iterator[Any]:
    with closing(example.set_up(table)) as shards:
        anns = example.member_of(example.account("north", "ann"))
        shards.of("north").earn(key="gift", **anns, points=100, at=NOW)
        yield shards


def both(example: ModuleType, shards: Any) -> tuple[int, int]:
    north, south = (example.account(name, "ann") for name in ("north", "south"))
    return example.points(shards, north), example.points(shards, south)


def outstanding(shards: Any, programme_id: str) -> int:
    (totals,) = shards.of(programme_id).totals(programme_id=programme_id)
    return int(totals.outstanding)


def test_a_move_takes_here_and_gives_there(
    example: ModuleType, shards: Any, move: Any
) -> None:
    example.carry_out(shards, move)
    example.carry_out(shards, move)

    assert both(example, shards) == (60, 40)
    assert outstanding(shards, "north") == 60
    assert outstanding(shards, "south") == 40
    assert list(example.unfinished(shards)) == []


def test_two_shards_are_two_ledgers(shards: Any) -> None:
    north, south = (shards.of(name).store for name in ("north", "south"))

    assert north.ledger_id != south.ledger_id
    assert shards.of("north").store is north, "opened once"


def test_a_programme_that_no_shard_has_is_refused(
    example: ModuleType, shards: Any
) -> None:
    with pytest.raises(example.NoShardError):
        shards.of("west")


def _die_around(example: ModuleType, step: str, when: str) -> Callable[..., None]:
    real: Callable[..., None] = getattr(example, step)

    def dying(*args: object) -> None:
        if when == "after":
            real(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    return dying


@pytest.mark.parametrize("crash", CRASHES)
def test_a_move_that_was_killed_is_found_and_finished(
    example: ModuleType,
    table: dict[str, str],
    shards: Any,
    move: Any,
    crash: tuple[str, str],
) -> None:
    when, step = crash

    def work() -> None:
        setattr(example, step, _die_around(example, step, when))
        with closing(example.Shards(table)) as own:
            example.carry_out(own, move)

    process = get_context("fork").Process(target=work)
    process.start()
    process.join()

    has_left = crash != ("before", "leave")
    is_settled = crash == ("after", "settle")
    assert process.exitcode == -signal.SIGKILL
    assert both(example, shards)[0] == (60 if has_left else 100)
    found = list(example.unfinished(shards))
    assert found == ([move] if has_left and not is_settled else [])
    for one in found or [move]:
        example.carry_out(shards, one)
    assert both(example, shards) == (60, 40)
    assert list(example.unfinished(shards)) == []
    for programme_id in ("north", "south"):
        assert shards.of(programme_id).verify().is_sound


def test_more_than_there_is_moves_nothing(
    example: ModuleType, shards: Any, move: Any
) -> None:
    too_many = example.attrs.evolve(move, points=101)

    with pytest.raises(InsufficientPointsError):
        example.carry_out(shards, too_many)

    assert both(example, shards) == (100, 0)
    assert list(example.unfinished(shards)) == []


def test_what_the_target_refuses_is_sent_back_or_tried_again(
    example: ModuleType, shards: Any, move: Any
) -> None:
    south: Ledger = shards.of("south")
    south.close_member(key="bye", programme_id="south", member_id="ann")
    later = example.attrs.evolve(move, at=datetime.now(UTC))

    with pytest.raises(MemberClosedError):
        example.carry_out(shards, later)

    assert both(example, shards)[0] == 60
    assert list(example.unfinished(shards)) == [later]
    example.send_back(shards, later)
    example.send_back(shards, later)
    assert both(example, shards)[0] == 100
    assert outstanding(shards, "north") == 100
    assert list(example.unfinished(shards)) == []


def test_what_has_arrived_is_not_sent_back(
    example: ModuleType, shards: Any, move: Any
) -> None:
    example.leave(shards.of("north"), move)
    example.arrive(shards.of("south"), move)

    with pytest.raises(ValueError, match="has arrived"):
        example.send_back(shards, move)

    example.carry_out(shards, move)
    assert both(example, shards) == (60, 40)


def test_the_example_says_what_its_readme_says(
    example: ModuleType, table: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    example.main(*table.values())

    said = capsys.readouterr().out
    assert said in (EXAMPLE.parent / "README.md").read_text(encoding="utf-8")

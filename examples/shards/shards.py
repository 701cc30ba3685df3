"""Several ledgers, one for each shard, and points that move between them.

    python shards.py sqlite:///north.db sqlite:///south.db
    python shards.py postgresql://user@host/north postgresql://user@host/south

A programme is on one shard, which a table says that an operator edits. Within a
programme each command is one commit as ever. Between programmes there is no commit in
common: points leave, are on the way, and arrive, under keys of their own, so that a
move that was interrupted is carried out again from its beginning, and nothing twice.
"""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from loyaltyledger import (
    AccountId,
    Currency,
    Enrol,
    Granted,
    Ledger,
    LedgerError,
    PointType,
    Programme,
    Transfer,
    migrate,
)

ON_THE_WAY = "on the way "


class NoShardError(Exception):
    """The table names no shard for this programme."""


class Shards:
    """One ledger for each shard; the table says which programme is where."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = dict(table)
        self._ledgers: dict[str, Ledger] = {}

    def of(self, programme_id: str) -> Ledger:
        """Return the ledger that holds a programme."""
        url = self._table.get(programme_id)
        if url is None:
            raise NoShardError(programme_id)
        if url not in self._ledgers:
            self._ledgers[url] = Ledger.open(url)
        return self._ledgers[url]

    def programmes(self) -> tuple[str, ...]:
        return tuple(sorted(self._table))

    def close(self) -> None:
        while self._ledgers:
            self._ledgers.popitem()[1].close()


@attrs.frozen(kw_only=True)
class Move:
    """Points that go from a member's account to one of another programme.

    All of it is written in the ledger of the source, so whoever finds a move that was
    not finished can finish it.
    """

    move_id: str
    source: AccountId
    target: AccountId
    points: int
    at: datetime

    @property
    def on_the_way(self) -> str:
        """Name the member, of the source's programme, who has the points meanwhile."""
        return f"{ON_THE_WAY}{self.move_id}"

    def key(self, step: str) -> str:
        return f"move {self.move_id} {step}"


def carry_out(shards: Shards, move: Move) -> None:
    """Move the points, or finish what was begun; nothing is ever done twice.

    A refusal at the source has moved nothing. After one at the target the points are
    on the way: repeat the move when the reason is gone, or `send_back`.
    """
    leave(shards.of(move.source.programme_id), move)
    arrive(shards.of(move.target.programme_id), move)
    settle(shards.of(move.source.programme_id), move)


def leave(ledger: Ledger, move: Move) -> None:
    """Put the points into an account of their own, in one commit."""
    source = move.source
    enrol = Enrol(
        key=move.key("begins"),
        programme_id=source.programme_id,
        member_id=move.on_the_way,
        at=move.at,
    )
    transfer = Transfer(
        key=move.key("leaves"),
        **member_of(source),
        to_member=move.on_the_way,
        points=move.points,
        at=move.at,
        reference=move.target.stream,
    )
    for outcome in ledger.execute_many([enrol, transfer]):
        if isinstance(outcome, LedgerError):
            raise outcome


def arrive(ledger: Ledger, move: Move) -> None:
    ledger.earn(
        key=move.key("arrives"),
        **member_of(move.target),
        points=move.points,
        at=move.at,
        reference=move.source.stream,
    )


def settle(ledger: Ledger, move: Move) -> None:
    """Take out of the source's books what the target's have now."""
    ledger.spend(
        key=move.key("settled"),
        **member_of(attrs.evolve(move.source, owner_id=move.on_the_way)),
        points=move.points,
        at=move.at,
        reference=move.target.stream,
    )


def send_back(shards: Shards, move: Move) -> None:
    """Give the points back to the lots they came from, with their own dates.

    For a person to decide, of a move that the target refuses and nobody repeats.
    """
    if shards.of(move.target.programme_id).receipt(move.key("arrives")) is not None:
        raise ValueError(f"move {move.move_id} has arrived; carry it out again")
    shards.of(move.source.programme_id).reverse(
        key=move.key("settled"),
        **member_of(move.source),
        entry_id=move.key("leaves"),
        at=move.at,
    )


def unfinished(shards: Shards) -> Iterator[Move]:
    """Find the moves whose points are on the way."""
    for programme_id in shards.programmes():
        ledger = shards.of(programme_id)
        for account_id, _ in ledger.balances(programme_id=programme_id):
            if not account_id.owner_id.startswith(ON_THE_WAY):
                continue
            move = recorded_move(ledger, account_id)
            if ledger.receipt(move.key("settled")) is None:
                yield move


def recorded_move(ledger: Ledger, account_id: AccountId) -> Move:
    """Read a move from the account that its points are in."""
    first = ledger.statement(**member_of(account_id))[0].event
    assert isinstance(first, Granted), "points come in first"
    source, target = AccountId.read(first.counter), AccountId.read(first.reference)
    assert source is not None
    assert target is not None
    return Move(
        move_id=account_id.owner_id.removeprefix(ON_THE_WAY),
        source=source,
        target=target,
        points=sum(lot.points for lot in first.lots),
        at=first.at,
    )


def member_of(account_id: AccountId) -> dict[str, Any]:
    """Name an account as the ledger's methods do."""
    return {
        "programme_id": account_id.programme_id,
        "member_id": account_id.owner_id,
        "point_type": account_id.point_type,
    }


# ── two shops, each on a shard of its own ───────────────────────────────────


def account(programme_id: str, member_id: str) -> AccountId:
    return AccountId(
        programme_id=programme_id,
        owner_kind="member",
        owner_id=member_id,
        point_type="points",
    )


def set_up(table: Mapping[str, str]) -> Shards:
    """Make the ledgers, a programme on each, and a member of both."""
    for url in sorted(set(table.values())):
        migrate(url)
    shards = Shards(table)
    for programme_id in shards.programmes():
        ledger = shards.of(programme_id)
        programme = Programme(
            programme_id=programme_id,
            time_zone="Europe/London",
            currencies=(Currency(code="GBP"),),
            point_types=(PointType(name="points"),),
        )
        ledger.define(key=f"define {programme_id}", programme=programme)
        ledger.enrol(key="enrol ann", programme_id=programme_id, member_id="ann")
    return shards


def points(shards: Shards, account_id: AccountId) -> int:
    ledger = shards.of(account_id.programme_id)
    return ledger.account_balance(account_id).available


def main(north: str, south: str) -> None:
    """Move points, and say what there is before and after."""
    table = {"north": north, "south": south}
    source, target = account("north", "ann"), account("south", "ann")
    with contextlib.closing(set_up(table)) as shards:
        shards.of("north").earn(key="gift", **member_of(source), points=100)
        move = Move(
            move_id="1",
            source=source,
            target=target,
            points=40,
            at=datetime.now(UTC),
        )
        leave(shards.of("north"), move)
        print("left:   ", points(shards, source), points(shards, target))
        for found in list(unfinished(shards)):
            carry_out(shards, found)
        print("arrived:", points(shards, source), points(shards, target))


if __name__ == "__main__":
    main(*sys.argv[1:])

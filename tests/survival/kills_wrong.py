"""What must be so of any ledger, and of one whose commands are known."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from loyaltyledger import Ledger, LedgerError
from loyaltyledger.desk import Command
from loyaltyledger.store import RawEvent
from survival.kills_model import nets


def raw_events(ledger: Ledger) -> Iterator[RawEvent]:
    after = 0
    while page := ledger.store.raw(after=after, limit=5000):
        yield from page
        after = page[-1].position


def wrong_balances(ledger: Ledger, known: Iterable[Command]) -> Iterator[str]:
    there = {row.key for row in ledger.store.commands()}
    done = {command.key: command for command in known if command.key in there}
    for member, points in nets(done.values()).items():
        found = ledger.balance(
            programme_id="shop", member_id=member, point_type="points"
        )
        if found.available - found.debt != points:
            yield f"{member} has {found}, the commands come to {points}"


def wrong_versions(ledger: Ledger) -> Iterator[str]:
    last: Counter[str] = Counter()
    for event in raw_events(ledger):
        last[event.stream] += 1
        if event.version != last[event.stream]:
            yield f"{event.stream} has {event.version} for {last[event.stream]}"
            last[event.stream] = event.version


def wrong_views(ledger: Ledger) -> Iterator[str]:
    ledger.views.follow()
    yield from map(repr, ledger.views.differences())


def wrong_deeply(ledger: Ledger) -> Iterator[str]:
    try:
        yield from map(repr, ledger.verify().findings)
    except LedgerError as error:
        yield repr(error)
    if ledger.store.dialect == "sqlite":
        with ledger.store.reading() as reading:
            found = reading._session.rows("PRAGMA integrity_check")
        if found != [("ok",)]:
            yield json.dumps(found)

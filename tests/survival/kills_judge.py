"""What was acknowledged is there: once, whole, and with the same receipt.

Run in a process of its own, after each death. The tills' journals say what was asked
and answered; what the log says is computed here from its rows, by plain arithmetic.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from loyaltyledger import Ledger, LedgerError
from loyaltyledger.desk import Command
from loyaltyledger.store import CommandRow, RawEvent
from survival.kills_journal import Answer, Commit, Journal
from survival.kills_model import is_whole, nets
from survival.kills_work import PASSING

UP_AGAIN_S = 60
REPEATED_PER_COMMIT = 100


@attrs.frozen(kw_only=True)
class Verdict:
    """Counts of commands, and whatever is wrong."""

    acknowledged: int = 0
    refused: int = 0
    found_unacknowledged: int = 0
    absent_unacknowledged: int = 0
    events: int = 0
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    half: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        faults = (self.lost, self.doubled, self.half, self.changed, self.wrong)
        return not any(faults)


@attrs.frozen(kw_only=True)
class Log:
    """The tables, read once: commands by key, each with its events."""

    rows: dict[str, CommandRow]
    events: dict[str, list[RawEvent]]
    doubled: tuple[str, ...]
    stray: tuple[str, ...]

    @classmethod
    def read(cls, ledger: Ledger) -> "Log":
        commands = list(ledger.store.commands())
        by_position = {event.position: event for event in _raw(ledger)}
        claims = Counter(
            position
            for row in commands
            for position in range(row.first_event, row.first_event + row.events)
        )
        return cls(
            rows={row.key: row for row in commands},
            events={
                row.key: [
                    by_position[position]
                    for position in range(row.first_event, row.first_event + row.events)
                    if position in by_position
                ]
                for row in commands
            },
            doubled=tuple(
                f"event {position} is of {count} commands"
                for position, count in claims.items()
                if count > 1
            ),
            stray=tuple(
                f"event {position} is of no command"
                for position in by_position.keys() - claims.keys()
            ),
        )

    def is_whole(self, command: Command) -> bool:
        row, events = self.rows[command.key], self.events[command.key]
        return len(events) == row.events and is_whole(command, events)


def judge(
    url: str, files: Sequence[Path], fresh: Sequence[Path], *, thoroughly: bool
) -> Verdict:
    """Judge all journals; the commands of *fresh* ones are sent once more."""
    with _opened(url) as ledger:
        commits = {path: list(Journal(path=path).commits()) for path in files}
        log = Log.read(ledger)
        everything = [commit for path in files for commit in commits[path]]
        found = _told(everything, log)
        if not found.is_clean:
            return found
        again = [commit for path in fresh for commit in commits[path]]
        changed = tuple(_changed(ledger, again))
        known = [command for commit in everything for command in commit.commands]
        wrong = (
            *_troubles(files),
            *_unknown(Log.read(ledger), known),
            *_wrong_balances(ledger, known),
            *_wrong_versions(ledger),
            *(repr(each) for each in _wrong_views(ledger)),
            *(_wrong_deeply(ledger) if thoroughly else ()),
        )
        return attrs.evolve(found, changed=changed, wrong=wrong)


def _opened(url: str) -> Ledger:
    give_up = time.monotonic() + UP_AGAIN_S
    while True:
        try:
            return Ledger.open(url)
        except PASSING:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


def _raw(ledger: Ledger) -> Iterator[RawEvent]:
    after = 0
    while page := ledger.store.raw(after=after, limit=5000):
        yield from page
        after = page[-1].position


def _told(commits: Iterable[Commit], log: Log) -> Verdict:
    """Compare what the tills know with what is there."""
    counts: Counter[str] = Counter()
    lost: list[str] = []
    half: list[str] = []
    changed: list[str] = []
    for commit in commits:
        there = [command for command in commit.commands if command.key in log.rows]
        half += [each.key for each in there if not log.is_whole(each)]
        if commit.answers is None:
            counts["found"] += len(there)
            counts["absent"] += len(commit.commands) - len(there)
            if 0 < len(there) < len(commit.commands):
                half.append(f"commit of {commit.commands[0].key}")
            continue
        for command, answer in zip(commit.commands, commit.answers, strict=True):
            counts["acknowledged" if answer.is_receipt else "refused"] += 1
            if not answer.is_receipt:
                if command.key in log.rows:
                    changed.append(f"{command.key} was refused, and is there")
            elif command.key not in log.rows:
                lost.append(command.key)
            elif log.events[command.key][-1].position != answer.position:
                changed.append(f"{command.key} is elsewhere")
    return Verdict(
        acknowledged=counts["acknowledged"],
        refused=counts["refused"],
        found_unacknowledged=counts["found"],
        absent_unacknowledged=counts["absent"],
        events=sum(map(len, log.events.values())),
        lost=tuple(lost),
        doubled=log.doubled,
        half=(*half, *log.stray),
        changed=tuple(changed),
    )


def _changed(ledger: Ledger, commits: Iterable[Commit]) -> Iterator[str]:
    """Send every command once more: who had a receipt gets the same one."""
    asked: list[tuple[Command, Answer | None]] = []
    for commit in commits:
        answers: Sequence[Answer | None] = commit.answers or [None] * len(
            commit.commands
        )
        asked += [
            (command, answer)
            for command, answer in zip(commit.commands, answers, strict=True)
            if answer is None or answer.is_receipt
        ]
    for begin in range(0, len(asked), REPEATED_PER_COMMIT):
        page = asked[begin : begin + REPEATED_PER_COMMIT]
        outcomes = ledger.execute_many(command for command, _ in page)
        for (command, answer), outcome in zip(page, outcomes, strict=True):
            if answer is not None and Answer.of(outcome) != answer:
                yield f"{command.key} is answered {outcome!r:.200}"


def _troubles(files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        yield from Journal(path=path).troubles()


def _unknown(log: Log, known: Iterable[Command]) -> Iterator[str]:
    asked = {command.key for command in known}
    for key in log.rows:
        if key not in asked and not key.startswith("set up"):
            yield f"nobody asked for {key}"
    yield from log.stray


def _wrong_balances(ledger: Ledger, known: Iterable[Command]) -> Iterator[str]:
    there = {row.key for row in ledger.store.commands()}
    done = {command.key: command for command in known if command.key in there}
    for member, points in nets(done.values()).items():
        found = ledger.balance(
            programme_id="shop", member_id=member, point_type="points"
        )
        if found.available - found.debt != points:
            yield f"{member} has {found}, the commands come to {points}"


def _wrong_versions(ledger: Ledger) -> Iterator[str]:
    last: Counter[str] = Counter()
    for event in _raw(ledger):
        last[event.stream] += 1
        if event.version != last[event.stream]:
            yield f"{event.stream} has {event.version} for {last[event.stream]}"
            last[event.stream] = event.version


def _wrong_views(ledger: Ledger) -> list[object]:
    ledger.views.follow()
    return list(ledger.views.differences())


def _wrong_deeply(ledger: Ledger) -> Iterator[str]:
    try:
        yield from map(repr, ledger.verify().findings)
    except LedgerError as error:
        yield repr(error)
    if ledger.store.dialect == "sqlite":
        with ledger.store.reading() as reading:
            found = reading._session.rows("PRAGMA integrity_check")
        if found != [("ok",)]:
            yield json.dumps(found)

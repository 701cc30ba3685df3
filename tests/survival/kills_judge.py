"""What was acknowledged is there: once, whole, and with the same receipt.

Run in a process of its own, after each death. The tills' journals say what was asked
and answered; what the log says is computed here from its rows, by plain arithmetic.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from loyaltyledger import Ledger
from loyaltyledger.desk import Command
from loyaltyledger.store import CommandRow, RawEvent
from survival.kills_journal import Answer, Commit, Journal
from survival.kills_model import is_whole
from survival.kills_work import PASSING
from survival.kills_wrong import (
    raw_events,
    wrong_balances,
    wrong_deeply,
    wrong_versions,
    wrong_views,
)

UP_AGAIN_S = 60
REPEATED_PER_COMMIT = 100


@attrs.frozen(kw_only=True)
class Verdict:
    """Counts of commands, and whatever is wrong.

    What was not acknowledged is counted for the last round only, and then sent again.
    """

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
        by_position = {event.position: event for event in raw_events(ledger)}
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
        again = [commit for path in fresh for commit in commits[path]]
        unanswered = [
            command.key in log.rows
            for commit in again
            if commit.answers is None
            for command in commit.commands
        ]
        found = attrs.evolve(
            _told(everything, log),
            found_unacknowledged=sum(unanswered),
            absent_unacknowledged=len(unanswered) - sum(unanswered),
        )
        if not found.is_clean:
            return found
        changed = tuple(_changed(ledger, again))
        known = [command for commit in everything for command in commit.commands]
        wrong = (
            *_troubles(files),
            *_unknown(Log.read(ledger), known),
            *wrong_balances(ledger, known),
            *wrong_versions(ledger),
            *wrong_views(ledger),
            *(wrong_deeply(ledger) if thoroughly else ()),
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


def _told(commits: Sequence[Commit], log: Log) -> Verdict:
    """Compare what the tills know with what is there."""
    counts: Counter[str] = Counter()
    half: list[str] = [
        command.key
        for commit in commits
        for command in commit.commands
        if command.key in log.rows and not log.is_whole(command)
    ]
    lost: list[str] = []
    changed: list[str] = []
    for commit in commits:
        answers = commit.answers or ()
        for command, answer in zip(commit.commands, answers, strict=bool(answers)):
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
        events=sum(map(len, log.events.values())),
        lost=tuple(lost),
        doubled=log.doubled,
        half=(*half, *_half_commits(commits, log), *log.stray),
        changed=tuple(changed),
    )


def _half_commits(commits: Sequence[Commit], log: Log) -> Iterator[str]:
    """Find unanswered batches that are there in part, but for keys of several tills."""
    times = Counter(each.key for commit in commits for each in commit.commands)
    for commit in commits:
        own = [each.key for each in commit.commands if times[each.key] == 1]
        if commit.answers is None and len({key in log.rows for key in own}) > 1:
            yield f"commit of {own[0]}"


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

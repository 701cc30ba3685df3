"""Every event of a stored story, damaged in every field, one at a time.

What is put in place of a value is of another type, of the same type but wrong, or
stands in that field in another event: a reference that leads elsewhere.
"""

import copy
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Any

import attrs

from golden_databases.story import END, Clock
from loyaltyledger import Ledger, migrate
from loyaltyledger.store import Recorded
from loyaltyledger.store.records import micros

GOLDEN = Path(__file__).parents[1] / "golden_databases"
NEWEST = max(GOLDEN.glob("format-*.sqlite"))
SWAPS_MAX = 4
STEPS = (
    timedelta(microseconds=1),
    timedelta(days=1),
    timedelta(days=-1),
    timedelta(days=500),
    timedelta(days=-500),
)

Where = tuple[str | int, ...]
"""Where a value stands in a document."""


class _Gone:
    """Stands for a value that is taken away."""

    def __repr__(self) -> str:
        return "nothing"


GONE = _Gone()


@attrs.frozen(kw_only=True)
class Damage:
    """One value of one event, and what is put in its place."""

    number: int
    name: str
    path: Where
    value: object

    @property
    def field(self) -> str:
        """The field, whichever item of a list it is in."""
        steps = ("*" if isinstance(step, int) else step for step in self.path)
        return ".".join(steps)

    def done_to(self, document: Any) -> Any:
        damaged = copy.deepcopy(document)
        held = damaged
        for step in self.path[:-1]:
            held = held[step]
        if self.value is GONE:
            del held[self.path[-1]]
        else:
            held[self.path[-1]] = self.value
        return damaged


@attrs.frozen(kw_only=True)
class Patient:
    """A sound database, its log, and every event of it with all its fields."""

    sound: Path
    log: tuple[Recorded, ...]
    documents: tuple[Any, ...]

    def damages(self) -> Iterator[Damage]:
        """Give all that can be done to the story."""
        elsewhere: dict[str, list[Any]] = {}
        for document in self.documents:
            for path, held in _places(document):
                known = elsewhere.setdefault(str(path[-1]), [])
                if held not in known:
                    known.append(held)
        for number, document in enumerate(self.documents):
            name = self.log[number].name
            for path, held in _places(document):
                others = elsewhere[str(path[-1])] if isinstance(path[-1], str) else []
                for value in (*_wrong(held), *_swapped(held, others)):
                    yield Damage(number=number, name=name, path=path, value=value)

    def copy(self, damage: Damage, to: Path) -> str:
        """Make a damaged copy, with the instant of the row as in the event."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{to}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.sound, to)
        document = damage.done_to(self.documents[damage.number])
        one = self.log[damage.number]
        moved = document.get("at")
        at = micros(_instant(moved) or one.at)
        with closing(sqlite3.connect(to)) as database, database:
            database.execute("PRAGMA synchronous = OFF")
            database.execute(
                "UPDATE ledger_event SET payload = ?, at = ? WHERE id = ?",
                (json.dumps(document), at, one.position),
            )
        return f"sqlite:///{to}"


def patient(folder: Path) -> Patient:
    """Copy the golden database of the newest format, its views not yet made."""
    sound = folder / "sound.db"
    shutil.copy(NEWEST, sound)
    migrate(f"sqlite:///{sound}")
    with Ledger.open(f"sqlite:///{sound}", clock=Clock(END)) as ledger:
        assert ledger.verify().is_sound
        log = ledger.store.log()
    with closing(sqlite3.connect(sound, isolation_level=None)) as database:
        for table in ("account", "debt", "lot", "pin", "purchase", "statement"):
            database.execute(f"DELETE FROM view_{table}")
        database.execute("UPDATE view_position SET position = 0")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    documents = tuple(_whole(one.event) for one in log)
    return Patient(sound=sound, log=log, documents=documents)


def _whole(value: Any) -> Any:
    """Write a value as JSON, with the fields that are left out when stored."""
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case tuple():
            return [_whole(item) for item in value]
        case frozenset():
            return sorted(_whole(item) for item in value)
    if attrs.has(type(value)):
        names = (field.name for field in attrs.fields(type(value)))
        return {name: _whole(getattr(value, name)) for name in names}
    return value


def _places(document: Any, path: Where = ()) -> Iterator[tuple[Where, Any]]:
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    for step, held in items:
        yield (*path, step), held
        yield from _places(held, (*path, step))


def _instant(held: object) -> datetime | None:
    if not isinstance(held, str) or "T" not in held:
        return None
    try:
        found = datetime.fromisoformat(held)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _wrong(held: Any) -> Iterator[Any]:
    """Give values that cannot be right, and some that nearly are."""
    yield from (GONE, None, {"x": 1}, [])
    at = _instant(held)
    match held:
        case bool():
            yield not held
        case int():
            around = {0, 1, -held, held + 1, held - 1, 99, 2**63 - 1, 2**70}
            yield from sorted(around - {held})
        case str() if at is not None:
            yield from ((at + step).isoformat() for step in STEPS)
            yield at.replace(tzinfo=None).isoformat()
        case str():
            yield from ("", "nowhere", *_other_numbers(held))
        case None:
            yield from ("nowhere", 1, "1", "2024-02-01T00:00:00Z")
        case [*_, last]:
            yield from ([*held, last], held[:-1], held[::-1])


def _other_numbers(held: str) -> Iterator[str]:
    try:
        number = Decimal(held)
    except InvalidOperation:
        return
    yield from (str(-number), str(number + 1), "0")


def _swapped(held: Any, others: list[Any]) -> list[Any]:
    return [other for other in others if other != held][:SWAPS_MAX]

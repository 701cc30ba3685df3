"""Reading from, and appending to, the log inside one transaction.

The statements run on both engines: `?` stands for a parameter, `{…}` for a table or for
an expression that is the engine's own.
"""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext

from .batch import Batch, Now, is_storable
from .codec import Codec
from .engine import Row, Session
from .errors import DamagedKeyError, VersionConflictError
from .records import Append, CommandRow, KeyRecord, RawEvent, Recorded, instant

ID_MAX = 2**63 - 1

EVENT_COLUMNS = "e.id, s.name, e.version, e.name, e.at, e.recorded_at, {payload}"
EVENTS = (
    f"SELECT {EVENT_COLUMNS} FROM {{event}} e JOIN {{stream}} s ON s.id = e.stream "  # noqa: S608  # no data in it
)
STREAM_EVENTS = EVENTS + "WHERE s.name = ? AND e.version > ? ORDER BY e.version"
STREAM_EVENTS_SEEN = EVENTS + (
    "WHERE s.name = ? AND e.version > ? AND e.version <= ? "
    "AND e.at <= ? AND e.recorded_at <= ? ORDER BY e.version"
)
COMMAND_EVENTS = EVENTS + "WHERE e.id >= ? AND e.id < ? ORDER BY e.id"
COMMANDS = (
    "SELECT key, name, digest, fields, first_event, events, recorded_at FROM {command} "
)
COMMAND = COMMANDS + "WHERE key = ?"
STREAM = "SELECT version, recorded_at FROM {stream} WHERE name = ?"


def raw_event(row: Row) -> RawEvent:
    position, stream, version, name, at, recorded_at, payload = row
    # Damage can leave no payload at all; what reads it next will say so.
    held = payload.encode() if isinstance(payload, str) else bytes(payload or b"")
    return RawEvent(
        position=position,
        stream=stream,
        version=version,
        name=name,
        at=at,
        recorded_at=recorded_at,
        payload=held,
    )


def command_row(row: Row) -> CommandRow:
    key, name, digest, fields, first_event, events, recorded_at = row
    return CommandRow(
        key=key,
        name=name,
        digest=bytes(digest),
        fields=fields,
        first_event=first_event,
        events=events,
        recorded_at=recorded_at,
    )


class Reading:
    """What one instant of the log says; nothing changes while it is open."""

    def __init__(self, session: Session, codec: Codec) -> None:
        self._session = session
        self._codec = codec

    def version(self, stream: str) -> int:
        """Return how many events the stream has; 0 when there is none."""
        return self.latest(stream)[0]

    def latest(self, stream: str) -> tuple[int, int | None]:
        """Return the version of a stream, and when it was recorded (microseconds)."""
        rows = self._session.rows(STREAM, (stream,)) if is_storable(stream) else []
        return rows[0] if rows else (0, None)

    def events(self, stream: str, *, after: int = 0) -> tuple[Recorded, ...]:
        """Return the stream's events, oldest first, beyond version *after*."""
        return tuple(map(self._codec.decode, self.raw_events(stream, after=after)))

    def raw_events(self, stream: str, *, after: int = 0) -> tuple[RawEvent, ...]:
        """Return the same as :meth:`events`, as it is stored."""
        if not is_storable(stream):
            return ()
        return tuple(map(raw_event, self._session.rows(STREAM_EVENTS, (stream, after))))

    def events_seen(
        self, stream: str, *, after: int, until: int, at: int, recorded_at: int
    ) -> tuple[Recorded, ...]:
        """Return those up to version *until* that happened and were known by then.

        Instants are in microseconds, as they are stored.
        """
        asked = (stream, after, until, at, recorded_at)
        found = self._session.rows(STREAM_EVENTS_SEEN, asked)
        return tuple(self._codec.decode(raw_event(row)) for row in found)

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Ask other tables of the ledger, in the same picture."""
        return self._session.rows(statement, parameters)

    def known_keys(self, keys: Sequence[str]) -> frozenset[str]:
        """Return those of the keys under which something was done."""
        asked = [key for key in keys if is_storable(key)]
        return frozenset(self._session.known_keys(asked) if asked else ())

    def key(self, key: str) -> KeyRecord | None:
        """Return what was done under an idempotency key, if anything."""
        rows = self._session.rows(COMMAND, (key,)) if is_storable(key) else []
        if not rows:
            return None
        try:
            return self._key_record(command_row(rows[0]))
        except (TypeError, ValueError, OverflowError) as error:
            raise DamagedKeyError(key=key, problem=str(error)) from error

    def _key_record(self, row: CommandRow) -> KeyRecord:
        first, beyond = row.first_event, row.first_event + row.events
        events = self._command_events(first, beyond) if beyond <= ID_MAX else []
        if not 0 < row.events == len(events):
            problem = f"{row.events} events from {first} on, {len(events)} found"
            raise DamagedKeyError(key=row.key, problem=problem)
        return KeyRecord(
            key=row.key,
            name=row.name,
            digest=row.digest,
            fields=row.fields,
            recorded_at=instant(row.recorded_at),
            events=tuple(self._codec.decode(raw_event(row)) for row in events),
        )

    def _command_events(self, first: int, beyond: int) -> list[Row]:
        return self._session.rows(COMMAND_EVENTS, (first, beyond))


class Transaction(Reading):
    """Reads, and appends; whoever opened it commits it."""

    def __init__(
        self, session: Session, codec: Codec, now: Now, *, is_hosted: bool = False
    ) -> None:
        super().__init__(session, codec)
        self._now = now
        self._is_hosted = is_hosted

    def lock(self, streams: Iterable[str]) -> None:
        """Wait until nobody else writes these streams, and keep it so."""
        self._session.lock(sorted({name for name in streams if is_storable(name)}))

    def recheck(self, batch: Batch) -> None:
        """Raise VersionConflictError if a stream was written since it was read.

        Else there was an instant, after the last was read, at which all of them held.
        """
        for stream, place in batch.seen.items():
            if self.latest(stream) != place:
                problem = "it was written meanwhile"
                raise VersionConflictError(stream=stream, problem=problem)

    def write(self, batch: Batch) -> list[tuple[Recorded, ...]]:
        """Write a batch; return the events of each command.

        When it fails the transaction is to be rolled back; a host's stays as it was.
        """
        with self._session.savepoint() if self._is_hosted else nullcontext():
            return batch.recorded(self._session.write(batch, self._now))

    def append(
        self,
        *,
        key: str,
        name: str,
        digest: bytes,
        fields: str,
        appends: Sequence[Append],
    ) -> tuple[Recorded, ...]:
        """Write the events of one command: all of them, or nothing."""
        batch = Batch()
        batch.add(
            self._codec,
            key=key,
            name=name,
            digest=digest,
            fields=fields,
            appends=appends,
        )
        with self._session.savepoint():
            (recorded,) = batch.recorded(self._session.write(batch, self._now))
        return recorded

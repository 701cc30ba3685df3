"""Reading from, and appending to, the log inside one transaction.

The statements run on both engines: `?` stands for a parameter, `{…}` for a table or for
an expression that is the engine's own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from ..kernel.time import utc
from .codec import Codec
from .drafts import drafts_of
from .engine import Row, Session
from .errors import AppendError, DamagedKeyError, KeyTakenError, VersionConflictError
from .records import Append, CommandRow, KeyRecord, RawEvent, Recorded, instant, micros

ID_MAX = 2**63 - 1

EVENT_COLUMNS = "e.id, s.name, e.version, e.name, e.at, e.recorded_at, {payload}"
EVENTS = (
    f"SELECT {EVENT_COLUMNS} FROM {{event}} e JOIN {{stream}} s ON s.id = e.stream "  # noqa: S608  # no data in it
)
STREAM_EVENTS = EVENTS + "WHERE s.name = ? AND e.version > ? ORDER BY e.version"
COMMAND_EVENTS = EVENTS + "WHERE e.id >= ? AND e.id < ? ORDER BY e.id"
COMMANDS = (
    "SELECT key, name, digest, fields, first_event, events, recorded_at FROM {command} "
)
COMMAND = COMMANDS + "WHERE key = ?"
STREAM = (
    "SELECT s.id, s.version, s.recorded_at, (SELECT e.id FROM {event} e"
    " WHERE e.stream = s.id AND e.version = s.version)"
    " FROM {stream} s WHERE s.name = ?"
)
INSERT_COMMAND = (
    "INSERT INTO {command}"
    " (key, name, digest, fields, first_event, events, recorded_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
INSERT_STREAM = (
    "INSERT INTO {stream} (name, version, recorded_at) VALUES (?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
UPDATE_STREAM = (
    "UPDATE {stream} SET version = ?, recorded_at = ? WHERE id = ? AND version = ?"
)
INSERT_EVENT = (
    "INSERT INTO {event} (id, stream, version, name, at, recorded_at, payload) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)


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
        rows = self._session.rows(STREAM, (stream,)) if is_storable(stream) else []
        return int(rows[0][1]) if rows else 0

    def events(self, stream: str, *, after: int = 0) -> tuple[Recorded, ...]:
        """Return the stream's events, oldest first, beyond version *after*."""
        return tuple(map(self._codec.decode, self.raw_events(stream, after=after)))

    def raw_events(self, stream: str, *, after: int = 0) -> tuple[RawEvent, ...]:
        """Return the same as :meth:`events`, as it is stored."""
        if not is_storable(stream):
            return ()
        return tuple(map(raw_event, self._session.rows(STREAM_EVENTS, (stream, after))))

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


@attrs.frozen(kw_only=True)
class _Stream:
    id: int
    version: int
    recorded_at: int
    position: int


class Transaction(Reading):
    """Reads, and appends; whoever opened it commits it."""

    def __init__(
        self, session: Session, codec: Codec, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(session, codec)
        self._clock = clock

    def lock(self, streams: Iterable[str]) -> None:
        """Wait until nobody else writes these streams, and keep it so."""
        self._session.lock(sorted({name for name in streams if is_storable(name)}))

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
        for field, text in (
            ("key", key),
            *(("stream", each.stream) for each in appends),
        ):
            if not is_storable(text):
                raise AppendError(problem=f"{field} {text!r} cannot be stored")
        if not appends or not all(each.events for each in appends):
            raise AppendError(problem="no event means no write")
        drafts = drafts_of(appends, self._codec)
        with self._session.savepoint():
            known = self._locked_streams({each.stream for each in appends})
            if self._session.rows(COMMAND, (key,)):
                raise KeyTakenError(key=key)
            _check_versions(appends, known)
            recorded_at = self._recorded_at(known)
            first = self._session.first_id(len(drafts))
            _check_positions(known, first)
            command = (key, name, digest, fields, first, len(drafts), recorded_at)
            if not self._session.run(INSERT_COMMAND, command):
                raise KeyTakenError(key=key)
            ids = self._written_streams(appends, known, recorded_at)
            rows = [draft.row(ids[draft.stream], recorded_at) for draft in drafts]
            numbered = [(first + n, *row) for n, row in enumerate(rows)]
            self._session.run_many(INSERT_EVENT, numbered)
        return tuple(
            draft.recorded(first + n, recorded_at) for n, draft in enumerate(drafts)
        )

    def _recorded_at(self, known: Mapping[str, _Stream]) -> int:
        """Return now, or just after the latest write if the clock stepped back."""
        floors = [stream.recorded_at for stream in known.values()]
        floor = max([self._session.recorded_after(), *floors])
        return max(micros(utc(self._clock())), floor + 1)

    def _locked_streams(self, names: Iterable[str]) -> dict[str, _Stream]:
        ordered = sorted(names)
        self._session.lock(ordered)
        known = {}
        for name in ordered:
            for row_id, version, at, position in self._session.rows(STREAM, (name,)):
                known[name] = _Stream(
                    id=row_id, version=version, recorded_at=at, position=position or 0
                )
        return known

    def _written_streams(
        self, appends: Sequence[Append], known: Mapping[str, _Stream], at: int
    ) -> dict[str, int]:
        """Move every stream to its new version; return their row ids."""
        ids = {}
        for name, version in sorted(_new_versions(appends).items()):
            old = known.get(name)
            if old:
                written = self._session.run(
                    UPDATE_STREAM, (version, at, old.id, old.version)
                )
            else:
                written = self._session.run(INSERT_STREAM, (name, version, at))
            if not written:
                raise VersionConflictError(
                    stream=name, problem="it was written meanwhile"
                )
            ids[name] = old.id if old else self._session.rows(STREAM, (name,))[0][0]
        return ids


def _new_versions(appends: Sequence[Append]) -> dict[str, int]:
    return {each.stream: each.expected + len(each.events) for each in appends}


def _check_versions(appends: Sequence[Append], known: Mapping[str, _Stream]) -> None:
    found = {name: stream.version for name, stream in known.items()}
    for each in appends:
        version = found.get(each.stream, 0)
        if version != each.expected:
            problem = f"expected version {each.expected}, found {version}"
            raise VersionConflictError(stream=each.stream, problem=problem)
        found[each.stream] = version + len(each.events)


def _check_positions(known: Mapping[str, _Stream], first: int) -> None:
    """Refuse to write behind what is there: each stream's order is the log's too.

    Ids come from the transaction, and one that began later may have written first.
    """
    for name, stream in known.items():
        if stream.position >= first:
            problem = f"a later transaction has written at {stream.position}"
            raise VersionConflictError(stream=name, problem=problem)


def is_storable(text: str) -> bool:
    """Whether both engines give the text back as it was."""
    if not text or "\x00" in text:
        return False
    if text.isascii():
        return True
    return not any("\ud800" <= char <= "\udfff" for char in text)

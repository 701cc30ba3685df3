"""Whether the database is sound: the engine's own check, then the shape of the log.

Whether the points are right is asked of `verify`. This looks at no payload, so it is
many times faster, and it finds what broken disks, copies and hands leave behind.
"""

from collections.abc import Iterator, Sequence
from typing import LiteralString

import attrs

from .engine import Engine, Row, Session
from .errors import StoreCorruptError

FINDINGS_MAX = 100
"""How many findings of one kind are told."""

COUNTS = (
    "SELECT (SELECT count(*) FROM {stream}), (SELECT count(*) FROM {event}),"
    " (SELECT count(*) FROM {command})"
)
OWN_CHECK = f"PRAGMA main.integrity_check({FINDINGS_MAX})"
AMCHECK = (
    "SELECT coalesce(bool_and(has_function_privilege(p.oid, 'execute')), false)"
    " FROM pg_catalog.pg_proc p"
    " WHERE p.oid = to_regprocedure('bt_index_check(regclass, boolean)')"
)
INDEXES = (
    "SELECT i.indexrelid::regclass::text FROM pg_catalog.pg_index i"
    " WHERE i.indrelid IN ('{event}'::regclass, '{stream}'::regclass,"
    " '{command}'::regclass, '{meta}'::regclass) ORDER BY 1"
)
# A damaged row may hold numbers that cannot be added.
BEYOND: LiteralString = (
    "CASE WHEN c.events BETWEEN 0 AND 1099511627776"
    " AND c.first_event BETWEEN 0 AND 4611686018427387904"
    " THEN c.first_event + c.events ELSE c.first_event END"
)
CHECK_INDEX = "SELECT bt_index_check(?::regclass, true)"


@attrs.frozen(kw_only=True)
class _Question:
    """Rows that a sound log has none of, and what each of them means."""

    finding: str
    statement: LiteralString

    def findings(self, session: Session) -> Iterator[str]:
        rows = session.rows(f"{self.statement} LIMIT {FINDINGS_MAX}")
        return (self.finding.format(*row) for row in rows)


QUESTIONS = (
    _Question(
        finding="stream {0!r} has {2} events ({3} to {4}), but is at version {1}",
        statement="SELECT name, version, events, first, last FROM (SELECT"
        " s.name, s.version,"
        " (SELECT count(*) FROM {event} e WHERE e.stream = s.id) AS events,"
        " coalesce((SELECT min(version) FROM {event} e WHERE e.stream = s.id), 0)"
        " AS first,"
        " coalesce((SELECT max(version) FROM {event} e WHERE e.stream = s.id), 0)"
        " AS last FROM {stream} s) AS found"
        " WHERE version <> events OR first <> 1 OR last <> events",
    ),
    _Question(
        finding="stream {0!r} was last recorded at another time than its last event",
        statement="SELECT s.name FROM {stream} s JOIN {event} e"
        " ON e.stream = s.id AND e.version = s.version"
        " WHERE e.recorded_at <> s.recorded_at",
    ),
    _Question(
        finding="event {0} belongs to no stream",
        statement="SELECT e.id FROM {event} e"
        " WHERE NOT EXISTS (SELECT 1 FROM {stream} s WHERE s.id = e.stream)",
    ),
    _Question(
        finding="event {0} comes after the next version of its stream",
        statement="SELECT id FROM (SELECT id, recorded_at, lag(id) OVER run AS id0,"
        " lag(recorded_at) OVER run AS recorded0 FROM {event}"
        " WINDOW run AS (PARTITION BY stream ORDER BY version)) AS found"
        " WHERE id < id0 OR recorded_at < recorded0",
    ),
    _Question(
        finding="key {0!r} has {1} events from {2} on, but {3} are there",
        statement="SELECT key, events, first_event, there FROM (SELECT"  # noqa: S608  # no data in it
        " c.key, c.events, c.first_event, (SELECT count(*) FROM {event} e"
        f" WHERE e.id >= c.first_event AND e.id < {BEYOND}) AS there"
        " FROM {command} c) AS found WHERE events < 1 OR events <> there",
    ),
    _Question(
        finding="key {0!r} has events of another key too",
        statement=f"SELECT key FROM (SELECT c.key, c.first_event, lag({BEYOND})"  # noqa: S608  # no data in it
        " OVER (ORDER BY c.first_event) AS beyond FROM {command} c) AS found"
        " WHERE first_event < beyond",
    ),
    _Question(
        finding="event {0} belongs to no key",
        statement="SELECT e.id FROM {event} e WHERE e.id >= coalesce("  # noqa: S608  # no data in it
        f"(SELECT {BEYOND} FROM {{command}} c"
        " WHERE c.first_event <= e.id ORDER BY c.first_event DESC LIMIT 1), e.id)",
    ),
)


@attrs.frozen(kw_only=True)
class DatabaseCheck:
    """How much of a database was looked at, and what is wrong with it.

    *engine_check* is the engine's own check of its files; None: it has none that we
    may use.
    """

    engine_check: str | None
    streams: int
    events: int
    commands: int
    findings: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not self.findings


def check(engine: Engine) -> DatabaseCheck:
    """Look at all of the database as of one instant."""
    name, findings = _engine_findings(engine)
    counts: Row = (0, 0, 0)
    try:
        with engine.reading() as session:
            counts = session.rows(COUNTS)[0]
            for question in QUESTIONS:
                findings.extend(question.findings(session))
    except StoreCorruptError as error:
        findings.append(error.problem)
    streams, events, commands = map(int, counts)
    return DatabaseCheck(
        engine_check=name,
        streams=streams,
        events=events,
        commands=commands,
        findings=tuple(findings),
    )


def _engine_findings(engine: Engine) -> tuple[str | None, list[str]]:
    if engine.dialect == "sqlite":
        return "integrity_check", _sqlite_findings(engine)
    with engine.reading() as session:
        if not session.rows(AMCHECK)[0][0]:
            return None, []
        indexes = [str(name) for (name,) in session.rows(INDEXES)]
    return "amcheck", _index_findings(engine, indexes)


def _sqlite_findings(engine: Engine) -> list[str]:
    try:
        with engine.reading() as session:
            rows = session.rows(OWN_CHECK)
    except StoreCorruptError as error:
        return [error.problem]
    return [str(row[0]) for row in rows if row != ("ok",)]


def _index_findings(engine: Engine, indexes: Sequence[str]) -> list[str]:
    findings = []
    for name in indexes:
        try:
            with engine.reading() as session:
                session.rows(CHECK_INDEX, (name,))
        except StoreCorruptError as error:
            findings.append(f"index {name}: {error.problem}")
    return findings

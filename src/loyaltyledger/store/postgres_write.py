"""Writing a batch in PostgreSQL: one function, so one round trip.

Called on its own it is a transaction by itself. It locks the streams it will move, in
the order of their names, and only then looks: what it finds cannot change any more.
"""

from .batch import Batch

# Waiting for a row would number the transaction first, so that who waits would write
# behind whom it has waited for. Who has a number already may have been overtaken.
_LOCK = """
    is_numbered := pg_current_xact_id_if_assigned() IS NOT NULL;
    PERFORM pg_advisory_xact_lock({locks}, number) FROM (
        SELECT DISTINCT (hashtextextended(name, 0) & ({locks_max} - 1))::int AS number
        FROM unnest(moved) AS name ORDER BY number) AS numbers;
"""
_CHECK = """
    SELECT wanted.name INTO subject
        FROM unnest(seen, seen_versions) AS wanted (name, version)
        LEFT JOIN {stream} stream ON stream.name = wanted.name
        WHERE coalesce(stream.version, 0) <> wanted.version LIMIT 1;
    IF FOUND THEN outcome := 'moved'; RETURN; END IF;
    SELECT command.key INTO subject FROM {command} command
        WHERE command.key = ANY (keys) LIMIT 1;
    IF FOUND THEN outcome := 'taken'; RETURN; END IF;
"""
# Transactions that began later may have committed already: their ids are not ours.
_NUMBER = """
    SELECT (value::bigint + pg_current_xact_id()::text::bigint) << {bits} INTO base
        FROM {meta} WHERE name = 'xid_offset';
    SELECT coalesce(max(id) + 1, base) INTO first_event
        FROM {event} WHERE id >= base AND id < base + events_max;
    IF first_event + cardinality(payloads) > base + events_max THEN
        outcome := 'full'; RETURN;
    END IF;
    IF is_numbered THEN
        SELECT stream.name INTO subject FROM {stream} stream
            JOIN {event} event
            ON event.stream = stream.id AND event.version = stream.version
            WHERE stream.name = ANY (moved) AND event.id >= first_event LIMIT 1;
        IF FOUND THEN outcome := 'moved'; RETURN; END IF;
    END IF;
    SELECT greatest(now, max(recorded_at) + 1) INTO recorded_at_first
        FROM {stream} WHERE name = ANY (moved);
"""
_STREAMS = """
    UPDATE {stream} stream
        SET version = moving.version, recorded_at = recorded_at_first + moving.command
        FROM unnest(moved, moved_versions, moved_by)
            AS moving (name, version, command)
        WHERE stream.name = moving.name;
    GET DIAGNOSTICS known = ROW_COUNT;
    IF known < cardinality(moved) THEN
        INSERT INTO {stream} (name, version, recorded_at)
            SELECT moving.name, moving.version, recorded_at_first + moving.command
            FROM unnest(moved, moved_versions, moved_by)
                AS moving (name, version, command)
            WHERE NOT EXISTS (SELECT FROM {stream} s WHERE s.name = moving.name);
    END IF;
"""
_ROWS = """
    INSERT INTO {command}
        (key, name, digest, fields, first_event, events, recorded_at)
        SELECT row.key, row.name, row.digest, row.fields,
            first_event + row.before, row.events, recorded_at_first + row.n - 1
        FROM unnest(keys, names, digests, fields, befores, counts)
            WITH ORDINALITY AS row (key, name, digest, fields, before, events, n);
    INSERT INTO {event} (id, stream, version, name, at, recorded_at, payload)
        SELECT first_event + row.n - 1, stream.id, row.version, row.name, row.at,
            recorded_at_first + row.command, row.payload
        FROM unnest(of_streams, versions, event_names, ats, of_commands, payloads)
            WITH ORDINALITY
            AS row (stream, version, name, at, command, payload, n)
        JOIN {stream} stream ON stream.name = row.stream;
    outcome := 'written';
"""
_FUNCTION = (
    """CREATE FUNCTION {write} (
    seen text[], seen_versions bigint[], moved text[], moved_versions bigint[],
    moved_by bigint[], keys text[], names text[], digests bytea[], fields text[],
    befores bigint[],
    counts bigint[],
    of_streams text[], versions bigint[], event_names text[], ats bigint[],
    of_commands bigint[], payloads text[], now bigint,
    events_max bigint,
    OUT outcome text, OUT subject text, OUT first_event bigint,
    OUT recorded_at_first bigint
) LANGUAGE plpgsql AS $write$
#variable_conflict use_column
DECLARE base bigint; known bigint; is_numbered boolean;
BEGIN"""
    + _LOCK
    + _CHECK
    + _NUMBER
    + _STREAMS
    + _ROWS
    + "END $write$"
)
POSTGRES_WRITE = (
    _FUNCTION,
    # Streams are updated with each command; room on the page keeps that cheap.
    "ALTER TABLE {stream} SET (fillfactor = 80)",
)
CALL = (
    "SELECT outcome, subject, first_event, recorded_at_first FROM {write} ("
    "?::text[], ?::bigint[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[],"
    " ?::bytea[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::bigint[],"
    " ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::bigint, ?::bigint)"
)


def arguments(batch: Batch, now: int, events_max: int) -> tuple[object, ...]:
    """Return what the function is called with; streams in the order of their names."""
    seen, moved = sorted(batch.seen.items()), sorted(batch.moved.items())
    befores, of_commands, before = [], [], 0
    for number, command in enumerate(batch.commands):
        befores.append(before)
        before += command[4]
        of_commands += [number] * command[4]
    keys, names, digests, fields, counts = map(list, zip(*batch.commands, strict=True))
    streams, versions, events, ats, payloads = map(
        list, zip(*batch.events, strict=True)
    )
    return (
        [name for name, _ in seen],
        [version for _, version in seen],
        [name for name, _ in moved],
        [version for _, version in moved],
        [batch.moved_by[name] for name, _ in moved],
        *(keys, names, digests, fields, befores, counts),
        *(streams, versions, events, ats, of_commands, payloads),
        now,
        events_max,
    )

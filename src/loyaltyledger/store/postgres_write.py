"""Writing a batch in PostgreSQL: one function, so one round trip.

Called on its own it is a transaction by itself. It locks the streams it will move and
only then looks: what it finds cannot change any more. A single command, which is what
checkouts send, takes the shortest way; batches are written set by set.

The arguments are arrays of arrays: streams (name, version seen, version moved to,
number of the command that moved it last, when the version seen was recorded), commands
(key, name, digest, fields, how many events came before, how many it has), events
(stream, version, name, at, payload, number
of the command). Events of one command number their streams, those of many name them.
"""

from .batch import Batch
from .codec import to_json

FEW = 8
"""So many streams or events are looked at one after the other."""

LOCKS = 0x10_7A17
LOCKS_MAX = 1024
"""Streams share so many locks: the server has room for a few thousand."""


def _lock_number(name: str) -> str:
    """Say in SQL which lock the stream has that an expression names."""
    return f"(hashtextextended({name}, 0) & ({{locks_max}} - 1))::int"


# Waiting for a row would number the transaction first, so that who waits would write
# behind whom it has waited for. Who has a number already may have been overtaken.
LOCK = (
    "SELECT pg_advisory_xact_lock({locks}, number) FROM ("  # noqa: S608  # no data in it
    f"SELECT DISTINCT {_lock_number('name')} AS number"
    " FROM unnest(?::text[]) AS name ORDER BY number) AS numbers"
)
_LOCK = f"""
    is_numbered := pg_current_xact_id_if_assigned() IS NOT NULL;
    IF is_single AND streams -> 1 ->> 2 IS NULL THEN
        PERFORM pg_advisory_xact_lock({{locks}},
            {_lock_number("streams -> 0 ->> 0")});
    ELSE
        PERFORM pg_advisory_xact_lock({{locks}}, number) FROM (
            SELECT DISTINCT
                {_lock_number("item ->> 0")} AS number
            FROM jsonb_array_elements(streams) AS item WHERE item ->> 2 IS NOT NULL
            ORDER BY number) AS numbers;
    END IF;
"""  # noqa: S608  # no data in it
# Transactions that began later may have committed already: their ids are not ours.
_NUMBER = """
    first_event := (pg_current_xact_id()::text::bigint
        + (SELECT value::bigint FROM {meta} WHERE name = 'xid_offset')) << {bits};
    base := first_event;
    IF is_numbered THEN
        SELECT coalesce(max(id) + 1, base) INTO first_event
            FROM {event} WHERE id >= base AND id < base + events_max;
        SELECT stream.name INTO subject
            FROM jsonb_array_elements(streams) AS item
            JOIN {stream} stream ON stream.name = item ->> 0
            JOIN {event} event
            ON event.stream = stream.id AND event.version = stream.version
            WHERE item ->> 2 IS NOT NULL AND event.id >= first_event LIMIT 1;
        IF FOUND THEN outcome := 'moved'; RETURN; END IF;
    END IF;
    IF first_event + event_count > base + events_max THEN
        outcome := 'full'; RETURN;
    END IF;
"""
# A host's picture may be older than what was committed; to lock a row tells.
_PICTURE = """
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM {stream} stream WHERE stream.name IN (
            SELECT item ->> 0 FROM jsonb_array_elements(streams) AS item
            WHERE item ->> 2 IS NULL) FOR SHARE;
    END IF;
"""
_ONE = """
    FOR n IN 0 .. stream_count - 1 LOOP
        one := streams -> n;
        SELECT stream.id, stream.version, stream.recorded_at
            INTO found_id, found_version, found_at
            FROM {stream} stream WHERE stream.name = one ->> 0;
        IF coalesce(found_version, 0) <> (one ->> 1)::bigint
            OR found_at <> (one ->> 4)::bigint THEN
            outcome := 'moved'; subject := one ->> 0; RETURN;
        END IF;
        IF one ->> 2 IS NOT NULL THEN
            ids[n] := found_id;
            recorded_at := greatest(recorded_at, found_at + 1);
        END IF;
    END LOOP;
    one := commands -> 0;
    INSERT INTO {command}
        (key, name, digest, fields, first_event, events, recorded_at)
        VALUES (one ->> 0, one ->> 1, decode(one ->> 2, 'hex'), one ->> 3,
            first_event, event_count, recorded_at)
        ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN outcome := 'taken'; subject := one ->> 0; RETURN; END IF;
    FOR n IN 0 .. stream_count - 1 LOOP
        one := streams -> n;
        CONTINUE WHEN one ->> 2 IS NULL;
        IF ids[n] IS NULL THEN
            INSERT INTO {stream} (name, version, recorded_at)
                VALUES (one ->> 0, (one ->> 2)::bigint, recorded_at)
                RETURNING id INTO found_id;
            ids[n] := found_id;
        ELSE
            UPDATE {stream} stream
                SET version = (one ->> 2)::bigint,
                    recorded_at = ledger_write.recorded_at
                WHERE stream.id = ids[n];
        END IF;
    END LOOP;
    FOR n IN 0 .. event_count - 1 LOOP
        one := events -> n;
        INSERT INTO {event} (id, stream, version, name, at, recorded_at, payload)
            VALUES (first_event + n, ids[(one ->> 0)::int], (one ->> 1)::bigint,
                one ->> 2, (one ->> 3)::bigint, recorded_at, one ->> 4);
    END LOOP;
"""
_MANY = """
    SELECT item ->> 0 INTO subject
        FROM jsonb_array_elements(streams) AS item
        LEFT JOIN {stream} stream ON stream.name = item ->> 0
        WHERE coalesce(stream.version, 0) <> (item ->> 1)::bigint
            OR stream.recorded_at <> (item ->> 4)::bigint LIMIT 1;
    IF FOUND THEN outcome := 'moved'; RETURN; END IF;
    SELECT command.key INTO subject
        FROM jsonb_array_elements(commands) AS item
        JOIN {command} command ON command.key = item ->> 0 LIMIT 1;
    IF FOUND THEN outcome := 'taken'; RETURN; END IF;
    SELECT greatest(now, max(stream.recorded_at) + 1) INTO recorded_at
        FROM jsonb_array_elements(streams) AS item
        JOIN {stream} stream ON stream.name = item ->> 0 WHERE item ->> 2 IS NOT NULL;
    INSERT INTO {stream} AS stream (name, version, recorded_at)
        SELECT item ->> 0, (item ->> 2)::bigint,
            ledger_write.recorded_at + (item ->> 3)::bigint
        FROM jsonb_array_elements(streams) AS item
        WHERE item ->> 2 IS NOT NULL AND (item ->> 1)::bigint = 0;
    UPDATE {stream} stream
        SET version = (item ->> 2)::bigint,
            recorded_at = ledger_write.recorded_at + (item ->> 3)::bigint
        FROM jsonb_array_elements(streams) AS item
        WHERE stream.name = item ->> 0 AND (item ->> 1)::bigint > 0
            AND item ->> 2 IS NOT NULL;
    INSERT INTO {command}
        (key, name, digest, fields, first_event, events, recorded_at)
        SELECT item ->> 0, item ->> 1, decode(item ->> 2, 'hex'), item ->> 3,
            first_event + (item ->> 4)::bigint, (item ->> 5)::bigint,
            ledger_write.recorded_at + n - 1
        FROM jsonb_array_elements(commands) WITH ORDINALITY AS each (item, n);
    INSERT INTO {event} (id, stream, version, name, at, recorded_at, payload)
        SELECT first_event + n - 1, stream.id, (item ->> 1)::bigint, item ->> 2,
            (item ->> 3)::bigint, ledger_write.recorded_at + (item ->> 5)::bigint,
            item ->> 4
        FROM jsonb_array_elements(events) WITH ORDINALITY AS each (item, n)
        JOIN {stream} stream ON stream.name = item ->> 0;
"""
_FUNCTION = f"""CREATE FUNCTION {{write}} (
    streams jsonb, commands jsonb, events jsonb, now bigint, events_max bigint,
    OUT outcome text, OUT subject text, OUT first_event bigint, OUT recorded_at bigint
) LANGUAGE plpgsql AS $write$
#variable_conflict use_variable
DECLARE
    stream_count int := jsonb_array_length(streams);
    event_count int := jsonb_array_length(events);
    is_single boolean := jsonb_array_length(commands) = 1
        AND greatest(stream_count, event_count) <= {FEW};
    is_numbered boolean; base bigint; one jsonb; ids bigint[] := '{{{{}}}}';
    found_id bigint; found_version bigint; found_at bigint;
BEGIN
    recorded_at := now;
    {_LOCK} {_NUMBER} {_PICTURE}
    IF is_single THEN {_ONE} ELSE {_MANY} END IF;
    outcome := 'written';
END $write$"""
POSTGRES_WRITE = (
    _FUNCTION,
    # Streams are updated with each command; room on the page keeps that cheap.
    "ALTER TABLE {stream} SET (fillfactor = 80)",
)
CALL = (
    "SELECT outcome, subject, first_event, recorded_at"
    " FROM {write} (?::jsonb, ?::jsonb, ?::jsonb, ?::bigint, ?::bigint)"
)


def arguments(batch: Batch, now: int, events_max: int) -> tuple[object, ...]:
    """Return what the function is called with; the streams that move come first."""
    is_single = len(batch.commands) == 1
    names = [*batch.moved, *(name for name in batch.seen if name not in batch.moved)]
    is_single = is_single and max(len(names), len(batch.events)) <= FEW
    places = {name: n for n, name in enumerate(names)}
    streams = [
        (
            name,
            batch.seen[name][0],
            batch.moved.get(name),
            batch.moved_by.get(name),
            batch.seen[name][1],
        )
        for name in names
    ]
    commands, of_commands, before = [], [], 0
    for number, (key, name, digest, fields, count) in enumerate(batch.commands):
        commands.append((key, name, digest.hex(), fields, before, count))
        of_commands += [number] * count
        before += count
    events = [
        (places[stream] if is_single else stream, version, name, at, payload, command)
        for (stream, version, name, at, payload), command in zip(
            batch.events, of_commands, strict=True
        )
    ]
    parts = streams, commands, events
    return (*(to_json(part).decode() for part in parts), now, events_max)

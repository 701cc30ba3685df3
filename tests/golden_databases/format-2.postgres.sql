


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;


CREATE SCHEMA loyaltyledger;



CREATE FUNCTION loyaltyledger.ledger_write(streams jsonb, commands jsonb, events jsonb, now bigint, events_max bigint, OUT outcome text, OUT subject text, OUT first_event bigint, OUT recorded_at bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
DECLARE
    stream_count int := jsonb_array_length(streams);
    event_count int := jsonb_array_length(events);
    is_single boolean := jsonb_array_length(commands) = 1
        AND greatest(stream_count, event_count) <= 8;
    is_numbered boolean; base bigint; one jsonb; ids bigint[] := '{}';
    found_id bigint; found_version bigint; found_at bigint;
BEGIN
    recorded_at := now;
    
    is_numbered := pg_current_xact_id_if_assigned() IS NOT NULL;
    IF is_single AND streams -> 1 ->> 2 IS NULL THEN
        PERFORM pg_advisory_xact_lock(1079831,
            (hashtextextended(streams -> 0 ->> 0, 0) & (1024 - 1))::int);
    ELSE
        PERFORM pg_advisory_xact_lock(1079831, number) FROM (
            SELECT DISTINCT
                (hashtextextended(item ->> 0, 0) & (1024 - 1))::int AS number
            FROM jsonb_array_elements(streams) AS item WHERE item ->> 2 IS NOT NULL
            ORDER BY number) AS numbers;
    END IF;
 
    first_event := (pg_current_xact_id()::text::bigint
        + (SELECT value::bigint FROM "loyaltyledger"."ledger_meta" WHERE name = 'xid_offset')) << 20;
    base := first_event;
    IF is_numbered THEN
        SELECT coalesce(max(id) + 1, base) INTO first_event
            FROM "loyaltyledger"."ledger_event" WHERE id >= base AND id < base + events_max;
        SELECT stream.name INTO subject
            FROM jsonb_array_elements(streams) AS item
            JOIN "loyaltyledger"."ledger_stream" stream ON stream.name = item ->> 0
            JOIN "loyaltyledger"."ledger_event" event
            ON event.stream = stream.id AND event.version = stream.version
            WHERE item ->> 2 IS NOT NULL AND event.id >= first_event LIMIT 1;
        IF FOUND THEN outcome := 'moved'; RETURN; END IF;
    END IF;
    IF first_event + event_count > base + events_max THEN
        outcome := 'full'; RETURN;
    END IF;
 
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM "loyaltyledger"."ledger_stream" stream WHERE stream.name IN (
            SELECT item ->> 0 FROM jsonb_array_elements(streams) AS item
            WHERE item ->> 2 IS NULL) FOR SHARE;
    END IF;

    IF is_single THEN 
    FOR n IN 0 .. stream_count - 1 LOOP
        one := streams -> n;
        SELECT stream.id, stream.version, stream.recorded_at
            INTO found_id, found_version, found_at
            FROM "loyaltyledger"."ledger_stream" stream WHERE stream.name = one ->> 0;
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
    INSERT INTO "loyaltyledger"."ledger_command"
        (key, name, digest, fields, first_event, events, recorded_at)
        VALUES (one ->> 0, one ->> 1, decode(one ->> 2, 'hex'), one ->> 3,
            first_event, event_count, recorded_at)
        ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN outcome := 'taken'; subject := one ->> 0; RETURN; END IF;
    FOR n IN 0 .. stream_count - 1 LOOP
        one := streams -> n;
        CONTINUE WHEN one ->> 2 IS NULL;
        IF ids[n] IS NULL THEN
            INSERT INTO "loyaltyledger"."ledger_stream" (name, version, recorded_at)
                VALUES (one ->> 0, (one ->> 2)::bigint, recorded_at)
                RETURNING id INTO found_id;
            ids[n] := found_id;
        ELSE
            UPDATE "loyaltyledger"."ledger_stream" stream
                SET version = (one ->> 2)::bigint,
                    recorded_at = ledger_write.recorded_at
                WHERE stream.id = ids[n];
        END IF;
    END LOOP;
    FOR n IN 0 .. event_count - 1 LOOP
        one := events -> n;
        INSERT INTO "loyaltyledger"."ledger_event" (id, stream, version, name, at, recorded_at, payload)
            VALUES (first_event + n, ids[(one ->> 0)::int], (one ->> 1)::bigint,
                one ->> 2, (one ->> 3)::bigint, recorded_at, one ->> 4);
    END LOOP;
 ELSE 
    SELECT item ->> 0 INTO subject
        FROM jsonb_array_elements(streams) AS item
        LEFT JOIN "loyaltyledger"."ledger_stream" stream ON stream.name = item ->> 0
        WHERE coalesce(stream.version, 0) <> (item ->> 1)::bigint
            OR stream.recorded_at <> (item ->> 4)::bigint LIMIT 1;
    IF FOUND THEN outcome := 'moved'; RETURN; END IF;
    SELECT command.key INTO subject
        FROM jsonb_array_elements(commands) AS item
        JOIN "loyaltyledger"."ledger_command" command ON command.key = item ->> 0 LIMIT 1;
    IF FOUND THEN outcome := 'taken'; RETURN; END IF;
    SELECT greatest(now, max(stream.recorded_at) + 1) INTO recorded_at
        FROM jsonb_array_elements(streams) AS item
        JOIN "loyaltyledger"."ledger_stream" stream ON stream.name = item ->> 0 WHERE item ->> 2 IS NOT NULL;
    INSERT INTO "loyaltyledger"."ledger_stream" AS stream (name, version, recorded_at)
        SELECT item ->> 0, (item ->> 2)::bigint,
            ledger_write.recorded_at + (item ->> 3)::bigint
        FROM jsonb_array_elements(streams) AS item
        WHERE item ->> 2 IS NOT NULL AND (item ->> 1)::bigint = 0;
    UPDATE "loyaltyledger"."ledger_stream" stream
        SET version = (item ->> 2)::bigint,
            recorded_at = ledger_write.recorded_at + (item ->> 3)::bigint
        FROM jsonb_array_elements(streams) AS item
        WHERE stream.name = item ->> 0 AND (item ->> 1)::bigint > 0
            AND item ->> 2 IS NOT NULL;
    INSERT INTO "loyaltyledger"."ledger_command"
        (key, name, digest, fields, first_event, events, recorded_at)
        SELECT item ->> 0, item ->> 1, decode(item ->> 2, 'hex'), item ->> 3,
            first_event + (item ->> 4)::bigint, (item ->> 5)::bigint,
            ledger_write.recorded_at + n - 1
        FROM jsonb_array_elements(commands) WITH ORDINALITY AS each (item, n);
    INSERT INTO "loyaltyledger"."ledger_event" (id, stream, version, name, at, recorded_at, payload)
        SELECT first_event + n - 1, stream.id, (item ->> 1)::bigint, item ->> 2,
            (item ->> 3)::bigint, ledger_write.recorded_at + (item ->> 5)::bigint,
            item ->> 4
        FROM jsonb_array_elements(events) WITH ORDINALITY AS each (item, n)
        JOIN "loyaltyledger"."ledger_stream" stream ON stream.name = item ->> 0;
 END IF;
    outcome := 'written';
END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;


CREATE TABLE loyaltyledger.ledger_command (
    key text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    digest bytea NOT NULL,
    fields text NOT NULL,
    first_event bigint NOT NULL,
    events bigint NOT NULL,
    recorded_at bigint NOT NULL
);



CREATE TABLE loyaltyledger.ledger_event (
    id bigint NOT NULL,
    stream bigint NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    payload text NOT NULL
);



CREATE TABLE loyaltyledger.ledger_meta (
    name text NOT NULL,
    value text NOT NULL
);



CREATE TABLE loyaltyledger.ledger_stream (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    recorded_at bigint NOT NULL
)
WITH (fillfactor='80');



ALTER TABLE loyaltyledger.ledger_stream ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME loyaltyledger.ledger_stream_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE loyaltyledger.view_account (
    id bigint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    programme text NOT NULL COLLATE pg_catalog."C",
    owner_kind text NOT NULL COLLATE pg_catalog."C",
    owner text NOT NULL COLLATE pg_catalog."C",
    point_type text NOT NULL COLLATE pg_catalog."C",
    latest_at bigint NOT NULL
);



CREATE TABLE loyaltyledger.view_debt (
    account bigint NOT NULL,
    entry_id text NOT NULL COLLATE pg_catalog."C",
    part bigint NOT NULL,
    at bigint NOT NULL,
    owed bigint NOT NULL
);



CREATE TABLE loyaltyledger.view_lot (
    account bigint NOT NULL,
    lot_id text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL COLLATE pg_catalog."C",
    granted bigint NOT NULL,
    remaining bigint NOT NULL,
    gone bigint NOT NULL,
    granted_at bigint NOT NULL,
    available_from bigint,
    expires_at bigint,
    cancel_by bigint
);



CREATE TABLE loyaltyledger.view_pin (
    account bigint NOT NULL,
    hold_id text NOT NULL COLLATE pg_catalog."C",
    lot_id text NOT NULL COLLATE pg_catalog."C",
    points bigint NOT NULL,
    lapses_at bigint NOT NULL
);



CREATE TABLE loyaltyledger.view_position (
    name text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    "position" bigint NOT NULL
);



CREATE TABLE loyaltyledger.view_purchase (
    "position" bigint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    programme text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    member text COLLATE pg_catalog."C",
    purchase_id text COLLATE pg_catalog."C",
    return_id text COLLATE pg_catalog."C",
    at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    total text COLLATE pg_catalog."C",
    currency text COLLATE pg_catalog."C"
);



CREATE TABLE loyaltyledger.view_statement (
    "position" bigint NOT NULL,
    account text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    entry text NOT NULL COLLATE pg_catalog."C",
    change bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    pending bigint NOT NULL,
    debt bigint NOT NULL
);



INSERT INTO loyaltyledger.ledger_command VALUES ('command 0', 'DefineProgramme', '\xa5b05ffd794ec2584fe5a0b1f02c0693', 'r2cW0L4h5P2hsXG3', 763363328, 1, 1704099600000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 1', 'Enrol', '\xab63c7e7849f2c37849a0cfcc6e68f17', 'r2cWd46WCiHkOmdeA7KtEoyC', 764411904, 1, 1704099601000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 2', 'Enrol', '\x211ef33c80dfa80d5c233c929144a22b', 'r2cW1jsvCiHk9KkdA7KtEoyC', 765460480, 1, 1704099602000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 3', 'Enrol', '\xee1881574203ff0a49c51961f4bce3d2', 'r2cWmIf5CiHks5Z4A7KtEoyC', 766509056, 1, 1704099603000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 4', 'Enrol', '\xd89cbfe2acb04c44488d9c5816ff2741', 'r2cWL2G1CiHkh2WyA7KtEoyC', 767557632, 1, 1704099604000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 5', 'Enrol', '\x497437aa021f10593790999bc3403a94', 'r2cW8xefCiHkPSXGA7KtEoyC', 768606208, 1, 1704099605000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 6', 'Enrol', '\x0f91212ce61e4fd9bad5c05dd65a07b1', 'r2cWwEvvCiHkE/AIA7KtEoyC', 769654784, 1, 1704099606000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 7', 'RecordPurchase', '\xfbdcd855eedad3d37a4acb7ee55a8f2b', 'DYCHEmZDr2cWLOYNCiHkOmdeA7KtEoyC4RMEfq54', 770703360, 2, 1704099607000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 8', 'OpenBalance', '\x2bf59786791a31e7b6b97ff7ce32d60d', 'r2cWB1wlCiHk9Kkdx4C8JxTa0ccZocDyA7KtEoyC1EReq14h', 771751936, 1, 1704186008000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 9', 'PlaceHold', '\x46124eb8ac5c2f89e4767b8f921718c4', '9KHh7v8br2cW0caFCiHkOmdex4C8JxTa0ccZxOCsA7KtEoyC', 772800512, 1, 1704186009000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 10', 'CaptureHold', '\x14d3cbb1a763c682ceea1ef15bc1b476', '9KHh7v8br2cWH+wZCiHkOmdex4C8JxTa0ccZQAggA7KtEoyCLnNYoeFK', 773849088, 1, 1704186010000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 11', 'PlaceHold', '\x5c5ad227e53219975f221d36301bc475', '9KHhi1aer2cWmLZ9CiHkOmdex4C8JxTa0ccZExx2A7KtEoyC', 774897664, 1, 1704272411000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 12', 'PlaceHold', '\x2ec366d36baa3a3fe5099b9939de8b02', '9KHh+Xrpr2cW5NbFCiHk9Kkdx4C8JxTa0ccZOnasA7KtEoyC', 775946240, 1, 1704272412000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 13', 'VoidHold', '\x48be768927b3c4c9a70c864f13e898bb', '9KHh+Xrpr2cWpWX2CiHk9Kkdx4C8JxTaA7KtEoyC', 776994816, 1, 1704272413000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 14', 'ReturnPurchase', '\x59b0e5eb15fbe6227806bf3dc9047d9b', 'r2cWCfEXA7KtEoyC4RMEfq543SW/CVW3', 778043392, 3, 1704358814000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 15', 'RecordPurchase', '\x6cc826e64ca09e2241bbf2ac08c95f59', 'DYCH0Ww7r2cW8QANCiHkOmdeA7KtEoyC4RMEAFUv', 779091968, 3, 1704358815000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 16', 'Spend', '\x2895095721551c4f6dababd89c2ae504', 'EgANSpQlr2cW6ytFCiHk9Kkdx4C8JxTa0ccZlBo5A7KtEoyC', 780140544, 1, 1704358816000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 17', 'Reverse', '\x2c94584275f903ac11a0a2a4eac05749', 'EgANSpQlr2cWr98dCiHk9Kkdx4C8JxTa0ccZwU+mA7KtEoyC', 781189120, 1, 1704445217000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 18', 'Adjust', '\x01e4a17e2e5a1f929cc1a246762435d3', 'gKf7brU5r2cWPKOICiHkOmdex4C8JxTa0ccZEROIA7KtEoyCxKyajQSN', 782237696, 1, 1704531618000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 19', 'Adjust', '\x8a51880bda923d6f70fc1d5eb7df136e', 'gKf7brU5r2cWkmJlCiHk9Kkdx4C8JxTa0ccZZxYvA7KtEoyCxKyacw4J', 783286272, 1, 1704531619000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 20', 'Transfer', '\x79f037b6008e63efd2b512c50a16b9e4', 'r2cWNyH+CiHk9Kkdx4C8JxTa0ccZiptTA7KtEoyCwmJ3s5Z4', 784334848, 2, 1704618020000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 21', 'Transfer', '\xa962a86705ef7bbe44b10872aed5aa98', 'EgANt0axr2cWdHDwCiHk9Kkdx4C8JxTa0ccZwU+mA7KtEoyCwmJ3s5Z4', 785383424, 2, 1704618021000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 22', 'Reverse', '\xdc417373daa9c08f9577cd05e708cab1', 'EgANt0axr2cWACQpCiHk9Kkdx4C8JxTaA7KtEoyC', 786432000, 2, 1704704422000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 23', 'Convert', '\xbd4a36719c6b0171cd5f7e000420a4a2', 'tMHeJVjfr2cWHRnACiHk9Kkdx4C8JxTa0ccZ3qOrA7KtEoyC', 787480576, 2, 1704704423000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 24', 'Earn', '\xd6372c15942e1050f98b8860c570562e', 'EgANq/Pmr2cWOxafCiHkh2Wyx4C8JVjf0ccZXJAnA7KtEoyC', 788529152, 1, 1704790824000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 25', 'Earn', '\x9c7765ddbb155ac49f4a2912551b640e', 'EgANhbM2r2cWTHoXCiHkh2Wyx4C8JVjf0ccZCRFbA7KtEoyC', 789577728, 1, 1704790825000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 26', 'ReleasePending', '\x944edfdaba585fa57a90bd14a83ed4fa', 'EgANq/Pmr2cWnkruCiHkh2Wyx4C8JVjfA7KtEoyC', 790626304, 2, 1704963626000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 27', 'Spend', '\xce2d55fff5a2c63f88d621c06891dfe8', 'r2cW5VL+CiHkh2Wyx4C8JVjf0ccZdp1qA7KtEoyC', 791674880, 1, 1705050027000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 28', 'Reverse', '\xcf7de4e9efd5db7e0c9b74d2d7537bd1', 'EgANq/Pmr2cWdUtDCiHkh2Wyx4C8JVjfA7KtEoyC', 792723456, 1, 1705136428000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 29', 'Earn', '\x8027e0fcce89a929590c6a4f9b39d465', 'r2cWLmIsCiHkE/AIx4C86YBE0ccZQAggA7KtEoyCxKya/xtc', 793772032, 1, 1705136429000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 30', 'Spend', '\xb0b542b9e44127d18e02dcdfa3f5b75c', 'r2cWqVX0CiHkE/AIx4C86YBE0ccZSImaA7KtEoyC', 794820608, 3, 1706691630000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 31', 'DefineProgramme', '\x31e608c42cd0762ebb21785c1cb57536', 'r2cWXA0M5P2hwFwO', 795869184, 1, 1707555631000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 32', 'FormHousehold', '\xa16d5f83910bb7c108e349090a4ecba9', '8vI8jG2vr2cWvA40A7KtEoyC', 796917760, 1, 1709283632000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 33', 'JoinHousehold', '\xfd042af9f89def3d903b3005fa9aa2d5', '8vI8jG2vr2cWykQ7PQvHsifmCiHks5Z4A7KtEoyC', 797966336, 2, 1709283633000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 34', 'JoinHousehold', '\x177edfc44754e27e3aad684e55fb501d', '8vI8jG2vr2cWbf6yPQvH6IjHCiHkh2WyA7KtEoyC', 799014912, 2, 1709283634000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 35', 'AllowSpending', '\x7faabc78e79de4f098e2980d2ea5a2bb', '8vI8jG2vr2cWog7mPQvHsifmCiHkh2WyA7KtEoyC', 800063488, 1, 1709283635000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 36', 'RecordPurchase', '\x8571deec6a8775e8c65e485c635a5c7e', 'DYCHEmZDr2cW83TaCiHkh2WyA7KtEoyC4RMEmg/S', 801112064, 2, 1709370036000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 37', 'Transfer', '\xac7a73cf76d2e768ff665876d655c8d3', 'r2cW53GGCiHks5Z4x4C8JxTa0ccZOnasA7KtEoyCcW4wjG2v', 802160640, 2, 1709370037000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 38', 'ReturnPurchase', '\xf9a3e696277c760ce55148a50b6835a4', 'r2cWXcMaRzMpy7O6A7KtEoyC4RMEmg/S3SW/zYcu', 803209216, 2, 1709456438000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 39', 'Spend', '\x05c635ff815fb89fce2e189aac4f55be', 'r2cW2t9BCiHkh2Wyx4C8JxTa0ccZxOCsA7KtEoyC', 804257792, 1, 1709456439000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 40', 'CancelReturn', '\xe985746859e106209dfc2a823036e7b4', 'r2cW8fI9A7KtEoyC4RMEmg/S3SW/zYcu', 805306368, 2, 1709542840000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 41', 'LeaveHousehold', '\x342d5b4b81a49db025f970c68bbd7231', '8vI8jG2vr2cW5dcwCiHkh2WyA7KtEoyC', 806354944, 2, 1709542841000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 42', 'ReturnUnlinked', '\x8f31c4efc873d87eb8120636b031b9f2', 'DYCHDF9Lr2cW4mFMCiHkPSXGA7KtEoyC3SW/pueT', 807403520, 2, 1709629242000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 43', 'ReturnPurchase', '\x7451059f44cfde1597c7d8c70325362f', 'zLsZi648r2cWNrSkRzMpgJBQA7KtEoyC4RMECHFy3SW/f9X2', 808452096, 1, 1709715643000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 44', 'RecordPurchase', '\xdfae3a7cddad966958f3c3608c5710be', 'DYCH8BiHr2cW1TOeCiHk9KkdA7KtEoyC4RMECHFy', 809500672, 4, 1709802044000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 45', 'RecordPurchase', '\x8e9f748998789d301cbcd9602f6e384f', 'iEmAb2CCDYCHYcTCr2cWwNsjCiHkOmdeA7KtEoyC4RMEiq5I', 810549248, 2, 1709888445000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 46', 'SweepAccount', '\xc5a984bd7dd5e41461f807b311927310', '+BfThMRMr2cW+nfK', 811597824, 3, 1715331646000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 47', 'SweepAccount', '\xf3ede167e95a76ab225fa9a0d9c1faf9', '+BfTwEDxr2cWuDr0', 812646400, 1, 1715331647000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 48', 'SweepAccount', '\x1eef815d1478a5f2afca67fa50f61e4c', '+BfTrUcYr2cWCQ+r', 813694976, 1, 1715331648000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 49', 'SweepAccount', '\x52d9e43bc11112ce2135a12492e4411f', '+BfTc6etr2cWdauE', 814743552, 1, 1715331649000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 50', 'Freeze', '\xfde5dc48e14a494ac001decd635ae373', 'r2cW8GNhCiHkOmdeA7KtEoyCxKyaQu7x', 815792128, 1, 1715418050000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 51', 'Unfreeze', '\xdfbdc593b34d6833c28b3bb8f70e51c5', 'r2cWR+ltCiHkOmdeA7KtEoyC', 816840704, 1, 1715504451000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 52', 'CloseMember', '\x50ce3c02a16c8b92aed13d6829377702', 'r2cWL7JjCiHk9KkdA7KtEoyC', 817889280, 4, 1715590852000000);
INSERT INTO loyaltyledger.ledger_command VALUES ('command 53', 'CloseMember', '\x7be801ab9f4ae48713ae9666e871d5ee', 'r2cWAVPuCiHkPSXGA7KtEoyC', 818937856, 4, 1715590853000000);



INSERT INTO loyaltyledger.ledger_event VALUES (763363328, 1, 1, 'programme-defined.v1', 1704099600000000, 1704099600000000, '{"at":"2024-01-01T09:00:00Z","programme":{"programme_id":"shop","time_zone":"Europe/London","currencies":[{"code":"GBP"}],"point_types":[{"name":"points","kind":"spendable","rates":[{"currency":"GBP","points":1,"per":"1","steps":"whole","rounding":"floor"}],"expiry":{"kind":"rolling","days":0,"months":3,"resets":["earn","spend"]},"pending":{"kind":"immediate","days":0,"hours":0,"cancel_after_days":0},"spend_order":"earliest_expiry","reversal":"debt","restored":"expire_at_once","grace_days":0,"transfer_expiry":"keep","hold_minutes":30},{"name":"miles","kind":"spendable","expiry":{"kind":"none","days":0,"months":0,"resets":["earn","spend"]},"pending":{"kind":"event","days":0,"hours":0,"cancel_after_days":20},"spend_order":"earliest_expiry","reversal":"within_balance","restored":"expire_at_once","grace_days":0,"transfer_expiry":"keep","hold_minutes":30},{"name":"stars","kind":"spendable","expiry":{"kind":"inactivity","days":60,"months":0,"resets":["earn","spend"]},"pending":{"kind":"duration","days":2,"hours":0,"cancel_after_days":0},"spend_order":"earliest_expiry","reversal":"debt","restored":"expire_at_once","grace_days":0,"transfer_expiry":"keep","hold_minutes":30}],"basis":{"tax":"gross","stored_value":["e_wallet","gift_card","points"],"earn_on_stored_value":false},"conversions":[{"source":"points","into":"miles","from_points":3,"into_points":2,"rounding":"floor"}]}}');
INSERT INTO loyaltyledger.ledger_event VALUES (764411904, 2, 1, 'member-enrolled.v1', 1704099601000000, 1704099601000000, '{"at":"2024-01-01T09:00:01Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (765460480, 3, 1, 'member-enrolled.v1', 1704099602000000, 1704099602000000, '{"at":"2024-01-01T09:00:02Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (766509056, 4, 1, 'member-enrolled.v1', 1704099603000000, 1704099603000000, '{"at":"2024-01-01T09:00:03Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (767557632, 5, 1, 'member-enrolled.v1', 1704099604000000, 1704099604000000, '{"at":"2024-01-01T09:00:04Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (768606208, 6, 1, 'member-enrolled.v1', 1704099605000000, 1704099605000000, '{"at":"2024-01-01T09:00:05Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (769654784, 7, 1, 'member-enrolled.v1', 1704099606000000, 1704099606000000, '{"at":"2024-01-01T09:00:06Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (770703360, 8, 1, 'points-granted.v1', 1704099607000000, 1704099607000000, '{"entry_id":"purchase:p1","at":"2024-01-01T09:00:07Z","kind":"earn","book":"issued","lots":[{"lot_id":"purchase:p1","points":99,"available_from":"2024-01-01T09:00:07Z","expires_at":"2024-04-01T08:00:07Z","slides":false}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (770703361, 9, 1, 'purchase-recorded.v1', 1704099607000000, 1704099607000000, '{"at":"2024-01-01T09:00:07Z","member_id":"ann","basket":{"currency":"GBP","lines":[{"line_id":"tea","sku":"sku tea","quantity":"3","unit_price":"9.99","discount":"0","tax":"0"},{"line_id":"cake","sku":"sku cake","quantity":"1","unit_price":"70.00","discount":"0","tax":"0"}],"discount":"0","tax_included":true},"total":"99.97","line_amounts":["29.97","70.00"],"awards":[{"point_type":"points","points":99,"currency":"GBP","basis":"99.97","rate":{"currency":"GBP","points":1,"per":"1","steps":"whole","rounding":"floor"},"shares":[{"line_id":"tea","basis":"29.97","points":30},{"line_id":"cake","basis":"70.00","points":69}]}],"credits":[{"point_type":"points","account":"account:shop:member:ann:points","entry_id":"purchase:p1"}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (771751936, 10, 1, 'points-granted.v1', 1704186008000000, 1704186008000000, '{"entry_id":"command 8","at":"2024-01-02T09:00:08Z","kind":"opening","book":"opening","lots":[{"lot_id":"command 8","points":500,"available_from":"2024-01-02T09:00:08Z","expires_at":"2024-04-02T08:00:08Z","slides":false}],"reference":"old cards"}');
INSERT INTO loyaltyledger.ledger_event VALUES (772800512, 8, 2, 'hold-placed.v1', 1704186009000000, 1704186009000000, '{"hold_id":"h1","at":"2024-01-02T09:00:09Z","lapses_at":"2024-01-02T09:30:09Z","pins":[{"lot_id":"purchase:p1","points":60}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (773849088, 8, 3, 'points-taken.v1', 1704186010000000, 1704186010000000, '{"entry_id":"command 10","at":"2024-01-02T09:00:10Z","kind":"capture","book":"spent","parts":[{"points":40,"kind":"lot","lot_id":"purchase:p1","bucket":"held","of":0}],"hold_id":"h1","released":[{"lot_id":"purchase:p1","points":20}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (774897664, 8, 4, 'hold-placed.v1', 1704272411000000, 1704272411000000, '{"hold_id":"lapses","at":"2024-01-03T09:00:11Z","lapses_at":"2024-01-03T09:30:11Z","pins":[{"lot_id":"purchase:p1","points":20}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (775946240, 10, 2, 'hold-placed.v1', 1704272412000000, 1704272412000000, '{"hold_id":"voided","at":"2024-01-03T09:00:12Z","lapses_at":"2024-01-03T09:30:12Z","pins":[{"lot_id":"command 8","points":50}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (776994816, 10, 3, 'hold-voided.v1', 1704272413000000, 1704272413000000, '{"hold_id":"voided","at":"2024-01-03T09:00:13Z","released":[{"lot_id":"command 8","points":50}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (778043392, 8, 5, 'hold-lapsed.v1', 1704274211000000, 1704358814000000, '{"hold_id":"lapses","at":"2024-01-03T09:30:11Z","points":20}');
INSERT INTO loyaltyledger.ledger_event VALUES (778043393, 8, 6, 'points-reversed.v1', 1704358814000000, 1704358814000000, '{"entry_id":"return:p1:r1","reverses":"purchase:p1","at":"2024-01-04T09:00:14Z","gives":false,"book":"reversed","parts":[{"points":59,"kind":"lot","lot_id":"purchase:p1","bucket":"available","of":0},{"points":40,"kind":"debt","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (778043394, 9, 2, 'return-recorded.v1', 1704358814000000, 1704358814000000, '{"at":"2024-01-04T09:00:14Z","return_id":"r1","lines":[{"line_id":"tea","quantity":"3","amount":"29.97"},{"line_id":"cake","quantity":"1","amount":"70.00"}],"amount":"99.97","taken":[{"point_type":"points","account":"account:shop:member:ann:points","entry_id":"purchase:p1","reversal_id":"return:p1:r1","points":99,"shares":[30,69]}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (779091968, 8, 7, 'points-granted.v1', 1704358815000000, 1704358815000000, '{"entry_id":"purchase:p2","at":"2024-01-04T09:00:15Z","kind":"earn","book":"issued","lots":[{"lot_id":"purchase:p2","points":55,"available_from":"2024-01-04T09:00:15Z","expires_at":"2024-04-04T08:00:15Z","slides":false}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (779091969, 8, 8, 'debt-paid.v1', 1704358815000000, 1704358815000000, '{"entry_id":"return:p1:r1","part":1,"lot_id":"purchase:p2","at":"2024-01-04T09:00:15Z","points":40}');
INSERT INTO loyaltyledger.ledger_event VALUES (779091970, 11, 1, 'purchase-recorded.v1', 1704358815000000, 1704358815000000, '{"at":"2024-01-04T09:00:15Z","member_id":"ann","basket":{"currency":"GBP","lines":[{"line_id":"pot","sku":"sku pot","quantity":"1","unit_price":"55.50","discount":"0","tax":"0"}],"discount":"0","tax_included":true},"total":"55.50","line_amounts":["55.50"],"awards":[{"point_type":"points","points":55,"currency":"GBP","basis":"55.50","rate":{"currency":"GBP","points":1,"per":"1","steps":"whole","rounding":"floor"},"shares":[{"line_id":"pot","basis":"55.50","points":55}]}],"credits":[{"point_type":"points","account":"account:shop:member:ann:points","entry_id":"purchase:p2"}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (780140544, 10, 4, 'points-taken.v1', 1704358816000000, 1704358816000000, '{"entry_id":"s1","at":"2024-01-04T09:00:16Z","kind":"spend","book":"spent","parts":[{"points":100,"kind":"lot","lot_id":"command 8","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (781189120, 10, 5, 'points-reversed.v1', 1704445217000000, 1704445217000000, '{"entry_id":"command 17","reverses":"s1","at":"2024-01-05T09:00:17Z","gives":true,"book":"spent","parts":[{"points":30,"kind":"lot","lot_id":"command 8","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (782237696, 8, 9, 'points-granted.v1', 1704531618000000, 1704531618000000, '{"entry_id":"command 18","at":"2024-01-06T09:00:18Z","kind":"adjustment","book":"adjustment","lots":[{"lot_id":"command 18","points":25,"available_from":"2024-01-06T09:00:18Z","expires_at":"2024-04-06T08:00:18Z","slides":false}],"reason":"goodwill","actor":"desk"}');
INSERT INTO loyaltyledger.ledger_event VALUES (813694976, 14, 7, 'points-cancelled.v1', 1706518825000000, 1715331648000000, '{"lot_id":"cancelled","at":"2024-01-29T09:00:25Z","points":13}');
INSERT INTO loyaltyledger.ledger_event VALUES (783286272, 10, 6, 'points-taken.v1', 1704531619000000, 1704531619000000, '{"entry_id":"command 19","at":"2024-01-06T09:00:19Z","kind":"adjustment","book":"adjustment","parts":[{"points":5,"kind":"lot","lot_id":"command 8","bucket":"available","of":0}],"reason":"mistake","actor":"desk"}');
INSERT INTO loyaltyledger.ledger_event VALUES (784334848, 10, 7, 'points-taken.v1', 1704618020000000, 1704618020000000, '{"entry_id":"command 20","at":"2024-01-07T09:00:20Z","kind":"transfer","book":"transfer","parts":[{"points":70,"kind":"lot","lot_id":"command 8","bucket":"available","of":0}],"counter":"account:shop:member:cat:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (784334849, 12, 1, 'points-granted.v1', 1704618020000000, 1704618020000000, '{"entry_id":"command 20","at":"2024-01-07T09:00:20Z","kind":"transfer","book":"transfer","lots":[{"lot_id":"member:bob/command 20/1","points":70,"available_from":"2024-01-07T09:00:20Z","expires_at":"2024-04-02T08:00:08Z","slides":false}],"counter":"account:shop:member:bob:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (785383424, 10, 8, 'points-taken.v1', 1704618021000000, 1704618021000000, '{"entry_id":"t2","at":"2024-01-07T09:00:21Z","kind":"transfer","book":"transfer","parts":[{"points":30,"kind":"lot","lot_id":"command 8","bucket":"available","of":0}],"counter":"account:shop:member:cat:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (785383425, 12, 2, 'points-granted.v1', 1704618021000000, 1704618021000000, '{"entry_id":"t2","at":"2024-01-07T09:00:21Z","kind":"transfer","book":"transfer","lots":[{"lot_id":"member:bob/t2/1","points":30,"available_from":"2024-01-07T09:00:21Z","expires_at":"2024-04-02T08:00:08Z","slides":false}],"counter":"account:shop:member:bob:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (786432000, 12, 3, 'points-reversed.v1', 1704704422000000, 1704704422000000, '{"entry_id":"command 22","reverses":"t2","at":"2024-01-08T09:00:22Z","gives":false,"book":"transfer","parts":[{"points":30,"kind":"lot","lot_id":"member:bob/t2/1","bucket":"available","of":0}],"counter":"account:shop:member:bob:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (786432001, 10, 9, 'points-reversed.v1', 1704704422000000, 1704704422000000, '{"entry_id":"command 22","reverses":"t2","at":"2024-01-08T09:00:22Z","gives":true,"book":"transfer","parts":[{"points":30,"kind":"lot","lot_id":"command 8","bucket":"available","of":0}],"counter":"account:shop:member:cat:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (787480576, 10, 10, 'points-taken.v1', 1704704423000000, 1704704423000000, '{"entry_id":"command 23","at":"2024-01-08T09:00:23Z","kind":"conversion","book":"conversion","parts":[{"points":30,"kind":"lot","lot_id":"command 8","bucket":"available","of":0}],"counter":"account:shop:member:bob:miles"}');
INSERT INTO loyaltyledger.ledger_event VALUES (787480577, 13, 1, 'points-granted.v1', 1704704423000000, 1704704423000000, '{"entry_id":"command 23","at":"2024-01-08T09:00:23Z","kind":"conversion","book":"conversion","lots":[{"lot_id":"command 23","points":20,"available_from":"2024-01-08T09:00:23Z","slides":false}],"counter":"account:shop:member:bob:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (788529152, 14, 1, 'points-granted.v1', 1704790824000000, 1704790824000000, '{"entry_id":"m1","at":"2024-01-09T09:00:24Z","kind":"earn","book":"issued","lots":[{"lot_id":"m1","points":11,"cancel_by":"2024-01-29T09:00:24Z","slides":false}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (789577728, 14, 2, 'points-granted.v1', 1704790825000000, 1704790825000000, '{"entry_id":"cancelled","at":"2024-01-09T09:00:25Z","kind":"earn","book":"issued","lots":[{"lot_id":"cancelled","points":13,"cancel_by":"2024-01-29T09:00:25Z","slides":false}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (790626304, 14, 3, 'lot-released.v1', 1704963626000000, 1704963626000000, '{"entry_id":"m1","lot_id":"m1","at":"2024-01-11T09:00:26Z","available_from":"2024-01-11T09:00:26Z","slides":false}');
INSERT INTO loyaltyledger.ledger_event VALUES (790626305, 14, 4, 'points-activated.v1', 1704963626000000, 1704963626000000, '{"lot_id":"m1","at":"2024-01-11T09:00:26Z","points":11}');
INSERT INTO loyaltyledger.ledger_event VALUES (791674880, 14, 5, 'points-taken.v1', 1705050027000000, 1705050027000000, '{"entry_id":"command 27","at":"2024-01-12T09:00:27Z","kind":"spend","book":"spent","parts":[{"points":9,"kind":"lot","lot_id":"m1","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (792723456, 14, 6, 'points-reversed.v1', 1705136428000000, 1705136428000000, '{"entry_id":"command 28","reverses":"m1","at":"2024-01-13T09:00:28Z","gives":false,"book":"reversed","parts":[{"points":2,"kind":"lot","lot_id":"m1","bucket":"available","of":0},{"points":9,"kind":"lost","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (793772032, 15, 1, 'points-granted.v1', 1705136429000000, 1705136429000000, '{"entry_id":"command 29","at":"2024-01-13T09:00:29Z","kind":"earn","book":"issued","lots":[{"lot_id":"command 29","points":40,"available_from":"2024-01-15T09:00:29Z","expires_at":"2024-03-15T09:00:29Z","slides":true}],"reason":"grüße"}');
INSERT INTO loyaltyledger.ledger_event VALUES (794820608, 15, 2, 'points-activated.v1', 1705309229000000, 1706691630000000, '{"lot_id":"command 29","at":"2024-01-15T09:00:29Z","points":40}');
INSERT INTO loyaltyledger.ledger_event VALUES (794820609, 15, 3, 'points-taken.v1', 1706691630000000, 1706691630000000, '{"entry_id":"command 30","at":"2024-01-31T09:00:30Z","kind":"spend","book":"spent","parts":[{"points":15,"kind":"lot","lot_id":"command 29","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (794820610, 15, 4, 'expiry-slid.v1', 1706691630000000, 1706691630000000, '{"at":"2024-01-31T09:00:30Z","until":"2024-03-31T08:00:30Z","lot_ids":["command 29"]}');
INSERT INTO loyaltyledger.ledger_event VALUES (795869184, 1, 2, 'programme-defined.v1', 1707555631000000, 1707555631000000, '{"at":"2024-02-10T09:00:31Z","programme":{"programme_id":"shop","time_zone":"Europe/London","currencies":[{"code":"GBP"}],"point_types":[{"name":"points","kind":"spendable","rates":[{"currency":"GBP","points":2,"per":"1","steps":"whole","rounding":"floor"}],"expiry":{"kind":"rolling","days":0,"months":3,"resets":["earn","spend"]},"pending":{"kind":"immediate","days":0,"hours":0,"cancel_after_days":0},"spend_order":"earliest_expiry","reversal":"debt","restored":"expire_at_once","grace_days":0,"transfer_expiry":"keep","hold_minutes":30},{"name":"miles","kind":"spendable","expiry":{"kind":"none","days":0,"months":0,"resets":["earn","spend"]},"pending":{"kind":"event","days":0,"hours":0,"cancel_after_days":20},"spend_order":"earliest_expiry","reversal":"within_balance","restored":"expire_at_once","grace_days":0,"transfer_expiry":"keep","hold_minutes":30},{"name":"stars","kind":"spendable","expiry":{"kind":"inactivity","days":60,"months":0,"resets":["earn","spend"]},"pending":{"kind":"duration","days":2,"hours":0,"cancel_after_days":0},"spend_order":"earliest_expiry","reversal":"debt","restored":"expire_at_once","grace_days":0,"transfer_expiry":"keep","hold_minutes":30}],"basis":{"tax":"gross","stored_value":["e_wallet","gift_card","points"],"earn_on_stored_value":false},"conversions":[{"source":"points","into":"miles","from_points":3,"into_points":2,"rounding":"floor"}]}}');
INSERT INTO loyaltyledger.ledger_event VALUES (796917760, 16, 1, 'household-formed.v1', 1709283632000000, 1709283632000000, '{"at":"2024-03-01T09:00:32Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (797966336, 16, 2, 'household-joined.v1', 1709283633000000, 1709283633000000, '{"at":"2024-03-01T09:00:33Z","member_id":"cat","may_spend":true}');
INSERT INTO loyaltyledger.ledger_event VALUES (797966337, 4, 2, 'household-entered.v1', 1709283633000000, 1709283633000000, '{"at":"2024-03-01T09:00:33Z","household_id":"home"}');
INSERT INTO loyaltyledger.ledger_event VALUES (799014912, 16, 3, 'household-joined.v1', 1709283634000000, 1709283634000000, '{"at":"2024-03-01T09:00:34Z","member_id":"dan","may_spend":false}');
INSERT INTO loyaltyledger.ledger_event VALUES (799014913, 5, 2, 'household-entered.v1', 1709283634000000, 1709283634000000, '{"at":"2024-03-01T09:00:34Z","household_id":"home"}');
INSERT INTO loyaltyledger.ledger_event VALUES (800063488, 16, 4, 'spending-allowed.v1', 1709283635000000, 1709283635000000, '{"at":"2024-03-01T09:00:35Z","member_id":"dan","may_spend":true}');
INSERT INTO loyaltyledger.ledger_event VALUES (801112064, 17, 1, 'points-granted.v1', 1709370036000000, 1709370036000000, '{"entry_id":"purchase:p3","at":"2024-03-02T09:00:36Z","kind":"earn","book":"issued","lots":[{"lot_id":"purchase:p3","points":198,"available_from":"2024-03-02T09:00:36Z","expires_at":"2024-06-02T08:00:36Z","slides":false}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (801112065, 18, 1, 'purchase-recorded.v1', 1709370036000000, 1709370036000000, '{"at":"2024-03-02T09:00:36Z","member_id":"dan","basket":{"currency":"GBP","lines":[{"line_id":"tea","sku":"sku tea","quantity":"3","unit_price":"9.99","discount":"0","tax":"0"},{"line_id":"cake","sku":"sku cake","quantity":"1","unit_price":"70.00","discount":"0","tax":"0"}],"discount":"0","tax_included":true},"total":"99.97","line_amounts":["29.97","70.00"],"awards":[{"point_type":"points","points":198,"currency":"GBP","basis":"99.97","rate":{"currency":"GBP","points":2,"per":"1","steps":"whole","rounding":"floor"},"shares":[{"line_id":"tea","basis":"29.97","points":59},{"line_id":"cake","basis":"70.00","points":139}]}],"credits":[{"point_type":"points","account":"account:shop:household:home:points","entry_id":"purchase:p3"}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (802160640, 12, 4, 'points-taken.v1', 1709370037000000, 1709370037000000, '{"entry_id":"command 37","at":"2024-03-02T09:00:37Z","kind":"transfer","book":"transfer","parts":[{"points":50,"kind":"lot","lot_id":"member:bob/command 20/1","bucket":"available","of":0}],"counter":"account:shop:household:home:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (802160641, 17, 2, 'points-granted.v1', 1709370037000000, 1709370037000000, '{"entry_id":"command 37","at":"2024-03-02T09:00:37Z","kind":"transfer","book":"transfer","lots":[{"lot_id":"member:cat/command 37/1","points":50,"available_from":"2024-03-02T09:00:37Z","expires_at":"2024-04-02T08:00:08Z","slides":false}],"counter":"account:shop:member:cat:points"}');
INSERT INTO loyaltyledger.ledger_event VALUES (803209216, 17, 3, 'points-reversed.v1', 1709456438000000, 1709456438000000, '{"entry_id":"return:p3:r2","reverses":"purchase:p3","at":"2024-03-03T09:00:38Z","gives":false,"book":"reversed","parts":[{"points":19,"kind":"lot","lot_id":"purchase:p3","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (803209217, 18, 2, 'return-recorded.v1', 1709456438000000, 1709456438000000, '{"at":"2024-03-03T09:00:38Z","return_id":"r2","lines":[{"line_id":"tea","quantity":"1","amount":"9.99"}],"amount":"9.99","taken":[{"point_type":"points","account":"account:shop:household:home:points","entry_id":"purchase:p3","reversal_id":"return:p3:r2","points":19,"shares":[19,0]}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (804257792, 17, 4, 'points-taken.v1', 1709456439000000, 1709456439000000, '{"entry_id":"command 39","at":"2024-03-03T09:00:39Z","kind":"spend","book":"spent","parts":[{"points":50,"kind":"lot","lot_id":"member:cat/command 37/1","bucket":"available","of":0},{"points":10,"kind":"lot","lot_id":"purchase:p3","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (805306368, 17, 5, 'points-reversed.v1', 1709542840000000, 1709542840000000, '{"entry_id":"cancel:return:p3:r2","reverses":"return:p3:r2","at":"2024-03-04T09:00:40Z","gives":true,"book":"reversed","parts":[{"points":19,"kind":"lot","lot_id":"purchase:p3","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (805306369, 18, 3, 'return-cancelled.v1', 1709542840000000, 1709542840000000, '{"at":"2024-03-04T09:00:40Z","return_id":"r2"}');
INSERT INTO loyaltyledger.ledger_event VALUES (806354944, 16, 5, 'household-left.v1', 1709542841000000, 1709542841000000, '{"at":"2024-03-04T09:00:41Z","member_id":"dan"}');
INSERT INTO loyaltyledger.ledger_event VALUES (806354945, 5, 3, 'household-exited.v1', 1709542841000000, 1709542841000000, '{"at":"2024-03-04T09:00:41Z","household_id":"home"}');
INSERT INTO loyaltyledger.ledger_event VALUES (807403520, 19, 1, 'points-taken.v1', 1709629242000000, 1709629242000000, '{"entry_id":"return:u1","at":"2024-03-05T09:00:42Z","kind":"clawback","book":"reversed","parts":[{"points":34,"kind":"debt","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (807403521, 20, 1, 'unlinked-return-recorded.v1', 1709629242000000, 1709629242000000, '{"at":"2024-03-05T09:00:42Z","member_id":"eve","basket":{"currency":"GBP","lines":[{"line_id":"jug","sku":"sku jug","quantity":"1","unit_price":"17.00","discount":"0","tax":"0"}],"discount":"0","tax_included":true},"total":"17.00","awards":[{"point_type":"points","points":34,"currency":"GBP","basis":"17.00","rate":{"currency":"GBP","points":2,"per":"1","steps":"whole","rounding":"floor"},"shares":[{"line_id":"jug","basis":"17.00","points":34}]}],"credits":[{"point_type":"points","account":"account:shop:member:eve:points","entry_id":"return:u1"}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (808452096, 21, 1, 'return-awaited.v1', 1709715643000000, 1709715643000000, '{"at":"2024-03-06T09:00:43Z","return_id":"r3","lines":[{"line_id":"mug","quantity":"1"}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (809500672, 10, 11, 'points-granted.v1', 1709802044000000, 1709802044000000, '{"entry_id":"purchase:p4","at":"2024-03-07T09:00:44Z","kind":"earn","book":"issued","lots":[{"lot_id":"purchase:p4","points":60,"available_from":"2024-03-07T09:00:44Z","expires_at":"2024-06-07T08:00:44Z","slides":false}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (809500673, 10, 12, 'points-reversed.v1', 1709802044000000, 1709802044000000, '{"entry_id":"return:p4:r3","reverses":"purchase:p4","at":"2024-03-07T09:00:44Z","gives":false,"book":"reversed","parts":[{"points":13,"kind":"lot","lot_id":"purchase:p4","bucket":"available","of":0}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (809500674, 21, 2, 'purchase-recorded.v1', 1709802044000000, 1709802044000000, '{"at":"2024-03-07T09:00:44Z","member_id":"bob","basket":{"currency":"GBP","lines":[{"line_id":"mug","sku":"sku mug","quantity":"3","unit_price":"9.99","category":"kitchen","discount":"0.97","tax":"0"},{"line_id":"salt","sku":"sku salt","quantity":"0.75","unit_price":"20.00","discount":"0","tax":"2.50"}],"tenders":[{"method":"card","amount":"30.00"},{"method":"gift_card","amount":"10.00"}],"discount":"4.00","tax_included":true},"total":"40.0000","line_amounts":["26.36","13.6400"],"awards":[{"point_type":"points","points":60,"currency":"GBP","basis":"30.0000","rate":{"currency":"GBP","points":2,"per":"1","steps":"whole","rounding":"floor"},"shares":[{"line_id":"mug","basis":"19.77","points":40},{"line_id":"salt","basis":"10.2300","points":20}]}],"credits":[{"point_type":"points","account":"account:shop:member:bob:points","entry_id":"purchase:p4"}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (809500675, 21, 3, 'return-recorded.v1', 1709802044000000, 1709802044000000, '{"at":"2024-03-07T09:00:44Z","return_id":"r3","lines":[{"line_id":"mug","quantity":"1","amount":"8.78"}],"amount":"8.7800","taken":[{"point_type":"points","account":"account:shop:member:bob:points","entry_id":"purchase:p4","reversal_id":"return:p4:r3","points":13,"shares":[13,0]}],"refunds":[{"method":"card","amount":"6.5850"},{"method":"gift_card","amount":"2.1950"}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (810549248, 8, 10, 'points-granted.v1', 1704963600000000, 1709888445000000, '{"entry_id":"purchase:p5","at":"2024-01-11T09:00:00Z","kind":"earn","book":"issued","lots":[{"lot_id":"purchase:p5","points":33,"available_from":"2024-01-11T09:00:00Z","expires_at":"2024-04-11T08:00:00Z","slides":false}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (810549249, 22, 1, 'purchase-recorded.v1', 1704963600000000, 1709888445000000, '{"at":"2024-01-11T09:00:00Z","member_id":"ann","basket":{"currency":"GBP","lines":[{"line_id":"cup","sku":"sku cup","quantity":"2","unit_price":"16.50","discount":"0","tax":"0"}],"discount":"0","tax_included":true},"total":"33.00","line_amounts":["33.00"],"awards":[{"point_type":"points","points":33,"currency":"GBP","basis":"33.00","rate":{"currency":"GBP","points":1,"per":"1","steps":"whole","rounding":"floor"},"shares":[{"line_id":"cup","basis":"33.00","points":33}]}],"credits":[{"point_type":"points","account":"account:shop:member:ann:points","entry_id":"purchase:p5"}]}');
INSERT INTO loyaltyledger.ledger_event VALUES (811597824, 8, 11, 'points-expired.v1', 1712217615000000, 1715331646000000, '{"lot_id":"purchase:p2","at":"2024-04-04T08:00:15Z","points":15}');
INSERT INTO loyaltyledger.ledger_event VALUES (811597825, 8, 12, 'points-expired.v1', 1712390418000000, 1715331646000000, '{"lot_id":"command 18","at":"2024-04-06T08:00:18Z","points":25}');
INSERT INTO loyaltyledger.ledger_event VALUES (811597826, 8, 13, 'points-expired.v1', 1712822400000000, 1715331646000000, '{"lot_id":"purchase:p5","at":"2024-04-11T08:00:00Z","points":33}');
INSERT INTO loyaltyledger.ledger_event VALUES (812646400, 10, 13, 'points-expired.v1', 1712044808000000, 1715331647000000, '{"lot_id":"command 8","at":"2024-04-02T08:00:08Z","points":325}');
INSERT INTO loyaltyledger.ledger_event VALUES (814743552, 15, 5, 'points-expired.v1', 1711872030000000, 1715331649000000, '{"lot_id":"command 29","at":"2024-03-31T08:00:30Z","points":25}');
INSERT INTO loyaltyledger.ledger_event VALUES (815792128, 2, 2, 'member-frozen.v1', 1715418050000000, 1715418050000000, '{"at":"2024-05-11T09:00:50Z","reason":"fraud"}');
INSERT INTO loyaltyledger.ledger_event VALUES (816840704, 2, 3, 'member-unfrozen.v1', 1715504451000000, 1715504451000000, '{"at":"2024-05-12T09:00:51Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (817889280, 13, 2, 'account-closed.v1', 1715590852000000, 1715590852000000, '{"at":"2024-05-13T09:00:52Z","forfeited":[{"points":20,"kind":"lot","lot_id":"command 23","bucket":"available","of":0}],"written_off":0}');
INSERT INTO loyaltyledger.ledger_event VALUES (817889281, 10, 14, 'account-closed.v1', 1715590852000000, 1715590852000000, '{"at":"2024-05-13T09:00:52Z","forfeited":[{"points":47,"kind":"lot","lot_id":"purchase:p4","bucket":"available","of":0}],"written_off":0}');
INSERT INTO loyaltyledger.ledger_event VALUES (817889282, 23, 1, 'account-closed.v1', 1715590852000000, 1715590852000000, '{"at":"2024-05-13T09:00:52Z","written_off":0}');
INSERT INTO loyaltyledger.ledger_event VALUES (817889283, 3, 2, 'member-closed.v1', 1715590852000000, 1715590852000000, '{"at":"2024-05-13T09:00:52Z"}');
INSERT INTO loyaltyledger.ledger_event VALUES (818937856, 24, 1, 'account-closed.v1', 1715590853000000, 1715590853000000, '{"at":"2024-05-13T09:00:53Z","written_off":0}');
INSERT INTO loyaltyledger.ledger_event VALUES (818937857, 19, 2, 'account-closed.v1', 1715590853000000, 1715590853000000, '{"at":"2024-05-13T09:00:53Z","written_off":34}');
INSERT INTO loyaltyledger.ledger_event VALUES (818937858, 25, 1, 'account-closed.v1', 1715590853000000, 1715590853000000, '{"at":"2024-05-13T09:00:53Z","written_off":0}');
INSERT INTO loyaltyledger.ledger_event VALUES (818937859, 6, 2, 'member-closed.v1', 1715590853000000, 1715590853000000, '{"at":"2024-05-13T09:00:53Z"}');



INSERT INTO loyaltyledger.ledger_meta VALUES ('schema_version', '2');
INSERT INTO loyaltyledger.ledger_meta VALUES ('ledger_id', 'a6cd1f83124b6828988b498cc73cda5b');
INSERT INTO loyaltyledger.ledger_meta VALUES ('xid_offset', '0');



INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (7, 'member:shop:%CE%96%CF%89%CE%AE', 1, 1704099606000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (9, 'purchase:shop:p1', 2, 1704358814000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (11, 'purchase:shop:p2', 1, 1704358815000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (1, 'programme:shop', 2, 1707555631000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (4, 'member:shop:cat', 2, 1709283633000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (12, 'account:shop:member:cat:points', 4, 1709370037000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (17, 'account:shop:household:home:points', 5, 1709542840000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (18, 'purchase:shop:p3', 3, 1709542840000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (16, 'household:shop:home', 5, 1709542841000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (5, 'member:shop:dan', 3, 1709542841000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (20, 'return:shop:u1', 1, 1709629242000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (21, 'purchase:shop:p4', 3, 1709802044000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (22, 'purchase:shop:p5', 1, 1709888445000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (8, 'account:shop:member:ann:points', 13, 1715331646000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (14, 'account:shop:member:dan:miles', 7, 1715331648000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (15, 'account:shop:member:%CE%96%CF%89%CE%AE:stars', 5, 1715331649000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (2, 'member:shop:ann', 3, 1715504451000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (13, 'account:shop:member:bob:miles', 2, 1715590852000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (10, 'account:shop:member:bob:points', 14, 1715590852000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (23, 'account:shop:member:bob:stars', 1, 1715590852000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (3, 'member:shop:bob', 2, 1715590852000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (24, 'account:shop:member:eve:miles', 1, 1715590853000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (19, 'account:shop:member:eve:points', 2, 1715590853000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (25, 'account:shop:member:eve:stars', 1, 1715590853000000);
INSERT INTO loyaltyledger.ledger_stream OVERRIDING SYSTEM VALUE VALUES (6, 'member:shop:eve', 2, 1715590853000000);



INSERT INTO loyaltyledger.view_account VALUES (770703360, 'account:shop:member:ann:points', 'shop', 'member', 'ann', 'points', 1712822400000000);
INSERT INTO loyaltyledger.view_account VALUES (771751936, 'account:shop:member:bob:points', 'shop', 'member', 'bob', 'points', 1715590852000000);
INSERT INTO loyaltyledger.view_account VALUES (784334849, 'account:shop:member:cat:points', 'shop', 'member', 'cat', 'points', 1709370037000000);
INSERT INTO loyaltyledger.view_account VALUES (787480577, 'account:shop:member:bob:miles', 'shop', 'member', 'bob', 'miles', 1715590852000000);
INSERT INTO loyaltyledger.view_account VALUES (788529152, 'account:shop:member:dan:miles', 'shop', 'member', 'dan', 'miles', 1706518825000000);
INSERT INTO loyaltyledger.view_account VALUES (793772032, 'account:shop:member:%CE%96%CF%89%CE%AE:stars', 'shop', 'member', 'Ζωή', 'stars', 1711872030000000);
INSERT INTO loyaltyledger.view_account VALUES (801112064, 'account:shop:household:home:points', 'shop', 'household', 'home', 'points', 1709542840000000);
INSERT INTO loyaltyledger.view_account VALUES (807403520, 'account:shop:member:eve:points', 'shop', 'member', 'eve', 'points', 1715590853000000);
INSERT INTO loyaltyledger.view_account VALUES (817889282, 'account:shop:member:bob:stars', 'shop', 'member', 'bob', 'stars', 1715590852000000);
INSERT INTO loyaltyledger.view_account VALUES (818937856, 'account:shop:member:eve:miles', 'shop', 'member', 'eve', 'miles', 1715590853000000);
INSERT INTO loyaltyledger.view_account VALUES (818937858, 'account:shop:member:eve:stars', 'shop', 'member', 'eve', 'stars', 1715590853000000);






INSERT INTO loyaltyledger.view_lot VALUES (770703360, 'purchase:p1', 'purchase:p1', 99, 0, 0, 1704099607000000, 1704099607000000, 1711958407000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (771751936, 'command 8', 'command 8', 500, 325, 325, 1704186008000000, 1704186008000000, 1712044808000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (770703360, 'purchase:p2', 'purchase:p2', 55, 15, 15, 1704358815000000, 1704358815000000, 1712217615000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (770703360, 'command 18', 'command 18', 25, 25, 25, 1704531618000000, 1704531618000000, 1712390418000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (784334849, 'member:bob/command 20/1', 'command 20', 70, 20, 0, 1704618020000000, 1704618020000000, 1712044808000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (784334849, 'member:bob/t2/1', 't2', 30, 0, 0, 1704618021000000, 1704618021000000, 1712044808000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (787480577, 'command 23', 'command 23', 20, 0, 0, 1704704423000000, 1704704423000000, NULL, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (788529152, 'm1', 'm1', 11, 0, 0, 1704790824000000, 1704963626000000, NULL, 1706518824000000);
INSERT INTO loyaltyledger.view_lot VALUES (788529152, 'cancelled', 'cancelled', 13, 13, 13, 1704790825000000, NULL, NULL, 1706518825000000);
INSERT INTO loyaltyledger.view_lot VALUES (793772032, 'command 29', 'command 29', 40, 25, 25, 1705136429000000, 1705309229000000, 1711872030000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (801112064, 'purchase:p3', 'purchase:p3', 198, 188, 0, 1709370036000000, 1709370036000000, 1717315236000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (801112064, 'member:cat/command 37/1', 'command 37', 50, 0, 0, 1709370037000000, 1709370037000000, 1712044808000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (771751936, 'purchase:p4', 'purchase:p4', 60, 0, 0, 1709802044000000, 1709802044000000, 1717747244000000, NULL);
INSERT INTO loyaltyledger.view_lot VALUES (770703360, 'purchase:p5', 'purchase:p5', 33, 33, 33, 1704963600000000, 1704963600000000, 1712822400000000, NULL);






INSERT INTO loyaltyledger.view_position VALUES ('accounts', 1, 818937859);
INSERT INTO loyaltyledger.view_position VALUES ('purchases', 1, 818937859);
INSERT INTO loyaltyledger.view_position VALUES ('statements', 1, 818937859);



INSERT INTO loyaltyledger.view_purchase VALUES (770703361, 'purchase:shop:p1', 'shop', 'purchased', 'ann', 'p1', NULL, 1704099607000000, 1704099607000000, '99.97', 'GBP');
INSERT INTO loyaltyledger.view_purchase VALUES (778043394, 'purchase:shop:p1', 'shop', 'returned', NULL, 'p1', 'r1', 1704358814000000, 1704358814000000, '99.97', NULL);
INSERT INTO loyaltyledger.view_purchase VALUES (779091970, 'purchase:shop:p2', 'shop', 'purchased', 'ann', 'p2', NULL, 1704358815000000, 1704358815000000, '55.50', 'GBP');
INSERT INTO loyaltyledger.view_purchase VALUES (801112065, 'purchase:shop:p3', 'shop', 'purchased', 'dan', 'p3', NULL, 1709370036000000, 1709370036000000, '99.97', 'GBP');
INSERT INTO loyaltyledger.view_purchase VALUES (803209217, 'purchase:shop:p3', 'shop', 'returned', NULL, 'p3', 'r2', 1709456438000000, 1709456438000000, '9.99', NULL);
INSERT INTO loyaltyledger.view_purchase VALUES (805306369, 'purchase:shop:p3', 'shop', 'return-cancelled', NULL, 'p3', 'r2', 1709542840000000, 1709542840000000, NULL, NULL);
INSERT INTO loyaltyledger.view_purchase VALUES (807403521, 'return:shop:u1', 'shop', 'returned-unlinked', 'eve', NULL, 'u1', 1709629242000000, 1709629242000000, '17.00', 'GBP');
INSERT INTO loyaltyledger.view_purchase VALUES (808452096, 'purchase:shop:p4', 'shop', 'return-awaited', NULL, 'p4', 'r3', 1709715643000000, 1709715643000000, NULL, NULL);
INSERT INTO loyaltyledger.view_purchase VALUES (809500674, 'purchase:shop:p4', 'shop', 'purchased', 'bob', 'p4', NULL, 1709802044000000, 1709802044000000, '40.0000', 'GBP');
INSERT INTO loyaltyledger.view_purchase VALUES (809500675, 'purchase:shop:p4', 'shop', 'returned', NULL, 'p4', 'r3', 1709802044000000, 1709802044000000, '8.7800', NULL);
INSERT INTO loyaltyledger.view_purchase VALUES (810549249, 'purchase:shop:p5', 'shop', 'purchased', 'ann', 'p5', NULL, 1704963600000000, 1709888445000000, '33.00', 'GBP');



INSERT INTO loyaltyledger.view_statement VALUES (770703360, 'account:shop:member:ann:points', 1704099607000000, 1704099607000000, 'earn', 'purchase:p1', 99, 99, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (771751936, 'account:shop:member:bob:points', 1704186008000000, 1704186008000000, 'opening', 'command 8', 500, 500, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (772800512, 'account:shop:member:ann:points', 1704186009000000, 1704186009000000, 'hold', 'h1', 0, -60, 60, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (773849088, 'account:shop:member:ann:points', 1704186010000000, 1704186010000000, 'capture', 'command 10', -40, 20, -60, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (774897664, 'account:shop:member:ann:points', 1704272411000000, 1704272411000000, 'hold', 'lapses', 0, -20, 20, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (775946240, 'account:shop:member:bob:points', 1704272412000000, 1704272412000000, 'hold', 'voided', 0, -50, 50, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (776994816, 'account:shop:member:bob:points', 1704272413000000, 1704272413000000, 'void', 'voided', 0, 50, -50, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (778043392, 'account:shop:member:ann:points', 1704274211000000, 1704358814000000, 'lapse', 'lapses', 0, 20, -20, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (778043393, 'account:shop:member:ann:points', 1704358814000000, 1704358814000000, 'reversal', 'return:p1:r1', -99, -59, 0, 0, -40);
INSERT INTO loyaltyledger.view_statement VALUES (779091968, 'account:shop:member:ann:points', 1704358815000000, 1704358815000000, 'earn', 'purchase:p2', 55, 55, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (779091969, 'account:shop:member:ann:points', 1704358815000000, 1704358815000000, 'debt-payment', 'return:p1:r1', 0, -40, 0, 0, 40);
INSERT INTO loyaltyledger.view_statement VALUES (780140544, 'account:shop:member:bob:points', 1704358816000000, 1704358816000000, 'spend', 's1', -100, -100, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (781189120, 'account:shop:member:bob:points', 1704445217000000, 1704445217000000, 'reversal', 'command 17', 30, 30, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (782237696, 'account:shop:member:ann:points', 1704531618000000, 1704531618000000, 'adjustment', 'command 18', 25, 25, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (783286272, 'account:shop:member:bob:points', 1704531619000000, 1704531619000000, 'adjustment', 'command 19', -5, -5, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (784334848, 'account:shop:member:bob:points', 1704618020000000, 1704618020000000, 'transfer', 'command 20', -70, -70, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (784334849, 'account:shop:member:cat:points', 1704618020000000, 1704618020000000, 'transfer', 'command 20', 70, 70, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (785383424, 'account:shop:member:bob:points', 1704618021000000, 1704618021000000, 'transfer', 't2', -30, -30, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (785383425, 'account:shop:member:cat:points', 1704618021000000, 1704618021000000, 'transfer', 't2', 30, 30, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (786432000, 'account:shop:member:cat:points', 1704704422000000, 1704704422000000, 'reversal', 'command 22', -30, -30, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (786432001, 'account:shop:member:bob:points', 1704704422000000, 1704704422000000, 'reversal', 'command 22', 30, 30, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (787480576, 'account:shop:member:bob:points', 1704704423000000, 1704704423000000, 'conversion', 'command 23', -30, -30, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (787480577, 'account:shop:member:bob:miles', 1704704423000000, 1704704423000000, 'conversion', 'command 23', 20, 20, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (788529152, 'account:shop:member:dan:miles', 1704790824000000, 1704790824000000, 'earn', 'm1', 11, 0, 0, 11, 0);
INSERT INTO loyaltyledger.view_statement VALUES (789577728, 'account:shop:member:dan:miles', 1704790825000000, 1704790825000000, 'earn', 'cancelled', 13, 0, 0, 13, 0);
INSERT INTO loyaltyledger.view_statement VALUES (790626305, 'account:shop:member:dan:miles', 1704963626000000, 1704963626000000, 'activation', 'm1', 0, 11, 0, -11, 0);
INSERT INTO loyaltyledger.view_statement VALUES (791674880, 'account:shop:member:dan:miles', 1705050027000000, 1705050027000000, 'spend', 'command 27', -9, -9, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (792723456, 'account:shop:member:dan:miles', 1705136428000000, 1705136428000000, 'reversal', 'command 28', -2, -2, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (793772032, 'account:shop:member:%CE%96%CF%89%CE%AE:stars', 1705136429000000, 1705136429000000, 'earn', 'command 29', 40, 0, 0, 40, 0);
INSERT INTO loyaltyledger.view_statement VALUES (794820608, 'account:shop:member:%CE%96%CF%89%CE%AE:stars', 1705309229000000, 1706691630000000, 'activation', 'command 29', 0, 40, 0, -40, 0);
INSERT INTO loyaltyledger.view_statement VALUES (794820609, 'account:shop:member:%CE%96%CF%89%CE%AE:stars', 1706691630000000, 1706691630000000, 'spend', 'command 30', -15, -15, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (801112064, 'account:shop:household:home:points', 1709370036000000, 1709370036000000, 'earn', 'purchase:p3', 198, 198, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (802160640, 'account:shop:member:cat:points', 1709370037000000, 1709370037000000, 'transfer', 'command 37', -50, -50, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (802160641, 'account:shop:household:home:points', 1709370037000000, 1709370037000000, 'transfer', 'command 37', 50, 50, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (803209216, 'account:shop:household:home:points', 1709456438000000, 1709456438000000, 'reversal', 'return:p3:r2', -19, -19, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (804257792, 'account:shop:household:home:points', 1709456439000000, 1709456439000000, 'spend', 'command 39', -60, -60, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (805306368, 'account:shop:household:home:points', 1709542840000000, 1709542840000000, 'reversal', 'cancel:return:p3:r2', 19, 19, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (807403520, 'account:shop:member:eve:points', 1709629242000000, 1709629242000000, 'clawback', 'return:u1', -34, 0, 0, 0, -34);
INSERT INTO loyaltyledger.view_statement VALUES (809500672, 'account:shop:member:bob:points', 1709802044000000, 1709802044000000, 'earn', 'purchase:p4', 60, 60, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (809500673, 'account:shop:member:bob:points', 1709802044000000, 1709802044000000, 'reversal', 'return:p4:r3', -13, -13, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (810549248, 'account:shop:member:ann:points', 1704963600000000, 1709888445000000, 'earn', 'purchase:p5', 33, 33, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (811597824, 'account:shop:member:ann:points', 1712217615000000, 1715331646000000, 'expiry', 'purchase:p2', -15, -15, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (811597825, 'account:shop:member:ann:points', 1712390418000000, 1715331646000000, 'expiry', 'command 18', -25, -25, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (811597826, 'account:shop:member:ann:points', 1712822400000000, 1715331646000000, 'expiry', 'purchase:p5', -33, -33, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (812646400, 'account:shop:member:bob:points', 1712044808000000, 1715331647000000, 'expiry', 'command 8', -325, -325, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (813694976, 'account:shop:member:dan:miles', 1706518825000000, 1715331648000000, 'cancellation', 'cancelled', -13, 0, 0, -13, 0);
INSERT INTO loyaltyledger.view_statement VALUES (814743552, 'account:shop:member:%CE%96%CF%89%CE%AE:stars', 1711872030000000, 1715331649000000, 'expiry', 'command 29', -25, -25, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (817889280, 'account:shop:member:bob:miles', 1715590852000000, 1715590852000000, 'closing', '', -20, -20, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (817889281, 'account:shop:member:bob:points', 1715590852000000, 1715590852000000, 'closing', '', -47, -47, 0, 0, 0);
INSERT INTO loyaltyledger.view_statement VALUES (818937857, 'account:shop:member:eve:points', 1715590853000000, 1715590853000000, 'closing', '', 34, 0, 0, 0, 34);



SELECT pg_catalog.setval('loyaltyledger.ledger_stream_id_seq', 25, true);



ALTER TABLE ONLY loyaltyledger.ledger_command
    ADD CONSTRAINT ledger_command_pkey PRIMARY KEY (key);



ALTER TABLE ONLY loyaltyledger.ledger_event
    ADD CONSTRAINT ledger_event_pkey PRIMARY KEY (id);



ALTER TABLE ONLY loyaltyledger.ledger_event
    ADD CONSTRAINT ledger_event_stream_version_key UNIQUE (stream, version);



ALTER TABLE ONLY loyaltyledger.ledger_meta
    ADD CONSTRAINT ledger_meta_pkey PRIMARY KEY (name);



ALTER TABLE ONLY loyaltyledger.ledger_stream
    ADD CONSTRAINT ledger_stream_name_key UNIQUE (name);



ALTER TABLE ONLY loyaltyledger.ledger_stream
    ADD CONSTRAINT ledger_stream_pkey PRIMARY KEY (id);



ALTER TABLE ONLY loyaltyledger.view_account
    ADD CONSTRAINT view_account_pkey PRIMARY KEY (id);



ALTER TABLE ONLY loyaltyledger.view_account
    ADD CONSTRAINT view_account_stream_key UNIQUE (stream);



ALTER TABLE ONLY loyaltyledger.view_debt
    ADD CONSTRAINT view_debt_pkey PRIMARY KEY (account, entry_id, part);



ALTER TABLE ONLY loyaltyledger.view_lot
    ADD CONSTRAINT view_lot_pkey PRIMARY KEY (account, lot_id);



ALTER TABLE ONLY loyaltyledger.view_pin
    ADD CONSTRAINT view_pin_pkey PRIMARY KEY (account, hold_id, lot_id);



ALTER TABLE ONLY loyaltyledger.view_position
    ADD CONSTRAINT view_position_pkey PRIMARY KEY (name);



ALTER TABLE ONLY loyaltyledger.view_purchase
    ADD CONSTRAINT view_purchase_pkey PRIMARY KEY ("position");



ALTER TABLE ONLY loyaltyledger.view_statement
    ADD CONSTRAINT view_statement_pkey PRIMARY KEY ("position");



CREATE INDEX ledger_command_first_event ON loyaltyledger.ledger_command USING btree (first_event);



CREATE INDEX view_account_owner ON loyaltyledger.view_account USING btree (programme, owner_kind, owner, point_type);



CREATE INDEX view_lot_open ON loyaltyledger.view_lot USING btree (account) WHERE (remaining <> gone);



CREATE INDEX view_purchase_member ON loyaltyledger.view_purchase USING btree (programme, member);



CREATE INDEX view_purchase_stream ON loyaltyledger.view_purchase USING btree (stream);



CREATE INDEX view_statement_account ON loyaltyledger.view_statement USING btree (account, at, "position");





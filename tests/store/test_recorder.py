"""The event-sourcing library's own tools read the log."""

from typing import Any

import pytest
from eventsourcing.application import Application, LocalNotificationLog
from eventsourcing.persistence import (
    EventStore,
    InfrastructureFactory,
    Notification,
    StoredEvent,
)
from eventsourcing.utils import Environment

from loyaltyledger.store import ReadOnlyLogError, Store
from loyaltyledger.store import recorder as recorder_module
from loyaltyledger.store.recorder import LedgerFactory, LedgerRecorder
from store.sample import counted, write


def application_on(store: Store) -> Application[str]:
    class Reader(Application[str]):
        def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:  # noqa: ARG002  # upstream's
            return LedgerFactory(store)

    return Reader()


def test_an_application_follows_the_whole_log(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "PAGE", 2)
    told = sum((write(store, f"k{n}", f"a:{n % 2}", n, n + 1) for n in range(1, 8)), ())
    log = application_on(store).notification_log

    start: int | None = None
    found: list[Notification] = []
    while page := log.select(start=start, limit=3, inclusive_of_start=False):
        found += page
        start = page[-1].id

    assert [
        (each.id, each.originator_id, each.originator_version) for each in found
    ] == [(each.position, each.stream, each.version) for each in told]


def test_an_application_decodes_a_stream(store: Store) -> None:
    write(store, "k", "a:1", 1, 2, 3)
    events: EventStore[Any] = application_on(store).events

    assert list[Any](events.get("a:1")) == [counted(1), counted(2), counted(3)]
    assert list[Any](events.get("a:1", gt=1, lte=2)) == [counted(2)]
    assert list[Any](events.get("a:1", desc=True, limit=2)) == [counted(3), counted(2)]


def test_sections_of_the_log_reach_its_end(store: Store) -> None:
    told = write(store, "k", "a:1", 1, 2, 3)
    log = LocalNotificationLog(LedgerRecorder(store), section_size=2)

    section = log[f"{told[0].position},{told[0].position + 1}"]

    assert [item.id for item in section.items] == [each.position for each in told[:2]]
    assert section.next_id is not None
    assert [item.id for item in log[section.next_id].items] == [told[2].position]


def test_selects_by_name_and_up_to_a_place(store: Store) -> None:
    told = write(store, "k", "a:1", 1, 2, 3)
    reader = LedgerRecorder(store)

    everything = reader.select_notifications(None, 10, topics=["counted.v1"])
    upto = reader.select_notifications(told[1].position, 10, stop=told[1].position)

    assert [each.id for each in everything] == [each.position for each in told]
    assert [each.id for each in upto] == [told[1].position]
    assert reader.select_notifications(1, 10, topics=["closed.v1"]) == []


def test_knows_the_end_of_the_log(store: Store) -> None:
    reader = LedgerRecorder(store)
    assert reader.max_notification_id() is None

    (told,) = write(store, "k", "a:1", 1)

    assert reader.max_notification_id() == told.position


def test_never_writes(store: Store) -> None:
    application = application_on(store)
    event = StoredEvent(
        originator_id="a:1", originator_version=1, topic="counted.v1", state=b"{}"
    )

    with pytest.raises(ReadOnlyLogError):
        application.recorder.insert_events([event])
    with pytest.raises(ReadOnlyLogError):
        application.mapper.to_stored_event(counted(1))  # type: ignore[arg-type]  # any event
    with pytest.raises(ReadOnlyLogError):
        application.factory.tracking_recorder()
    with pytest.raises(ReadOnlyLogError):
        application.factory.process_recorder()
    with pytest.raises(ReadOnlyLogError):
        application.factory.aggregate_recorder().insert_events([event])
    with pytest.raises(NotImplementedError):
        application.recorder.subscribe()

    assert store.log() == ()

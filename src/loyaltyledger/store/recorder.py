"""The log as the event-sourcing library's own tools see it: to read, never to write.

Nothing here comes from the environment: the factory is made around an open store.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NoReturn
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    Mapper,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    TrackingRecorder,
    Transcoder,
)
from eventsourcing.utils import Environment

from .errors import ReadOnlyLogError
from .records import RawEvent
from .store import Store

PAGE = 1000


class LedgerRecorder(ApplicationRecorder):
    """Stored events and notifications of a ledger; ids have gaps in PostgreSQL."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],  # noqa: ARG002  # upstream's
        **kwargs: object,  # noqa: ARG002  # upstream's
    ) -> NoReturn:
        raise ReadOnlyLogError

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        with self._store.reading() as reading:
            rows = reading.raw_events(str(originator_id), after=gt or 0)
        chosen = [row for row in rows if lte is None or row.version <= lte]
        if desc:
            chosen.reverse()
        return [
            StoredEvent(
                originator_id=row.stream,
                originator_version=row.version,
                topic=row.name,
                state=row.payload,
            )
            for row in chosen[:limit]
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = (start or 0) - (1 if inclusive_of_start and start else 0)
        found = (
            row for row in self._rows(after, stop) if not topics or row.name in topics
        )
        return [
            Notification(
                id=row.position,
                originator_id=row.stream,
                originator_version=row.version,
                topic=row.name,
                state=row.payload,
            )
            for row in islice(found, limit)
        ]

    def _rows(self, after: int, stop: int | None) -> Iterator[RawEvent]:
        while rows := self._store.raw(after=after, limit=PAGE):
            for row in rows:
                if stop is not None and row.position > stop:
                    return
                yield row
            after = rows[-1].position

    def max_notification_id(self) -> int | None:
        return self._store.head() or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Not offered: followers pull, on every engine."""
        raise NotImplementedError


class LedgerMapper(Mapper[str]):
    """Gives a stored event as the ledger decodes it, with its place in the log."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def to_stored_event(self, domain_event: object) -> NoReturn:  # noqa: ARG002  # upstream's
        raise ReadOnlyLogError

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401  # any event
        row = RawEvent(
            position=getattr(stored_event, "id", 0),
            stream=str(stored_event.originator_id),
            version=stored_event.originator_version,
            name=stored_event.topic,
            at=0,
            recorded_at=0,
            payload=stored_event.state,
        )
        return self._store.decode(row).event


class LedgerFactory(InfrastructureFactory[TrackingRecorder]):
    """Lets an application of `eventsourcing` read: return it in `construct_factory`."""

    def __init__(self, store: Store) -> None:
        super().__init__(Environment(env={}))
        self._store = store

    def mapper(
        self,
        transcoder: Transcoder | None = None,  # noqa: ARG002  # upstream's
        mapper_class: object = None,  # noqa: ARG002  # upstream's
    ) -> Any:  # noqa: ANN401  # upstream's is generic
        return LedgerMapper(self._store)

    def application_recorder(self) -> ApplicationRecorder:
        return LedgerRecorder(self._store)

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:  # noqa: ARG002  # upstream's
        return LedgerRecorder(self._store)

    def tracking_recorder(
        self,
        tracking_recorder_class: type[TrackingRecorder] | None = None,  # noqa: ARG002  # upstream's
    ) -> NoReturn:
        raise ReadOnlyLogError

    def process_recorder(self) -> ProcessRecorder:
        raise ReadOnlyLogError

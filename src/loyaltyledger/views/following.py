"""Following the log: every event into every view exactly once.

A view's position is written in the same commit as the rows made of the events up to
it, and only if it still is where the follower began. So two followers may race, and
one may be killed at any point.
"""

from collections.abc import Callable, Sequence

import attrs
from sqlalchemy import Connection, delete, insert, inspect, select, update

from ..store import NewerStoreError, Recorded, StoreError
from .accounts import ACCOUNTS
from .database import Database
from .purchases import PURCHASES
from .statement import STATEMENTS
from .tables import METADATA, POSITION
from .view import UnreadableRowError, View

VIEWS = (ACCOUNTS, PURCHASES, STATEMENTS)  # in order of name, in which they are locked
EVENTS_PER_PAGE = 2000


@attrs.frozen(kw_only=True)
class Progress:
    """How far a view has come: *events* taken in, up to *position* of *head*."""

    events: int
    position: int
    head: int


class _OvertakenError(Exception):
    """Another follower took these events in first."""


class Follower:
    """Brings the views up to date."""

    def __init__(
        self,
        database: Database,
        *,
        views: Sequence[View] = VIEWS,
        events_per_page: int = EVENTS_PER_PAGE,
        wait: bool = True,
    ) -> None:
        self._database = database
        self._store = database.store
        self._views = {view.name: view for view in views}
        self._events_per_page = events_per_page
        self._wait = wait

    def follow(self, progress: Callable[[Progress], None] | None = None) -> int:
        """Take in all there is by now; return how many events that was."""
        head = self._store.head()
        events = 0
        while (position := self._lowest(head)) < head:
            taken = self._step(position)
            if taken is None:
                break
            events += taken
            if progress is not None:
                position = max(position, self._lowest(head))
                progress(Progress(events=events, position=position, head=head))
        return events

    def positions(self, connection: Connection) -> dict[str, int]:
        """Return how far each view is; begin anew one that an older version made."""
        rows = {name: rest for name, *rest in connection.execute(select(POSITION))}
        positions = {}
        for name, view in self._views.items():
            if name not in rows:
                raise self._database.not_migrated()
            version, position = rows[name]
            for column, value in (("version", version), ("position", position)):
                if not isinstance(value, int):
                    raise UnreadableRowError(view=name, column=column, value=value)
            if version > view.version:
                raise NewerStoreError(
                    database=f"{self._store.database}, view {name}",
                    found=version,
                    supported=view.version,
                )
            positions[name] = position if version == view.version else -1
        return positions

    def clear(self) -> None:
        """Forget everything: the next time, the views are made from the whole log."""
        with self._database.writing(wait=self._wait) as connection:
            self._clear(connection, tuple(self._views))

    def _clear(self, connection: Connection, names: Sequence[str]) -> None:
        for name in names:
            view = self._views[name]
            connection.execute(
                update(POSITION)
                .where(POSITION.c.name == name)
                .values(version=view.version, position=0)
            )
            for table in view.tables:
                connection.execute(delete(table))

    def _lowest(self, head: int) -> int:
        """Return where the last of the views is."""
        with self._database.reading() as connection:
            positions = self.positions(connection)
        outdated = tuple(name for name, at in positions.items() if at < 0)
        if outdated:
            self._renew(outdated)
        return min((max(0, at) for at in positions.values()), default=head)

    def _renew(self, names: Sequence[str]) -> None:
        """Begin views anew, unless somebody else has done so meanwhile."""
        with self._database.writing(wait=self._wait) as connection:
            locked = select(POSITION.c.name).order_by(POSITION.c.name)
            connection.execute(locked.with_for_update()).all()
            positions = self.positions(connection)
            old = [name for name in names if positions[name] < 0]
            if not all(self._has_tables_of(connection, name) for name in old):
                raise self._database.not_migrated()
            self._clear(connection, old)

    def _has_tables_of(self, connection: Connection, name: str) -> bool:
        """Whether the tables are those of today; only migrating makes others."""
        seen = inspect(connection)
        for table in self._views[name].tables:
            if not seen.has_table(table.name, self._store.schema):
                return False
            found = seen.get_columns(table.name, self._store.schema)
            if {one["name"] for one in found} != {one.name for one in table.columns}:
                return False
        return True

    def _step(self, position: int) -> int | None:
        """Take in a page after *position*; return its events, None: there are none."""
        page = self._page(position)
        if not page:
            return None
        try:
            with self._database.writing(wait=self._wait) as connection:
                return self._take_in(connection, position, page)
        except _OvertakenError:
            return 0

    def _take_in(
        self, connection: Connection, position: int, page: Sequence[Recorded]
    ) -> int:
        positions = self.positions(connection)
        behind = [name for name, at in positions.items() if at == position]
        if not behind:
            raise _OvertakenError
        for name in behind:
            self._advance(connection, name, position, page[-1].position)
        for name in behind:
            self._views[name].take_in(connection, page)
        return len(page)

    def _advance(self, connection: Connection, name: str, old: int, new: int) -> None:
        moved = connection.execute(
            update(POSITION)
            .where(
                POSITION.c.name == name,
                POSITION.c.version == self._views[name].version,
                POSITION.c.position == old,
            )
            .values(position=new)
        )
        if moved.rowcount != 1:
            raise _OvertakenError

    def _page(self, position: int) -> list[Recorded]:
        """Read up to the first event that cannot be read; raise if it comes first."""
        page: list[Recorded] = []
        for row in self._store.raw(after=position, limit=self._events_per_page):
            try:
                page.append(self._store.decode(row))
            except StoreError:
                if not page:
                    raise
                break
        return page


def migrate_views(database: Database) -> tuple[str, ...]:
    """Make the tables of the views, or make anew those of another version.

    Returns the steps taken. Whoever comes second finds nothing left to do.
    """
    taken = []
    with database.migrating() as connection:
        METADATA.create_all(connection, tables=[POSITION])
        rows = connection.execute(select(POSITION.c.name, POSITION.c.version))
        # What is no number is of no version, and made anew.
        versions = {name: one for name, one in rows if isinstance(one, int)}
        for view in VIEWS:
            if versions.get(view.name, 0) < view.version:
                _make(connection, view)
                taken.append(f"view-{view.name}")
    return tuple(taken)


def _make(connection: Connection, view: View) -> None:
    METADATA.drop_all(connection, tables=list(view.tables))
    METADATA.create_all(connection, tables=list(view.tables))
    connection.execute(delete(POSITION).where(POSITION.c.name == view.name))
    row = {"name": view.name, "version": view.version, "position": 0}
    connection.execute(insert(POSITION), [row])

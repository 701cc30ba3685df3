"""The same work of a till, of the raw database and of plain eventsourcing."""

import attrs

from .measure import Contest, Runner, Step, stepping
from .plain import PlainShop
from .raw_postgres import RawTable
from .raw_sqlite import RawLog
from .shop import Till


@attrs.frozen
class Rivals:
    """Who is measured side by side, on databases of one kind."""

    till: Till
    raw: RawLog | RawTable
    plain: PlainShop

    def command(self) -> Contest:
        """Measure one durable command."""
        return Contest(
            ours=stepping(self.till.command),
            floor=stepping(self.raw.one),
            plain=stepping(self.plain.command),
        )

    def command_beside(self, work: str, other: Step) -> Contest:
        """Measure one durable command, and *other* beside it, whose work it is."""
        return attrs.evolve(self.command(), beside=(work, stepping(other)))

    def hold_capture(self, work: str) -> Contest:
        """Measure a hold and its capture, two commits, beside one: the *work*."""
        return Contest(
            ours=stepping(self.till.hold_and_capture),
            floor=stepping(self.raw.two),
            plain=stepping(self.plain.hold_and_capture),
            beside=(work, stepping(self.till.command)),
        )

    def execute_many(self, size: int) -> Contest:
        """Measure many earns in one commit."""
        return Contest(
            ours=stepping(self.till.batch(size), units=size),
            floor=self._rows(size),
            plain=stepping(self.plain.batch(size), units=size),
        )

    def purchases(self, size: int) -> Contest:
        """Measure many purchases in one commit; each has two lines, two streams."""
        return Contest(
            ours=stepping(self.till.purchases(size), units=size),
            floor=self._rows(size),
        )

    def _rows(self, size: int) -> Runner:
        prepare = self.raw.rows.prepare(size)
        return stepping(self.raw.batch, units=size, prepare=prepare)

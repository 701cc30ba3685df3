"""Why an account is as it is: its entries and lots."""

from collections.abc import Callable

import attrs

from ..kernel.ids import stream_ids
from ..points import (
    DebtPaid,
    Granted,
    Part,
    PartKind,
    Reversed,
    Taken,
)
from ..programme import PointType
from ..store import Recorded
from .explain_lots import life, rank
from .explain_story import AccountStory, Sources, made_by
from .explain_words import SPEND_ORDERS, expiry_said
from .explanation import Explanation, Value, present

Earned = Callable[[str, str, str], Explanation | None]
"""Explains what a purchase earned: (programme, purchase, account stream)."""

MOVES_SHOWN_MAX = 3
"""How many transfers are followed back to where points came from."""


@attrs.frozen(kw_only=True)
class PointsExplainer:
    """Explains what happened in one account; *depth* counts transfers followed."""

    sources: Sources
    story: AccountStory
    earned: Earned
    depth: int = 0

    # ── entries ─────────────────────────────────────────────────────────────

    def entry(self, entry_id: str) -> Explanation:
        """Explain an earn, spend, capture, adjustment, move or reversal."""
        one = self.story.entry(entry_id)
        match one.event:
            case Granted():
                return self._granted(one, one.event)
            case Taken():
                return self._taken(one, one.event)
            case _:
                return self._reversed(one, one.event)

    def _granted(self, one: Recorded, event: Granted) -> Explanation:
        points = sum(lot.points for lot in event.lots)
        lots = tuple(self.lot(lot.lot_id) for lot in event.lots)
        return Explanation(
            title=f"{event.kind} {event.entry_id}: {points} points given",
            facts=self._facts(one, event),
            because=(*lots, *self._undone(event.entry_id)),
        )

    def _taken(self, one: Recorded, event: Taken) -> Explanation:
        points = sum(part.points for part in event.parts)
        kind = self.sources.kind(self.story, one)
        parts = tuple(
            self._part(part, index, one, kind) for index, part in enumerate(event.parts)
        )
        order = None
        if event.hold_id is not None:
            order = f"of hold {event.hold_id}, in the order its points were pinned"
        elif kind is not None:
            order = SPEND_ORDERS[kind.spend_order]
        return Explanation(
            title=f"{event.kind} {event.entry_id}: {points} points taken",
            facts=(*self._facts(one, event), *present(("lots", order))),
            because=(*parts, *self._undone(event.entry_id)),
        )

    def _reversed(self, one: Recorded, event: Reversed) -> Explanation:
        points = sum(part.points for part in event.parts)
        what = f"reversal {event.entry_id} of {event.reverses}"
        verb = "given back" if event.gives else "to be taken back"
        kind = self.sources.kind(self.story, one)
        policy = None if kind is None or event.gives else kind.reversal
        parts = tuple(
            self._part(part, index, one, kind) for index, part in enumerate(event.parts)
        )
        return Explanation(
            title=f"{what}: {points} points {verb}",
            facts=(*self._facts(one, event), *present(("when already spent", policy))),
            because=(*parts, *self._undone(event.entry_id)),
        )

    def _facts(
        self, one: Recorded, event: Granted | Taken | Reversed
    ) -> tuple[tuple[str, Value], ...]:
        entry = self.story.account.entries[event.entry_id]
        return present(
            ("at", one.at),
            ("recorded at", one.recorded_at),
            ("account", one.stream),
            ("position", one.position),
            ("other side", event.counter),
            ("actor", event.actor),
            ("left to undo", entry.left),
        )

    def _undone(self, entry_id: str) -> tuple[Explanation, ...]:
        """Explain what undid an entry, and what undid that."""
        entry = self.story.account.entries[entry_id]
        return tuple(self.entry(child) for child in entry.children)

    # ── parts ───────────────────────────────────────────────────────────────

    def _part(
        self, part: Part, index: int, one: Recorded, kind: PointType | None
    ) -> Explanation:
        gives = isinstance(one.event, Reversed) and one.event.gives
        match part.kind:
            case PartKind.LOT | PartKind.REPAID:
                return self._lot_part(part, one, kind)
            case PartKind.DEBT if gives:
                return Explanation(title=f"{part.points} points no longer owed")
            case PartKind.DEBT:
                return self._debt(part, index, one)
            case PartKind.LOST if gives:
                title = f"{part.points} points no longer to be recovered"
                return Explanation(title=title)
            case PartKind.LOST:
                return Explanation(
                    title=f"{part.points} points not recovered: they were not there"
                )

    def _lot_part(
        self, part: Part, one: Recorded, kind: PointType | None
    ) -> Explanation:
        assert part.lot_id is not None, "it moved points of a lot"
        gives = isinstance(one.event, Reversed) and one.event.gives
        before = self.story.before(one)
        book = before.lots.get(part.lot_id, self.story.account.lots[part.lot_id])
        order = None
        if kind is not None and not gives and _hold(one) is None:
            order = rank(before, part.lot_id, one, kind.spend_order)
        made = part.lot_id in made_by(one.event)
        return Explanation(
            title=f"{part.points} points {'to' if gives else 'from'} lot {part.lot_id}",
            facts=present(
                ("expires", book.lot.expires_at or "never"),
                ("in the spend order", order),
                ("new lot", "the old one had died: a grace" if made else None),
            ),
            because=(self.origin(part.lot_id),),
        )

    def _debt(self, part: Part, index: int, one: Recorded) -> Explanation:
        entry_id = one.event.entry_id
        paid = tuple(
            Explanation(
                title=f"{other.event.points} points paid by lot {other.event.lot_id}",
                facts=present(("at", other.at), ("position", other.position)),
            )
            for other in self.story.recorded
            if isinstance(other.event, DebtPaid)
            and (other.event.entry_id, other.event.part) == (entry_id, index)
        )
        debt = self.story.account.debts[entry_id, index]
        return Explanation(
            title=f"{part.points} points owed: they were not there",
            facts=present(("still owed", debt.owed)),
            because=paid,
        )

    # ── lots ────────────────────────────────────────────────────────────────

    def lot(self, lot_id: str) -> Explanation:
        """Explain a lot: its dates, where it came from, and all that happened to it."""
        return self._lot(lot_id, (self.origin(lot_id),))

    def lot_of_sale(self, lot_id: str) -> Explanation:
        """Explain a lot within the explanation of the purchase that earned it."""
        return self._lot(lot_id, ())

    def _lot(self, lot_id: str, origin: tuple[Explanation, ...]) -> Explanation:
        one = self.story.grant(lot_id)
        book = self.story.account.lots[lot_id]
        lot = book.lot
        kind = self.sources.kind(self.story, one)
        start: Value = lot.available_from or "when its event happens"
        return Explanation(
            title=f"lot {lot_id}: {lot.points} points",
            facts=present(
                ("granted at", book.granted_at),
                ("usable from", start),
                ("cancelled without its event at", lot.cancel_by),
                ("expires at", lot.expires_at or "never"),
                (
                    "policy of expiry",
                    None if kind is None else expiry_said(kind.expiry),
                ),
                ("left", book.remaining - book.gone),
            ),
            because=(*origin, *life(self.story, lot_id)),
        )

    def origin(self, lot_id: str) -> Explanation:
        """Explain where a lot came from, without what became of it."""
        one = self.story.grant(lot_id)
        event: Granted | Reversed = one.event
        if isinstance(event, Reversed):
            return Explanation(
                title=f"came back by {event.entry_id}, undoing {event.reverses}",
                facts=present(("at", one.at)),
            )
        earned = self._earned(event, one.stream)
        return earned or Explanation(
            title=f"came by {event.kind} {event.entry_id}",
            facts=present(
                ("at", one.at), ("actor", event.actor), ("from", event.counter)
            ),
            because=self._sent(event),
        )

    def _earned(self, event: Granted, stream: str) -> Explanation | None:
        ids = stream_ids(event.entry_id)
        if ids[0] != "purchase" or len(ids) != len(("purchase", "id")):
            return None
        return self.earned(self.story.account_id.programme_id, ids[1], stream)

    def _sent(self, event: Granted) -> tuple[Explanation, ...]:
        """Explain the sender's side of what was moved here."""
        if event.counter is None or self.depth >= MOVES_SHOWN_MAX:
            return ()
        other = self.sources.account(event.counter)
        if other is None or event.entry_id not in other.account.entries:
            return ()
        sender = attrs.evolve(self, story=other, depth=self.depth + 1)
        one = other.entry(event.entry_id)
        return tuple(
            Explanation(
                title=f"{part.points} points of lot {part.lot_id} of {one.stream}",
                because=(sender.origin(part.lot_id),),
            )
            for part in one.event.parts
            if part.lot_id is not None
        )


def _hold(one: Recorded) -> str | None:
    return one.event.hold_id if isinstance(one.event, Taken) else None

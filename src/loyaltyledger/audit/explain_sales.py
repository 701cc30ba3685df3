"""Why a purchase or a return moved the points it did, line by line."""

from collections.abc import Iterator

import attrs

from ..kernel.errors import UnknownPurchaseError, UnknownReturnError
from ..purchases import (
    PointsBack,
    PurchaseRecorded,
    ReturnCancelled,
    ReturnRecorded,
    UnlinkedReturnRecorded,
    purchase_stream,
    return_stream,
)
from ..store import Recorded
from .explain_lines import Sale, explain_lines
from .explain_points import PointsExplainer
from .explain_story import Sources
from .explain_words import arithmetic_said, rate_said
from .explanation import Explanation, Fact, present


@attrs.frozen(kw_only=True)
class SalesExplainer:
    """Explains the sales of one programme."""

    sources: Sources
    programme_id: str

    def points(self, stream: str) -> PointsExplainer | None:
        """Return what explains an account; None where there is none."""
        story = self.sources.account(stream)
        if story is None:
            return None
        return PointsExplainer(
            sources=self.sources, story=story, earned=self._earned_there
        )

    # ── purchases ───────────────────────────────────────────────────────────

    def purchase(self, purchase_id: str) -> Explanation:
        """Explain a purchase: what it earned, and everything that came of it."""
        one = self._sale(purchase_id)
        if one is None:
            raise UnknownPurchaseError(name=purchase_id)
        sale: PurchaseRecorded = one.event
        returns = self._returns(purchase_id)
        paid = tuple(
            Explanation(
                title=f"paid with {tender.points} points of {tender.account}",
                facts=(("entry", tender.entry_id),),
            )
            for tender in sale.points_tenders
        )
        return Explanation(
            title=f"purchase {purchase_id} of member {sale.member_id}",
            facts=present(
                *self._facts(one, sale),
                ("quoted at", sale.quoted_at),
                ("actor", sale.actor),
            ),
            because=(*paid, *self._awards(one, sale), *returns),
        )

    def _facts(self, one: Recorded, sale: Sale) -> tuple[Fact, ...]:
        return present(
            ("at", one.at),
            ("recorded at", one.recorded_at),
            ("position", one.position),
            ("total", f"{sale.total} {sale.basket.currency}"),
        )

    def _sale(self, purchase_id: str) -> Recorded | None:
        events = self.sources.events(purchase_stream(self.programme_id, purchase_id))
        sales = (one for one in events if isinstance(one.event, PurchaseRecorded))
        return next(sales, None)

    def _earned_there(
        self, programme_id: str, purchase_id: str, stream: str
    ) -> Explanation | None:
        """Say in short what a purchase earned in an account; None: nothing."""
        assert programme_id == self.programme_id, "accounts stay in their programme"
        one = self._sale(purchase_id)
        if one is None:
            return None
        credited = {credit.account: credit.point_type for credit in one.event.credits}
        awards = {award.point_type: award for award in one.event.awards}
        if stream not in credited:
            return None
        award = awards[credited[stream]]
        return Explanation(
            title=f"earned by purchase {purchase_id}",
            facts=present(
                ("at", one.at),
                ("basis", f"{award.basis} {award.currency}"),
                ("rate", rate_said(award.rate)),
            ),
        )

    # ── awards ──────────────────────────────────────────────────────────────

    def _awards(self, one: Recorded, sale: Sale) -> Iterator[Explanation]:
        programme = self.sources.programme(one)
        credited = {credit.point_type: credit for credit in sale.credits}
        for award in sale.awards:
            lines = tuple(explain_lines(award, sale, programme))
            credit = credited.get(award.point_type)
            moved: tuple[Explanation, ...] = ()
            if credit is not None:
                moved = self._moved(credit.account, credit.entry_id, sale)
            yield Explanation(
                title=f"{award.points} {award.point_type}",
                facts=present(
                    ("basis", f"{award.basis} {award.currency}"),
                    ("rate", rate_said(award.rate)),
                    ("sum", arithmetic_said(award.basis, award.rate, award.points)),
                    ("shared", "by basis, the rest to the largest remainders"),
                ),
                because=(*lines, *moved),
            )

    def _moved(
        self, account: str, entry_id: str, sale: Sale
    ) -> tuple[Explanation, ...]:
        points = self.points(account)
        if points is None or entry_id not in points.story.account.entries:
            return ()
        if isinstance(sale, UnlinkedReturnRecorded):
            return (points.entry(entry_id),)
        parts = points.story.account.entries[entry_id].parts
        lots = (part.lot_id for part in parts if part.lot_id is not None)
        return tuple(points.lot_of_sale(lot_id) for lot_id in lots)

    # ── returns ─────────────────────────────────────────────────────────────

    def return_of(self, purchase_id: str, return_id: str) -> Explanation:
        """Explain one return of a purchase."""
        for one in self._return_events(purchase_id):
            if (
                isinstance(one.event, ReturnRecorded)
                and one.event.return_id == return_id
            ):
                return self._return(one, one.event, purchase_id)
        raise UnknownReturnError(name=return_id)

    def _return_events(self, purchase_id: str) -> tuple[Recorded, ...]:
        return self.sources.events(purchase_stream(self.programme_id, purchase_id))

    def _returns(self, purchase_id: str) -> Iterator[Explanation]:
        for one in self._return_events(purchase_id):
            if isinstance(one.event, ReturnRecorded):
                yield self._return(one, one.event, purchase_id)

    def _return(
        self, one: Recorded, event: ReturnRecorded, purchase_id: str
    ) -> Explanation:
        lines = tuple(
            Explanation(
                title=f"line {line.line_id} came back",
                facts=(("quantity", line.quantity), ("amount", line.amount)),
            )
            for line in event.lines
        )
        undone = tuple(self._back(back, event) for back in event.taken)
        given = tuple(self._back(back, event) for back in event.restored)
        refunds = tuple(
            Explanation(title=f"{refund.amount} refunded by {refund.method}")
            for refund in event.refunds
        )
        cancelled = self._cancelled(self._return_events(purchase_id), event.return_id)
        return Explanation(
            title=f"return {event.return_id} of purchase {purchase_id}",
            facts=present(
                ("at", one.at),
                ("recorded at", one.recorded_at),
                ("position", one.position),
                ("amount", event.amount),
                ("actor", event.actor),
            ),
            because=(*lines, *undone, *given, *refunds, *cancelled),
        )

    def _back(self, back: PointsBack, event: ReturnRecorded) -> Explanation:
        shares = tuple(
            Explanation(title=f"{points} points of line number {number}")
            for number, points in enumerate(back.shares, 1)
            if points
        )
        points = self.points(back.account)
        moved: tuple[Explanation, ...] = ()
        if points is not None and back.reversal_id in points.story.account.entries:
            moved = (points.entry(back.reversal_id),)
        verb = "to be undone" if back in event.taken else "that had paid given back"
        return Explanation(
            title=f"{back.points} {back.point_type} {verb}",
            facts=(("entry", back.entry_id), ("account", back.account)),
            because=(*shares, *moved),
        )

    def _cancelled(
        self, events: tuple[Recorded, ...], return_id: str
    ) -> Iterator[Explanation]:
        for one in events:
            if (
                isinstance(one.event, ReturnCancelled)
                and one.event.return_id == return_id
            ):
                yield Explanation(
                    title="cancelled: booked by mistake, its points were put back",
                    facts=present(("at", one.at), ("position", one.position)),
                )

    def unlinked(self, return_id: str) -> Explanation:
        """Explain a return that names no purchase."""
        events = self.sources.events(return_stream(self.programme_id, return_id))
        if not events or not isinstance(events[0].event, UnlinkedReturnRecorded):
            raise UnknownReturnError(name=return_id)
        one, sale = events[0], events[0].event
        return Explanation(
            title=f"return {return_id} of member {sale.member_id}, purchase not known",
            facts=present(*self._facts(one, sale), ("actor", sale.actor)),
            because=(*self._awards(one, sale), *self._cancelled(events, return_id)),
        )

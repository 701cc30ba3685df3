"""Take anything recorded apart: what happened, and why it came out as it did.

Only recorded decisions are read, and the rules that were known when they were made.
"""

from collections.abc import Iterator

import attrs

from ..desk.owners import household_account, own_account
from ..kernel.errors import (
    InvalidInputError,
    UnknownEntryError,
    UnknownHoldError,
    UnknownKeyError,
    UnknownLotError,
)
from ..kernel.ids import check_optional_id, stream_ids
from ..members import HouseholdEntered, check_known, evolve_member, member_stream
from ..members import Member as MemberState
from ..points import Granted, HoldPlaced, HoldVoided, Reversed, Taken
from ..purchases import (
    PurchaseRecorded,
    ReturnRecorded,
    UnlinkedReturnRecorded,
    purchase_stream,
    return_stream,
)
from ..receipt import Receipt
from ..store import Reading, Recorded, events_follow
from .explain_holds import explain_hold
from .explain_points import PointsExplainer
from .explain_sales import SalesExplainer
from .explain_story import Sources
from .explanation import Explanation, present

SALES = PurchaseRecorded | ReturnRecorded | UnlinkedReturnRecorded


@attrs.frozen(kw_only=True)
class Wanted:
    """What is to be explained: one of these ids, and whose it is."""

    programme_id: str | None = attrs.field(default=None, validator=check_optional_id)
    member_id: str | None = attrs.field(default=None, validator=check_optional_id)
    point_type: str | None = attrs.field(default=None, validator=check_optional_id)
    purchase_id: str | None = attrs.field(default=None, validator=check_optional_id)
    return_id: str | None = attrs.field(default=None, validator=check_optional_id)
    entry_id: str | None = attrs.field(default=None, validator=check_optional_id)
    hold_id: str | None = attrs.field(default=None, validator=check_optional_id)
    lot_id: str | None = attrs.field(default=None, validator=check_optional_id)


def explain_key(reading: Reading, key: object) -> Explanation:
    """Explain what was done under a key."""
    if not isinstance(key, str):
        problem = f"is a receipt or a key, not {type(key).__name__}"
        raise InvalidInputError(field="subject", problem=problem)
    found = reading.key(key)
    if found is None:
        raise UnknownKeyError(name=key)
    because = tuple(_Command(reading, found.events).explained())
    return Explanation(
        title=f"{found.name} under key {key}",
        facts=(("recorded at", found.recorded_at), ("events", len(found.events))),
        because=because,
    )


def explain_receipt(reading: Reading, receipt: Receipt) -> Explanation:
    if receipt.events:
        return explain_key(reading, receipt.key)
    title = f"{receipt.command} under key {receipt.key}: nothing had to be done"
    return Explanation(title=title)


class _Command:
    """The events of one command, in the order of the log."""

    def __init__(self, reading: Reading, events: tuple[Recorded, ...]) -> None:
        self._events = events
        self._sources = Sources(reading)
        self._is_sale = any(isinstance(one.event, SALES) for one in events)

    def explained(self) -> Iterator[Explanation]:
        for one in self._events:
            with events_follow(one.stream):
                explained = self._explained(one)
            yield explained

    def _explained(self, one: Recorded) -> Explanation:
        kind, programme_id, *ids = stream_ids(one.stream)
        sales = SalesExplainer(sources=self._sources, programme_id=programme_id)
        match one.event:
            case PurchaseRecorded():
                return sales.purchase(ids[0])
            case ReturnRecorded():
                return sales.return_of(ids[0], one.event.return_id)
            case UnlinkedReturnRecorded():
                return sales.unlinked(ids[0])
        points = sales.points(one.stream) if kind == "account" else None
        if points is not None:
            match one.event:
                case Granted() | Taken() | Reversed() if not self._is_sale:
                    return points.entry(one.event.entry_id)
                case HoldPlaced() | HoldVoided():
                    return explain_hold(points, one.event.hold_id)
        return _in_short(one)


def _in_short(one: Recorded) -> Explanation:
    """Name an event that needs no explanation, or has it elsewhere."""
    event = one.event
    names = ("entry_id", "lot_id", "hold_id", "return_id", "household_id", "points")
    named = ((name, getattr(event, name, None)) for name in names)
    return Explanation(
        title=f"{one.name.split('.', maxsplit=1)[0]} in {one.stream}",
        facts=present(
            ("at", one.at),
            ("position", one.position),
            *((name.replace("_", " "), value) for name, value in named),
        ),
    )


def explain_id(reading: Reading, wanted: Wanted) -> Explanation:
    """Explain what one id names; points need their owner too."""
    programme_id = _needed("programme_id", wanted.programme_id)
    sales = SalesExplainer(sources=Sources(reading), programme_id=programme_id)
    named = _one_named(wanted)
    if named in {"return_id", "purchase_id"}:
        return _of_sale(sales, wanted.purchase_id, wanted.return_id)
    return _of_account(sales, wanted, named)


def _of_sale(
    sales: SalesExplainer, purchase_id: str | None, return_id: str | None
) -> Explanation:
    if purchase_id is None:
        assert return_id is not None, "one of them is named"
        with events_follow(return_stream(sales.programme_id, return_id)):
            return sales.unlinked(return_id)
    with events_follow(purchase_stream(sales.programme_id, purchase_id)):
        if return_id is None:
            return sales.purchase(purchase_id)
        return sales.return_of(purchase_id, return_id)


def _one_named(wanted: Wanted) -> str:
    names = ("return_id", "purchase_id", "entry_id", "hold_id", "lot_id")
    given = [name for name in names if getattr(wanted, name) is not None]
    if given == ["return_id", "purchase_id"]:
        return "return_id"
    if len(given) != 1:
        problem = f"name one thing to explain: a receipt, a key, or one of {names}"
        raise InvalidInputError(field="subject", problem=problem)
    return given[0]


def _needed(name: str, value: str | None) -> str:
    if value is None:
        problem = "is needed to find what is to be explained"
        raise InvalidInputError(field=name, problem=problem)
    return value


def _of_account(sales: SalesExplainer, wanted: Wanted, named: str) -> Explanation:
    name = getattr(wanted, named)
    for points in _accounts(sales, wanted):
        account = points.story.account
        with events_follow(points.story.account_id.stream):
            if named == "entry_id" and name in account.entries:
                return points.entry(name)
            if named == "hold_id" and name in account.holds:
                return explain_hold(points, name)
            if named == "lot_id" and name in account.lots:
                return points.lot(name)
    match named:
        case "entry_id":
            raise UnknownEntryError(name=name)
        case "hold_id":
            raise UnknownHoldError(name=name)
        case _:
            raise UnknownLotError(name=name)


def _accounts(sales: SalesExplainer, wanted: Wanted) -> Iterator[PointsExplainer]:
    """Yield the accounts a member has, and those of households once shared."""
    member_id = _needed("member_id", wanted.member_id)
    point_type = _needed("point_type", wanted.point_type)
    programme_id = sales.programme_id
    stream = member_stream(programme_id, member_id)
    events = sales.sources.events(stream)
    member = MemberState()
    with events_follow(stream):
        for one in events:
            member = evolve_member(member, one.event)
    check_known(member, member_id)
    entered = (one.event for one in events if isinstance(one.event, HouseholdEntered))
    homes = dict.fromkeys(event.household_id for event in entered)
    ids = [household_account(programme_id, home, point_type) for home in homes]
    for account_id in (
        own_account(programme_id, member_id, point_type),
        *reversed(ids),
    ):
        points = sales.points(account_id.stream)
        if points is not None:
            yield points

"""Why a hold held what it held, and what became of that."""

from collections.abc import Iterator

from ..points import HoldPlaced, Taken
from ..programme import SpendOrder
from .explain_lots import rank
from .explain_points import PointsExplainer
from .explanation import Explanation, present


def explain_hold(points: PointsExplainer, hold_id: str) -> Explanation:
    """Explain a hold that the account is known to have."""
    hold = points.story.account.holds[hold_id]
    placed = next(
        one
        for one in points.story.recorded
        if isinstance(one.event, HoldPlaced) and one.event.hold_id == hold_id
    )
    kind = points.sources.kind(points.story, placed)
    order = SpendOrder.EARLIEST_EXPIRY if kind is None else kind.spend_order
    before = points.story.before(placed)
    pins = tuple(
        Explanation(
            title=f"{pin.points} points of lot {pin.lot_id} held",
            facts=present(
                ("in the spend order", rank(before, pin.lot_id, placed, order))
            ),
            because=(points.origin(pin.lot_id),),
        )
        for pin in hold.pins
    )
    return Explanation(
        title=f"hold {hold_id}: {sum(pin.points for pin in hold.pins)} points",
        facts=present(
            ("at", hold.at),
            ("lapses at", hold.lapses_at),
            ("account", placed.stream),
            ("position", placed.position),
            ("neither captured nor let go", hold.points),
            ("booked as lapsed", hold.lapsed),
        ),
        because=(*pins, *_became(points, hold_id)),
    )


def _became(points: PointsExplainer, hold_id: str) -> Iterator[Explanation]:
    """Explain its captures, voids and lapses, in the order of the log."""
    for one in points.story.recorded:
        event = one.event
        if getattr(event, "hold_id", None) != hold_id or isinstance(event, HoldPlaced):
            continue
        if isinstance(event, Taken):
            yield points.entry(event.entry_id)
            continue
        what = one.name.split(".", maxsplit=1)[0].removeprefix("hold-")
        released = getattr(event, "released", ())
        count = sum(draw.points for draw in released) or getattr(event, "points", 0)
        facts = present(("at", one.at), ("position", one.position))
        yield Explanation(title=f"{what}: {count} points let go", facts=facts)

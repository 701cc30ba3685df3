"""What became of a lot, event by event, and when its turn came."""

from collections.abc import Iterator

from ..points import Account, HoldLapsed, LotBook, spend_key
from ..programme import SpendOrder
from ..store import Recorded
from .explain_story import AccountStory
from .explain_words import effect_on
from .explanation import Explanation, present


def life(story: AccountStory, lot_id: str) -> Iterator[Explanation]:
    """Explain each event that did something to a lot, in the order of the log."""
    for one in story.recorded:
        effect = effect_on(one.event, lot_id) or _lapsed(story, one, lot_id)
        if effect is not None:
            facts = present(("at", one.at), ("position", one.position))
            yield Explanation(title=effect, facts=facts)


def _lapsed(story: AccountStory, one: Recorded, lot_id: str) -> str | None:
    if not isinstance(one.event, HoldLapsed):
        return None
    hold_id = one.event.hold_id
    pins = story.account.holds[hold_id].open_pins
    points = sum(pin.points for pin in pins if pin.lot_id == lot_id)
    return f"{points} points let go: {hold_id} lapsed" if points else None


def rank(before: Account, lot_id: str, one: Recorded, order: SpendOrder) -> str | None:
    """Say where a lot stood among the usable ones when a decision was made."""
    usable = [book for book in before.lots.values() if _is_usable(book, one)]
    usable.sort(key=lambda book: spend_key(book, order))
    ids = [book.lot.lot_id for book in usable]
    if lot_id not in ids:
        return None
    return f"{ids.index(lot_id) + 1} of {len(ids)} usable"


def _is_usable(book: LotBook, one: Recorded) -> bool:
    return book.is_live(one.at) and book.remaining > book.gone

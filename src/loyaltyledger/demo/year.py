"""A year of the shop, made up: who buys what, and what comes back. No ledger yet."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from random import Random

import attrs

from .people import DAYS, Person, happens, instant, people, visits
from .shop import DELIVERY, PRODUCTS, Product

_PENNY = Decimal("0.01")


@attrs.frozen(kw_only=True)
class Item:
    """A line of a receipt; a negative quantity was brought back."""

    product: Product
    quantity: int
    discount: Decimal = Decimal(0)

    @property
    def price(self) -> Decimal:
        return self.product.pence * _PENNY


@attrs.frozen(kw_only=True)
class Sale:
    """A receipt. *member_id* is empty where nobody showed a card."""

    receipt: str
    member_id: str
    at: datetime
    items: tuple[Item, ...]
    is_online: bool = False
    wants_points: bool = False
    is_damaged: bool = False


@attrs.frozen(kw_only=True)
class BroughtBack:
    """Goods of a known receipt come back: one line of it, or (None) all."""

    receipt: str
    member_id: str
    return_id: str
    at: datetime
    line_id: str | None
    is_mistake: bool


@attrs.frozen(kw_only=True)
class Day:
    """What happens in the shop on one day, in order of time."""

    number: int
    sales: tuple[Sale, ...]
    returns: tuple[BroughtBack, ...]


@attrs.frozen(kw_only=True)
class Year:
    """Members and days; the same for the same seed and number of members."""

    people: tuple[Person, ...]
    days: tuple[Day, ...]


def make_year(*, members: int, seed: int) -> Year:
    """Make a year up."""
    random = Random(seed)  # noqa: S311  # made-up history, nothing secret
    everybody = people(members, random)
    sales: dict[int, list[Sale]] = defaultdict(list)
    returns: dict[int, list[BroughtBack]] = defaultdict(list)
    number = 0
    for person in everybody:
        for day, minute in visits(person, random):
            number += 1
            sale = _sale(f"R{number:06}", person, instant(day, minute), random)
            sales[day].append(sale)
            back = _return(sale, day, random)
            if back is not None:
                returns[back[0]].append(back[1])
    days = (
        Day(
            number=day,
            sales=tuple(sorted(sales[day], key=lambda sale: sale.at)),
            returns=tuple(sorted(returns[day], key=lambda back: back.at)),
        )
        for day in range(DAYS)
    )
    return Year(people=everybody, days=tuple(days))


def _sale(receipt: str, person: Person, at: datetime, random: Random) -> Sale:
    is_online = happens(random, person.online)
    is_unlinked = not is_online and happens(random, 0.01)
    items = [_item(random, sign=-1 if is_unlinked else 1) for _ in range(_size(random))]
    if is_online:
        items.append(Item(product=DELIVERY, quantity=1))
    has_card = is_online or happens(random, 0.95)
    return Sale(
        receipt=receipt,
        member_id=person.member_id if has_card else "",
        at=at,
        items=tuple(items),
        is_online=is_online,
        wants_points=happens(random, 0.3),
        is_damaged=not is_online and happens(random, 0.0005),
    )


def _size(random: Random) -> int:
    return random.choice((1, 1, 1, 2, 2, 3, 4))


def _item(random: Random, *, sign: int) -> Item:
    product = random.choice(PRODUCTS)
    quantity = random.choice((1, 1, 1, 1, 2, 3)) * sign
    is_offer = sign > 0 and happens(random, 0.08)
    discount = product.pence // 5 * _PENNY if is_offer else Decimal(0)
    return Item(product=product, quantity=quantity, discount=discount)


def _return(sale: Sale, day: int, random: Random) -> tuple[int, BroughtBack] | None:
    """Let some of what was bought come back, within four weeks."""
    is_possible = sale.member_id and not sale.is_damaged and sale.items[0].quantity > 0
    if not happens(random, 0.06) or not is_possible:
        return None
    back_on = day + random.randrange(2, 28)
    if back_on >= DAYS:
        return None
    back = BroughtBack(
        receipt=sale.receipt,
        member_id=sale.member_id,
        return_id=f"B{sale.receipt[1:]}",
        at=instant(back_on, random.randrange(9 * 60, 20 * 60)),
        line_id="1" if happens(random, 0.7) else None,
        is_mistake=happens(random, 0.04),
    )
    return back_on, back

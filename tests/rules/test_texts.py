"""What a refusal says: the field, and what is wrong with it, word for word."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from loyaltyledger import Currency, LedgerError, Programme, Tender
from loyaltyledger.rules import value
from shop import basket, line, programme

CENT_SHORT = Tender(method="card", amount=Decimal("4.99"))
TOO_FINE = Tender(method="card", amount=Decimal("4.999"))


def two_currencies() -> Programme:
    return programme(currencies=(Currency(code="GBP"), Currency(code="USD")))


TEXTS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: Tender(method="points", amount=Decimal(1), entry_id="order"),
        "entry_id: a payment with points names both entry_id and point_type",
    ),
    (
        lambda: Tender(method="points", amount=Decimal(1), point_type="points"),
        "entry_id: a payment with points names both entry_id and point_type",
    ),
    (basket, "lines: a basket has from 1 to 10000 lines"),
    (
        lambda: basket("1.00", line("1", "1.00")),
        "lines: each line needs a line_id of its own",
    ),
    (
        lambda: value(basket("5.00", currency="EUR"), two_currencies()),
        "currency: EUR is not taken by programme 'shop': GBP, USD",
    ),
    (
        lambda: value(basket("5.00", currency="EUR"), programme()),
        "currency: EUR is not taken by programme 'shop': GBP",
    ),
    (
        lambda: value(basket("5.001"), programme()),
        "line '1', unit_price: 5.001 has too many decimals for GBP",
    ),
    (
        lambda: value(basket(line("7", "5.00", tax=Decimal("0.001"))), programme()),
        "line '7', tax: 0.001 has too many decimals for GBP",
    ),
    (
        lambda: value(
            basket(line("7", "5.00", discount=Decimal("0.001"))), programme()
        ),
        "line '7', discount: 0.001 has too many decimals for GBP",
    ),
    (
        lambda: value(basket("5.00", discount=Decimal("0.001")), programme()),
        "discount: 0.001 has too many decimals for GBP",
    ),
    (
        lambda: value(basket("5.00", tenders=(TOO_FINE,)), programme()),
        "tender 'card': 4.999 has too many decimals for GBP",
    ),
    (
        lambda: value(basket("5.00", tenders=(CENT_SHORT,)), programme()),
        "tenders: payments of 4.99 do not make up the total of 5.00",
    ),
    (
        lambda: value(basket("5.00", discount=Decimal("5.01")), programme()),
        "lines: the total is -0.01; record what comes back as a return",
    ),
    (
        lambda: line("1", "1.00", discount=Decimal(-1)),
        "discount: -1 is negative; it must be zero or more",
    ),
]


@pytest.mark.parametrize(("wrong", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_a_refusal_says_what_is_wrong(wrong: Callable[[], object], text: str) -> None:
    with pytest.raises(LedgerError) as refused:
        wrong()

    assert str(refused.value) == text

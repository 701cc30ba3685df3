"""What a refusal says: the field, and what is wrong with it, word for word."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import LedgerError, ReturnLine, ReturnPurchase

LINE = ReturnLine(line_id="1")


def give_back(**fields: Any) -> ReturnPurchase:
    return ReturnPurchase(
        key="k", programme_id="shop", purchase_id="p", return_id="r", **fields
    )


TEXTS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: ReturnLine(line_id="1", quantity=Decimal(0)),
        "quantity: 0 is not above 0",
    ),
    (
        lambda: ReturnLine(line_id="1", quantity=Decimal("NaN")),
        "quantity: NaN is not a number",
    ),
    (lambda: ReturnLine(line_id="1", amount=Decimal(-1)), "amount: -1 is not above 0"),
    (
        lambda: ReturnLine(line_id="1", quantity=Decimal(1), amount=Decimal(1)),
        "quantity: give a quantity or an amount, not both",
    ),
    (
        lambda: give_back(lines=(LINE,), amount=Decimal(1)),
        "lines: give lines or an amount, not both",
    ),
    (lambda: give_back(lines=(LINE,) * 2), "lines: each line at most once"),
    (lambda: give_back(amount=Decimal(0)), "amount: 0 is not above 0"),
    (
        lambda: give_back(if_unknown="wait"),
        "if_unknown: must be a IfUnknown (refuse, wait), not a str",
    ),
]


@pytest.mark.parametrize(("wrong", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_a_refusal_says_what_is_wrong(wrong: Callable[[], object], text: str) -> None:
    with pytest.raises(LedgerError) as refused:
        wrong()

    assert str(refused.value) == text

"""What a refusal says: the field, and what is wrong with it, word for word."""

from collections.abc import Callable
from typing import Any

import pytest

from loyaltyledger import (
    Adjust,
    CaptureHold,
    LedgerError,
    PlaceHold,
    SweepAccount,
    Transfer,
)
from shop import NOW

WHOSE: dict[str, Any] = {
    "key": "k",
    "programme_id": "shop",
    "member_id": "ann",
    "point_type": "points",
}


def adjust(points: int, **fields: Any) -> Adjust:
    return Adjust(points=points, actor="eve", reason="slip", **fields, **WHOSE)


TEXTS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: adjust(0),
        "points: must be a whole number, positive or negative, and not 0",
    ),
    (
        lambda: adjust(2**63),
        "points: 9223372036854775808 is beyond 9223372036854775807",
    ),
    (
        lambda: adjust(-1, expires_at=NOW),
        "expires_at: points that are taken away have no dates; leave them out",
    ),
    (
        lambda: adjust(1, available_from=NOW, expires_at=NOW),
        "expires_at: 2024-05-17T12:00:00+00:00 is not after 2024-05-17T12:00:00+00:00",
    ),
    (
        lambda: CaptureHold(hold_id="cart", points=1, **WHOSE),
        "rest: say what a part capture does with the rest: release or keep",
    ),
    (
        lambda: Transfer(points=1, **WHOSE),
        "to_member: name one receiver: to_member or to_household",
    ),
    (
        lambda: SweepAccount(key="k", account="x"),
        "account: is not the stream of an account",
    ),
    (
        lambda: PlaceHold(points=1, at=NOW, lapses_at=NOW, **WHOSE),
        "lapses_at: 2024-05-17T12:00:00+00:00 is not after 2024-05-17T12:00:00+00:00",
    ),
]


@pytest.mark.parametrize(("wrong", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_a_refusal_says_what_is_wrong(wrong: Callable[[], object], text: str) -> None:
    with pytest.raises(LedgerError) as refused:
        wrong()

    assert str(refused.value) == text

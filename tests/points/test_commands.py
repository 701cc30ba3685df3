"""What a command about points refuses to be, to the last point and instant."""

from datetime import timedelta
from typing import Any

import pytest

from loyaltyledger import (
    AccountId,
    Adjust,
    CaptureHold,
    Earn,
    InvalidIdError,
    InvalidInputError,
    InvalidPointsError,
    OpenBalance,
    PeriodError,
    PlaceHold,
    Rest,
    Spend,
    SweepAccount,
    Transfer,
)
from loyaltyledger.kernel.quantities import POINTS_MAX
from shop import NOW, TICK

WHOSE: dict[str, Any] = {
    "key": "k",
    "programme_id": "shop",
    "member_id": "ann",
    "point_type": "points",
}
BY: dict[str, Any] = {"actor": "eve", "reason": "slip"}


@pytest.mark.parametrize("points", [0, True, False, 1.0, "1", None])
def test_an_adjustment_is_by_a_whole_number_that_is_not_0(points: Any) -> None:
    with pytest.raises(InvalidPointsError) as refused:
        Adjust(points=points, **BY, **WHOSE)

    assert refused.value.field == "points"
    assert "whole number" in refused.value.problem


@pytest.mark.parametrize("sign", [1, -1])
def test_an_adjustment_is_by_no_more_than_can_be_counted(sign: int) -> None:
    Adjust(points=sign * POINTS_MAX, **BY, **WHOSE)

    with pytest.raises(InvalidPointsError) as refused:
        Adjust(points=sign * (POINTS_MAX + 1), **BY, **WHOSE)

    assert refused.value.field == "points"
    assert str(POINTS_MAX) in refused.value.problem


@pytest.mark.parametrize("kind", [Earn, OpenBalance, Adjust])
def test_points_never_die_before_they_are_usable(kind: type[Any]) -> None:
    fields = WHOSE | (BY if kind is Adjust else {})
    asked = {"points": 1, "available_from": NOW, **fields}
    kind(expires_at=NOW + TICK, **asked)

    with pytest.raises(PeriodError) as refused:
        kind(expires_at=NOW, **asked)

    assert refused.value.field == "expires_at"
    assert NOW.isoformat() in refused.value.problem


@pytest.mark.parametrize("name", ["available_from", "expires_at"])
def test_points_that_are_taken_away_have_no_dates(name: str) -> None:
    Adjust(points=1, **BY, **WHOSE | {name: NOW})

    with pytest.raises(InvalidInputError) as refused:
        Adjust(points=-1, **BY, **WHOSE | {name: NOW})

    assert refused.value.field == "expires_at"
    assert "no dates" in refused.value.problem


def test_a_hold_lapses_after_it_was_placed() -> None:
    PlaceHold(points=1, at=NOW, lapses_at=NOW + TICK, **WHOSE)

    with pytest.raises(PeriodError) as refused:
        PlaceHold(points=1, at=NOW, lapses_at=NOW, **WHOSE)

    assert refused.value.field == "lapses_at"


def test_a_part_capture_says_what_becomes_of_the_rest() -> None:
    CaptureHold(hold_id="cart", **WHOSE)
    CaptureHold(hold_id="cart", points=1, rest=Rest.KEEP, **WHOSE)

    with pytest.raises(InvalidInputError) as refused:
        CaptureHold(hold_id="cart", points=1, **WHOSE)

    assert refused.value.field == "rest"
    assert "release or keep" in refused.value.problem


@pytest.mark.parametrize(
    "receivers", [{}, {"to_member": "bob", "to_household": "home"}]
)
def test_a_transfer_has_one_receiver(receivers: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Transfer(points=1, **receivers, **WHOSE)

    assert refused.value.field == "to_member"
    assert "one receiver" in refused.value.problem


@pytest.mark.parametrize(
    "stream", ["", "member:shop:ann", "account:shop:ann:points", 7, None]
)
def test_a_sweep_is_of_an_account(stream: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        SweepAccount(key="k", account=stream)

    assert refused.value.field == "account"
    assert "account" in refused.value.problem


@pytest.mark.parametrize(
    "stream",
    [
        "account:shop:member:ann:points:more",
        "accounts:shop:member:ann:points",
        "account:shop:robot:ann:points",
        "account:shop:member:ann:p%6Fints",
        "account:shop:member::points",
    ],
)
def test_what_only_looks_like_an_account_is_none(stream: str) -> None:
    assert AccountId.read(stream) is None


def test_an_account_is_read_as_it_was_named() -> None:
    account_id = AccountId(
        programme_id="a:b", owner_kind="household", owner_id="c d", point_type="é"
    )

    assert AccountId.read(account_id.stream) == account_id


@pytest.mark.parametrize("name", ["key", "programme_id", "member_id", "point_type"])
def test_every_id_is_checked(name: str) -> None:
    with pytest.raises(InvalidIdError) as refused:
        Spend(points=1, **WHOSE | {name: ""})

    assert refused.value.field == name


@pytest.mark.parametrize("name", ["entry_id", "actor"])
def test_ids_that_may_be_left_out_are_checked_too(name: str) -> None:
    assert getattr(Spend(points=1, **WHOSE), name) is None

    with pytest.raises(InvalidIdError):
        Spend(points=1, **WHOSE | {name: ""})


@pytest.mark.parametrize("name", ["reference", "reason"])
def test_texts_are_of_one_line(name: str) -> None:
    assert getattr(Spend(points=1, **WHOSE), name) is None

    with pytest.raises(InvalidInputError) as refused:
        Spend(points=1, **WHOSE | {name: "two\nlines"})

    assert refused.value.field == name


def test_an_instant_is_brought_to_utc() -> None:
    at = NOW + timedelta(hours=1)

    assert Spend(points=1, at=at, **WHOSE).at == at
    assert Spend(points=1, **WHOSE).at is None

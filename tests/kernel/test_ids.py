"""Ids are text that can be stored safely, and never make one stream of two."""

import pickle
from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import (
    AccountId,
    Enrol,
    InvalidIdError,
    InvalidInputError,
    Reverse,
    UnknownMemberError,
)
from loyaltyledger.kernel.ids import stream_ids, stream_name

WHOSE: dict[str, Any] = {
    "programme_id": "shop",
    "owner_kind": "household",
    "owner_id": "a:b%/é",
    "point_type": "points",
}


@pytest.mark.parametrize("member_id", ["a", "x" * 200, "zoë", "a b", "a:b", "日本"])
def test_an_id_is_up_to_200_characters_of_any_script(member_id: str) -> None:
    assert Enrol(key="k", programme_id="p", member_id=member_id).member_id == member_id


@pytest.mark.parametrize("length", [201, 10_000])
def test_an_id_that_the_ledger_made_may_be_longer(length: int) -> None:
    reverse = Reverse(
        key="k",
        programme_id="p",
        member_id="m",
        point_type="points",
        entry_id="x" * length,
    )

    assert len(reverse.entry_id) == length


@pytest.mark.parametrize("entry_id", ["", "x" * 10_001, " x", "x\n"])
def test_an_entry_is_named_by_what_can_be_its_id(entry_id: str) -> None:
    with pytest.raises(InvalidIdError):
        Reverse(
            key="k",
            programme_id="p",
            member_id="m",
            point_type="points",
            entry_id=entry_id,
        )


def test_even_an_id_that_the_ledger_made_has_an_end() -> None:
    with pytest.raises(InvalidIdError):
        stream_name("purchase", "x" * 10_001)


@pytest.mark.parametrize("part", [None, 5, [], {}, Decimal("sNaN")])
def test_a_stream_is_named_by_text_only(part: Any) -> None:
    with pytest.raises(InvalidIdError) as refused:
        stream_name("member", "shop", part)

    assert refused.value.field == "member_id"


@pytest.mark.parametrize("ids", [("a", "b:c"), ("a:b", "c"), ("a%3Ab", "c")])
def test_the_ids_of_a_stream_can_be_told_apart(ids: tuple[str, ...]) -> None:
    assert stream_ids(stream_name("kind", *ids)) == ("kind", *ids)


def test_a_stream_is_named_as_people_would_write_it() -> None:
    assert stream_name("kind", "a b/@+=,;!*()'&$~.-_", "é:%") == (
        "kind:a b/@+=,;!*()'&$~.-_:%C3%A9%3A%25"
    )


def test_an_account_is_read_from_its_stream() -> None:
    account_id = AccountId(**WHOSE)

    assert AccountId.read(account_id.stream) == account_id


@pytest.mark.parametrize(
    "stream",
    [
        None,
        "",
        "member:shop:ann",
        "account:shop:member:ann",
        "account:shop:robot:ann:points",
        "account:shop:member::points",
        "account:shop:member:%61nn:points",
        "purchase:shop:member:ann:points",
    ],
)
def test_no_other_text_is_the_stream_of_an_account(stream: object) -> None:
    assert AccountId.read(stream) is None


def test_an_account_belongs_to_a_member_or_a_household() -> None:
    with pytest.raises(InvalidInputError) as refused:
        AccountId(**WHOSE | {"owner_kind": "robot"})

    assert refused.value.field == "owner_kind"


def test_an_error_keeps_its_fields_on_its_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(UnknownMemberError(name="ann")))  # noqa: S301  # our own

    assert type(error) is UnknownMemberError
    assert error.fields() == {"name": "ann"}
    assert str(error) == "member 'ann' is not known"

"""Reports name everybody who was known by then."""

from datetime import UTC, datetime
from functools import partial

from connect.till import Till
from loyaltyledger.connect import balances_report, totals_report

balances_of = partial(balances_report, programme_id="shop", point_type="points")


def test_balances_name_members_without_points_and_debtors(till: Till) -> None:
    till.take_in(
        till.write(
            "ann,r1,tea,1,4.00,2024-01-01T10:00:00",
            "bob,r2,tea,1,0.50,2024-01-02T10:00:00",
            "cid,r3,tea,-1,9.00,2024-01-03T10:00:00",
        )
    )

    assert balances_of(till.ledger) == {"ann": 4, "bob": 0, "cid": -9}


def test_balances_leave_out_who_came_later(till: Till) -> None:
    till.take_in(
        till.write(
            "ann,r1,tea,1,4.00,2024-01-01T10:00:00",
            "bob,r2,tea,1,5.00,2024-01-02T10:00:00",
        )
    )

    at = datetime(2024, 1, 1, 12, tzinfo=UTC)

    assert balances_of(till.ledger, at=at) == {"ann": 4}


def test_households_have_balances_of_their_own(till: Till) -> None:
    ledger = till.ledger
    ledger.enrol(key="e", programme_id="shop", member_id="ann")
    ledger.form_household(key="f", programme_id="shop", household_id="home")
    ledger.join_household(
        key="j",
        programme_id="shop",
        household_id="home",
        member_id="ann",
        may_spend=True,
    )
    ledger.earn(
        key="x", programme_id="shop", member_id="ann", point_type="points", points=7
    )

    members = balances_of(till.ledger)
    households = balances_of(till.ledger, owner_kind="household")

    assert (members, households) == ({"ann": 0}, {"home": 7})


def test_totals_of_one_point_type_lie_flat(till: Till) -> None:
    till.take_in(till.write("ann,r1,tea,1,4.00,2024-01-01T10:00:00"))

    totals = totals_report(till.ledger, programme_id="shop")

    assert (totals["earned"], totals["outstanding"], totals["members"]) == (4, 4, 1)

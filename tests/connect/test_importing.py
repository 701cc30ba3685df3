"""Lines of a file become purchases, in order of time, once each."""

import gzip
import shutil
import sqlite3
from decimal import Decimal

import attrs
import pytest

from connect.till import HEADING, MAP, Till
from loyaltyledger import PurchaseRecorded, UnknownProgrammeError
from loyaltyledger.connect import (
    ImportFileError,
    MissingMember,
    Negative,
    TenderColumn,
    TenderPer,
    import_purchases,
)
from loyaltyledger.connect.staging import Staging

LINES = (
    "ann,r2,tea,1,4.00,2024-01-02T10:01:00",
    "bob,r1,tea,2,4.00,2024-01-01T09:00:00",
    "ann,r2,pot,1,16.50,2024-01-02T10:00:00",
    "ann,r3,tea,-1,4.00,2024-01-03T10:00:00",
    ",r4,tea,1,4.00,2024-01-03T10:05:00",
)


def test_groups_lines_that_stand_apart_and_dates_them_by_the_earliest(
    any_till: Till,
) -> None:
    report = any_till.take_in(any_till.write(*LINES))

    assert (report.lines, report.purchases_recorded, report.returns_recorded) == (
        5,
        2,
        1,
    )
    assert (any_till.points("ann"), any_till.points("bob")) == (16, 8)
    (sale,) = any_till.ledger.receipt("import:shop:r2").of(PurchaseRecorded)  # type: ignore[union-attr]
    assert sale.at.isoformat() == "2024-01-02T10:00:00+00:00"
    assert [line.sku for line in sale.basket.lines] == ["tea", "pot"]


def test_records_in_order_of_time_then_of_the_first_line(till: Till) -> None:
    till.take_in(
        till.write(
            "ann,late,tea,1,1.00,2024-01-02T10:00:00",
            "ann,second,tea,1,2.00,2024-01-01T10:00:00",
            "ann,third,tea,1,3.00,2024-01-01T10:00:00",
            "ann,late,tea,1,1.00,2024-01-05T10:00:00",
        )
    )

    purchases = [row[0] for row in till.events() if row[0].startswith("purchase:")]

    assert purchases == [
        "purchase:shop:second",
        "purchase:shop:third",
        "purchase:shop:late",
    ]


def test_a_second_run_changes_nothing_and_says_so(any_till: Till) -> None:
    file = any_till.write(*LINES)
    first = any_till.take_in(file)
    before = any_till.events()

    again = any_till.take_in(file)

    assert first.has_changed
    assert not again.has_changed
    assert again.already_there == 3
    assert any_till.events() == before


def test_another_file_with_the_same_purchases_changes_nothing(till: Till) -> None:
    till.take_in(till.write(*LINES))
    before = till.events()

    again = till.take_in(till.write(*reversed(LINES[1:2] + LINES[3:]), name="u.csv"))

    assert not again.has_changed
    assert till.events() == before


@pytest.mark.parametrize("facts_per_batch", [1, 2, 500])
def test_the_log_is_the_same_for_any_size_of_batch(
    till: Till, facts_per_batch: int
) -> None:
    file = till.write(*LINES, "cid,r9,tea,x,4.00,2024-01-01T10:00:00")

    till.take_in(file, facts_per_batch=facts_per_batch)

    assert [row[0] for row in till.events()][1:] == [
        "member:shop:bob",
        "account:shop:member:bob:points",
        "purchase:shop:r1",
        "member:shop:ann",
        "account:shop:member:ann:points",
        "purchase:shop:r2",
        "account:shop:member:ann:points",
        "return:shop:r3",
    ]
    assert len(till.refused()) == 1


def test_takes_gzip_whatever_the_file_is_called(till: Till) -> None:
    plain = till.write(*LINES)
    packed = till.folder / "packed.csv"
    with plain.open("rb") as source, gzip.open(packed, "wb") as target:
        shutil.copyfileobj(source, target)

    till.take_in(packed)

    assert till.points("ann") == 16


def test_counts_lines_without_a_member(till: Till) -> None:
    report = till.take_in(till.write(*LINES))

    assert (report.lines_without_member, report.purchases_without_member) == (1, 1)
    assert till.refused() == []


def test_refuses_lines_without_a_member_where_the_mapping_says_so(till: Till) -> None:
    how = attrs.evolve(MAP, missing_member=MissingMember.REFUSE)

    report = till.take_in(till.write(*LINES), how)

    assert report.purchases_refused == 1
    assert till.refused() == ["6,r4,names no member"]


def test_refuses_what_is_negative_where_the_mapping_says_so(till: Till) -> None:
    how = attrs.evolve(MAP, negative=Negative.REFUSE)

    till.take_in(till.write(*LINES), how)

    assert till.refused() == ['5,r3,"the lines come to -4.00, which is negative"']


def test_a_purchase_that_nets_to_nothing_is_a_purchase_without_points(
    till: Till,
) -> None:
    report = till.take_in(
        till.write(
            "ann,r1,tea,1,4.00,2024-01-01T10:00:00",
            "ann,r1,tea,-1,4.00,2024-01-01T10:00:00",
        )
    )

    assert report.purchases_recorded == 1
    assert till.points("ann") == 0


def test_a_purchase_changed_since_it_was_imported_is_refused_and_stands(
    till: Till,
) -> None:
    till.take_in(till.write("ann,r1,tea,1,4.00,2024-01-01T10:00:00"))

    report = till.take_in(till.write("ann,r1,tea,2,4.00,2024-01-01T10:00:00"))

    assert (report.purchases_refused, report.has_changed) == (1, False)
    assert "imported before with other contents (basket)" in till.refused()[0]
    assert till.points("ann") == 4


def test_two_purchases_never_share_a_name(till: Till) -> None:
    columns = attrs.evolve(MAP.columns, purchase=("card", "receipt"))
    how = attrs.evolve(MAP, columns=columns)

    till.take_in(
        till.write(
            "ann,b/c,tea,1,1.00,2024-01-01T10:00:00",
            "ann/b,c,tea,1,2.00,2024-01-01T10:00:00",
        ),
        how,
    )

    assert (till.points("ann"), till.points("ann/b")) == (1, 2)


def test_reads_discounts_taxes_and_payments(till: Till) -> None:
    columns = attrs.evolve(MAP.columns, discount="off", tax="tax", line="no")
    how = attrs.evolve(
        MAP,
        columns=columns,
        tax_included=False,
        tenders=(
            TenderColumn(method="gift_card", column="gift", per=TenderPer.PURCHASE),
            TenderColumn(method="card", column="paid"),
        ),
    )
    heading = "card,receipt,no,item,qty,price,off,tax,gift,paid,time"

    till.take_in(
        till.write(
            "ann,r1,a,tea,2,10.00,1.00,1.00,5.00,15.00,2024-01-01T10:00:00",
            "ann,r1,b,pot,1,4.00,,1.00,5.00,5.00,2024-01-01T10:00:00",
            heading=heading,
        ),
        how,
    )

    (sale,) = till.ledger.receipt("import:shop:r1").of(PurchaseRecorded)  # type: ignore[union-attr]
    assert sale.total == Decimal(25)
    assert [line.line_id for line in sale.basket.lines] == ["a", "b"]
    assert till.points("ann") == 20


def test_reads_decimal_commas_and_other_delimiters(till: Till) -> None:
    how = attrs.evolve(MAP, delimiter=";", decimal_mark=",")

    till.take_in(
        till.write(
            "ann;r1;tea;1;4,50;2024-01-01T10:00:00",
            "ann;r2;tea;1;4.50;2024-01-01T10:00:00",
            heading="card;receipt;item;qty;price;time",
        ),
        how,
    )

    assert till.points("ann") == 4
    assert till.refused() == ["3,r2,column 'price': '4.50' is not a number"]


def test_does_not_enrol_where_the_mapping_says_so(till: Till) -> None:
    how = attrs.evolve(MAP, enrol=False)

    report = till.take_in(till.write(*LINES[:1]), how)

    assert report.members_enrolled == 0
    assert till.refused() == ["2,r2,member 'ann' is not known"]


def test_a_member_who_was_there_before_is_not_enrolled_again(till: Till) -> None:
    till.ledger.enrol(key="by hand", programme_id="shop", member_id="ann")

    report = till.take_in(till.write(*LINES))

    assert report.members_enrolled == 1
    assert till.points("ann") == 16


def test_refuses_a_programme_that_is_not_defined(till: Till) -> None:
    with pytest.raises(UnknownProgrammeError):
        import_purchases(till.ledger, till.write(*LINES), MAP, programme_id="other")


def test_begins_nothing_where_the_rejects_cannot_be_written(till: Till) -> None:
    before = till.events()

    with pytest.raises(ImportFileError):
        import_purchases(
            till.ledger,
            till.write(*LINES),
            MAP,
            programme_id="shop",
            rejects=till.folder / "absent" / "rejects.csv",
        )

    assert till.events() == before


def test_refuses_a_purchase_whose_lines_disagree_on_a_payment(till: Till) -> None:
    gift = TenderColumn(method="gift_card", column="gift", per=TenderPer.PURCHASE)

    till.take_in(
        till.write(
            "ann,r1,tea,1,4.00,2024-01-01T10:00:00,5.00",
            "ann,r1,pot,1,4.00,2024-01-01T10:00:00,6.00",
            "ann,r2,pot,1,4.00,2024-01-01T10:00:00,",
            heading=f"{HEADING},gift",
        ),
        attrs.evolve(MAP, tenders=(gift,)),
    )

    assert till.refused() == [
        "2,r1,its lines differ in 'gift'",
        "3,r1,its lines differ in 'gift'",
    ]
    assert till.points("ann") == 4


def test_a_purchase_with_a_long_name_has_a_key_of_its_own(till: Till) -> None:
    names = [f"{'r' * 198}{number}" for number in range(2)]
    file = till.write(*(f"ann,{name},tea,1,4.00,2024-01-01T10:00:00" for name in names))

    first, again = till.take_in(file), till.take_in(file)

    assert (first.purchases_recorded, again.already_there) == (2, 2)


def test_tells_how_far_it_has_come(till: Till) -> None:
    told: list[tuple[str, int, int]] = []
    file = till.write(
        *(f"ann,r{n},tea,1,4.00,2024-01-01T10:00:00" for n in range(1500))
    )

    import_purchases(
        till.ledger,
        file,
        MAP,
        programme_id="shop",
        progress=lambda *args: told.append(args),
    )

    size = file.stat().st_size
    assert [one for one in told if one[0] == "reading"][-1] == ("reading", size, size)
    assert told[-1] == ("recording", 1500, 1500)
    assert len([one for one in told if one[0] == "reading"]) == 2


def test_no_room_to_put_lines_in_order_changes_nothing(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        problem = "database or disk is full"
        raise sqlite3.OperationalError(problem)

    monkeypatch.setattr(Staging, "add", full)
    before = till.events()

    with pytest.raises(ImportFileError, match="no room to put it in order"):
        till.take_in(till.write(*LINES))

    assert till.events() == before

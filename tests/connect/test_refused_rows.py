"""A row that cannot be used is refused with its number, and stops nothing."""

import gzip

import attrs
import pytest

from connect.till import HEADING, MAP, Till
from loyaltyledger.connect import ImportFileError, Times
from loyaltyledger.connect.rejects import csv_safe
from loyaltyledger.connect.table import LINE_MAX

GOOD = "ann,r1,tea,1,4.00,2024-01-01T10:00:00"
AFTER = "bob,r7,tea,1,7.00,2024-01-02T10:00:00"

BAD_CELLS = {
    "ann,r5,tea,one,4.00,2024-01-01T10:00:00": "column 'qty': 'one' is not a number",
    "ann,r5,tea,1,4e2,2024-01-01T10:00:00": "column 'price': '4e2' is not a number",
    "ann,r5,tea,1,NaN,2024-01-01T10:00:00": "column 'price': 'NaN' is not a number",
    "ann,r5,tea,1,,2024-01-01T10:00:00": "column 'price' is empty",
    "ann,r5,,1,4.00,2024-01-01T10:00:00": "column 'item' is empty",
    "ann,r5,tea,1,4.00,yesterday": "'yesterday' is not a time written as ISO 8601",
    "ann,r5,tea,1,4.00,2024-02-30T10:00:00": "is not a time written as ISO 8601",
    "ann,r5,tea,1,4.001,2024-01-01T10:00:00": "has too many decimals for GBP",
    "ann,r5,tea,1,1e,2024-01-01T10:00:00": "is not a number",
    "ann,r5,tea,1,9999999999999999,2024-01-01T10:00:00": "unit_price",
    "ann,r5,te\x07a,1,4.00,2024-01-01T10:00:00": "control characters",
    "ann,r5,tea,1,4.00,2025-01-01T10:00:00": "which is after",
}


@pytest.mark.parametrize("bad", BAD_CELLS)
def test_refuses_a_bad_cell_and_goes_on(till: Till, bad: str) -> None:
    report = till.take_in(till.write(GOOD, bad, AFTER))

    (refused,) = till.refused()
    assert refused.startswith("3,r5,")
    assert BAD_CELLS[bad] in refused
    assert (report.lines_refused, report.purchases_refused) == (1, 1)
    assert (till.points("ann"), till.points("bob")) == (4, 7)


def test_a_purchase_with_one_bad_row_is_refused_whole(till: Till) -> None:
    report = till.take_in(
        till.write(
            "ann,r1,tea,1,4.00,2024-01-01T10:00:00",
            AFTER,
            "ann,r1,pot,one,9.00,2024-01-01T10:00:00",
        )
    )

    assert till.refused() == [
        "2,r1,line 4 of this purchase was refused",
        "4,r1,column 'qty': 'one' is not a number",
    ]
    assert (report.purchases_recorded, report.purchases_refused) == (1, 1)
    assert till.points("bob") == 7
    assert till.ledger.receipt("import:shop:r1") is None


def test_a_row_with_too_many_cells_takes_its_purchase_along(till: Till) -> None:
    till.take_in(till.write(GOOD, f"{GOOD},more", AFTER))

    assert till.refused() == [
        "2,r1,line 3 of this purchase was refused",
        '3,r1,"line 3 has 7 cells, the heading has 6"',
    ]
    assert till.ledger.receipt("import:shop:r1") is None


def test_a_stray_quote_takes_along_every_purchase_it_swallowed(till: Till) -> None:
    lines = [GOOD, 'bob,r2,"tea,1,1.00,2024-01-01T10:00:00']
    lines += [f"cid,r{n},tea,1,1.00,2024-01-01T10:00:00" for n in range(3, 6)]

    till.take_in(till.write(*lines, 'dan,r6,"tea",1,1.00,2024-01-01T10:00:00'))

    refused = till.refused()
    assert [line.split(",")[:2] for line in refused] == [
        ["3", "r2"],
        ["4", "r3"],
        ["5", "r4"],
        ["6", "r5"],
        ["7", "r6"],
    ]
    assert till.points("ann") == 4


def test_a_line_break_within_quotes_is_no_break(till: Till) -> None:
    heading = f"note,{HEADING}"

    till.take_in(till.write(f'"a\nb",{GOOD}', f"x,{AFTER[:-1]}x", heading=heading))

    assert till.points("ann") == 4
    assert till.refused()[0].startswith("4,r7,")


def test_refuses_what_is_not_in_the_encoding(till: Till) -> None:
    file = till.folder / "latin.csv"
    bad = "ann,r5,caf\xe9,1,4.00,2024-01-01T10:00:00"
    file.write_bytes(f"{HEADING}\n{GOOD}\n{bad}\n".encode("latin-1"))

    till.take_in(file)
    assert till.refused() == ["3,r5,column 'item' is not in the encoding of the file"]

    till.take_in(file, attrs.evolve(MAP, encoding="latin-1"))
    assert till.refused() == []


def test_what_is_not_read_may_be_in_any_encoding(till: Till) -> None:
    file = till.folder / "latin.csv"
    lines = (f"note,{HEADING}", f"caf\xe9,{GOOD}", "")
    file.write_bytes("\n".join(lines).encode("latin-1"))

    till.take_in(file)

    assert till.points("ann") == 4


def test_refuses_a_time_without_a_zone_where_the_mapping_has_none(till: Till) -> None:
    till.take_in(till.write(GOOD), attrs.evolve(MAP, time=Times()))

    assert "names no zone, and neither does the mapping" in till.refused()[0]


def test_reads_times_in_the_zone_and_format_of_the_mapping(till: Till) -> None:
    times = Times(format="%d.%m.%Y %H:%M", zone="Europe/Berlin")
    line = "ann,r1,tea,1,4.00,01.06.2024 01:30"

    report = till.take_in(till.write(line), attrs.evolve(MAP, time=times))

    assert report.last_at is not None
    assert report.last_at.isoformat() == "2024-05-31T23:30:00+00:00"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("bob,r1,tea,1,4.00,2024-01-01T10:00:00", "its lines differ in member"),
        (",r1,tea,1,4.00,2024-01-01T10:00:00", "its lines differ in member"),
    ],
)
def test_refuses_a_purchase_of_two_members(till: Till, line: str, reason: str) -> None:
    till.take_in(till.write(GOOD, line))

    assert [reason in refused for refused in till.refused()] == [True, True]


def test_refuses_a_purchase_in_two_currencies(till: Till) -> None:
    columns = attrs.evolve(MAP.columns, currency="cur")
    how = attrs.evolve(MAP, columns=columns, currency=None)

    till.take_in(
        till.write(
            f"GBP,{GOOD}",
            f"EUR,{GOOD}",
            f"EUR,{AFTER}",
            "XX,cid,r9,tea,1,4.00,2024-01-01T10:00:00",
            heading=f"cur,{HEADING}",
        ),
        how,
    )

    assert [line.split(",", 2)[2] for line in till.refused()] == [
        '"its lines differ in currency: EUR, GBP"',
        '"its lines differ in currency: EUR, GBP"',
        "currency: EUR is not taken by programme 'shop': GBP",
        "\"currency 'XX' is not an ISO 4217 code, such as 'EUR'\"",
    ]


@pytest.mark.parametrize("first", "=+-@\t\r")
def test_no_cell_of_the_rejects_is_a_formula(first: str) -> None:
    assert csv_safe(f"{first}1") == f"'{first}1"
    assert csv_safe(f"1{first}") == f"1{first}"


def test_a_purchase_named_like_a_formula_is_written_safely(till: Till) -> None:
    till.take_in(till.write("ann,=cmd(),tea,one,4.00,2024-01-01T10:00:00"))

    assert till.refused()[0].startswith("2,'=cmd(),")


def test_a_very_long_cell_is_refused_and_the_rest_goes_on(till: Till) -> None:
    long = f"ann,r5,{'x' * 200_000},1,4.00,2024-01-01T10:00:00"

    till.take_in(till.write(GOOD, long, AFTER))

    assert till.refused()[0].startswith("3,")
    assert till.points("bob") == 7


UNREADABLE = {
    "absent": (None, "No such file"),
    "empty": (b"", "has no heading on its first line"),
    "without a column": (b"card,receipt,item,quantity,price,time\n", "'qty'"),
    "a column twice": (f"{HEADING},qty\n".encode(), "has 2 columns 'qty'"),
    "one endless line": (
        f"{HEADING}\n".encode() + b"x" * (LINE_MAX + 1),
        "line 2 has over",
    ),
    "gzip cut short": (
        gzip.compress(f"{HEADING}\n{GOOD}\n".encode() * 99)[:-20],
        "cannot be read at line",
    ),
    "gzip damaged": (b"\x1f\x8b" + b"nonsense" * 9, "cannot be read at line 1"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_cannot_be_read_changes_nothing(till: Till, what: str) -> None:
    content, problem = UNREADABLE[what]
    file = till.folder / "bad.csv"
    if content is not None:
        file.write_bytes(content)
    before = till.events()

    with pytest.raises(ImportFileError, match=problem):
        till.take_in(file)

    assert till.events() == before


HEADLESS = "1001,ann,receip,cards,12,2024-01-01T10:00:00"
HEADINGS = {
    HEADLESS: (
        "has no column 'receipt'; its first line has 6 cells (delimiter ','), "
        "and no column that the mapping names"
    ),
    "x" * 5000: "has no column 'receipt'; its first line has 1 cells",
    "Card,Receipt,Item": "has no column 'receipt'; did you mean 'Receipt'?",
    "card,reciept,item,qty,price,time": (
        "has no column 'receipt'; did you mean 'reciept'?; its first line has 6 cells "
        "(delimiter ','), with 'card', 'item', 'price', 'time', 'qty'"
    ),
}


@pytest.mark.parametrize("first", HEADINGS)
def test_a_first_line_that_is_no_heading_is_not_repeated(
    till: Till, first: str
) -> None:
    with pytest.raises(ImportFileError) as refused:
        till.take_in(till.write(heading=first))

    told = str(refused.value)
    assert HEADINGS[first] in told
    assert "ann" not in told
    assert "cards" not in told
    assert len(told) < 500
    assert not till.rejects.exists()

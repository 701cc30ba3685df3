"""Each event posts what `docs/chart-of-accounts.md` says, and it sums to zero."""

import re
from pathlib import Path
from typing import get_args

import pytest

from loyaltyledger import (
    AccountClosed,
    DebtPaid,
    Draw,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    Lot,
    LotReleased,
    Part,
    PartKind,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
)
from loyaltyledger.points import Event, postings
from shop import NOW, TICK

PAGE = Path(__file__).parents[2] / "docs" / "chart-of-accounts.md"
TABLE = PAGE.read_text(encoding="utf-8").partition("## What each event posts")[2]
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)
ROWS = {(event, when): (source, to) for event, when, source, to in ROW.findall(TABLE)}

BOOK = "adjustment"
BUCKET = "pending"
WORDS = {"its book": BOOK, "the part's bucket": f"member:{BUCKET}"}
PART = Part(points=7, lot_id="lot", bucket=BUCKET)
DEBT = Part(points=7, kind=PartKind.DEBT)
LOST = Part(points=9, kind=PartKind.LOST)
DRAW = Draw(lot_id="lot", points=7)


def granted(lot: Lot) -> Granted:
    return Granted(entry_id="e", at=NOW, book=BOOK, lots=(lot,))


def taken(*parts: Part, book: str = BOOK, released: tuple[Draw, ...] = ()) -> Taken:
    return Taken(entry_id="e", at=NOW, book=book, parts=parts, released=released)


def undone(*parts: Part, gives: bool, book: str) -> Reversed:
    return Reversed(
        entry_id="e", reverses="f", at=NOW, gives=gives, book=book, parts=parts
    )


EVENTS: dict[tuple[str, str], Event] = {
    ("Granted", "usable at once"): granted(
        Lot(lot_id="lot", points=7, available_from=NOW)
    ),
    ("Granted", "usable later"): granted(
        Lot(lot_id="lot", points=7, available_from=NOW + TICK)
    ),
    ("Taken", "spent, clawed back, sent, converted, adjusted"): taken(PART, LOST),
    ("Taken", "captured"): taken(
        Part(points=7, lot_id="lot", bucket="held"), book="spent"
    ),
    ("Taken", "the released rest of a capture"): taken(released=(DRAW,)),
    ("Taken", "a claw-back that made debt"): taken(DEBT, book="reversed"),
    ("Reversed", "an earn undone"): undone(PART, LOST, gives=False, book="reversed"),
    ("Reversed", "an earn undone that made debt"): undone(
        DEBT, gives=False, book="reversed"
    ),
    ("Reversed", "a spend undone"): undone(PART, gives=True, book="spent"),
    ("Reversed", "a claw-back undone, its debt forgiven"): undone(
        DEBT, gives=True, book="reversed"
    ),
    ("HoldPlaced", "always"): HoldPlaced(
        hold_id="h", at=NOW, lapses_at=NOW + TICK, pins=(DRAW,)
    ),
    ("HoldVoided", "always"): HoldVoided(hold_id="h", at=NOW, released=(DRAW,)),
    ("HoldLapsed", "always"): HoldLapsed(hold_id="h", at=NOW, points=7),
    ("PointsActivated", "always"): PointsActivated(lot_id="lot", at=NOW, points=7),
    ("LotReleased", "never posts"): LotReleased(
        entry_id="e", lot_id="lot", at=NOW, available_from=NOW
    ),
    ("PointsExpired", "always"): PointsExpired(lot_id="lot", at=NOW, points=7),
    ("PointsCancelled", "always"): PointsCancelled(lot_id="lot", at=NOW, points=7),
    ("ExpirySlid", "never posts"): ExpirySlid(at=NOW, until=NOW, lot_ids=("lot",)),
    ("DebtPaid", "always"): DebtPaid(
        entry_id="e", part=0, lot_id="lot", at=NOW, points=7
    ),
    ("AccountClosed", "points were left"): AccountClosed(at=NOW, forfeited=(PART,)),
    ("AccountClosed", "debt was left"): AccountClosed(at=NOW, written_off=7),
}


def test_the_page_has_a_row_for_each_example_and_each_event() -> None:
    assert set(ROWS) == set(EVENTS)
    assert {name for name, _ in ROWS} == {kind.__name__ for kind in get_args(Event)}


@pytest.mark.parametrize("row", EVENTS, ids=" ".join)
def test_an_event_posts_what_the_page_says(row: tuple[str, str]) -> None:
    source, to = (WORDS.get(cell, cell.strip("`")) for cell in ROWS[row])

    posted = {leg.account: leg.points for leg in postings(EVENTS[row])}

    assert posted == ({source: -7, to: 7} if source else {})


@pytest.mark.parametrize("name", ["HoldLapsed", "PointsExpired", "PointsActivated"])
def test_a_correction_posts_the_other_way(name: str) -> None:
    whose = {"hold_id": "h"} if name == "HoldLapsed" else {"lot_id": "lot"}
    kind = {kind.__name__: kind for kind in get_args(Event)}[name]

    there = postings(kind(at=NOW, points=7, **whose))
    back = postings(kind(at=NOW, points=-7, **whose))

    assert [(leg.account, -leg.points) for leg in back] == [
        (leg.account, leg.points) for leg in there
    ]


def test_points_given_back_after_they_paid_a_debt_reach_their_lot() -> None:
    repaid = Part(points=7, kind=PartKind.REPAID, lot_id="lot")

    legs = postings(undone(repaid, gives=True, book="reversed"))

    assert {leg.account: leg.points for leg in legs} == {
        "reversed": -7,
        "member:available": 7,
    }

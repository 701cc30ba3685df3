"""The judge of the kill loops finds what it is there to find."""

import sqlite3
from pathlib import Path

import attrs
import pytest

from loyaltyledger import Earn, Ledger
from survival.kills_journal import Journal, write_answers, write_begun, write_trouble
from survival.kills_judge import Verdict, judge
from survival.kills_loop import set_up
from survival.kills_till import Till
from survival.kills_work import carry_out

COMMITS = 60


@attrs.frozen
class Sold:
    """A ledger, and the journal of the till that made it."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'ledger.db'}"

    @property
    def journal(self) -> Path:
        return self.folder / "till"

    def run(self, statement: str) -> None:
        database = sqlite3.connect(self.folder / "ledger.db", isolation_level=None)
        assert database.execute(statement).rowcount
        database.close()

    def judged(self) -> Verdict:
        files = [self.journal]
        return judge(self.url, files, files, thoroughly=False)


@pytest.fixture
def sold(tmp_path: Path) -> Sold:
    sold = Sold(tmp_path)
    set_up(sold.url)
    till = Till("till", "shared", 3)
    file = Journal(path=sold.journal).open()
    with Ledger.open(sold.url) as ledger:
        for _ in range(COMMITS):
            commands = till.next()
            write_begun(file, commands)
            write_answers(file, carry_out(ledger, commands), 0, 1)
        ledger.views.follow()
    return sold


def test_what_is_right_is_clean(sold: Sold) -> None:
    verdict = sold.judged()

    assert verdict.is_clean, verdict
    assert verdict.acknowledged > COMMITS
    assert verdict.refused > 0


LAST_COMMAND = "SELECT max(first_event) FROM ledger_command"
LAST_EVENT = "SELECT max(id) FROM ledger_event"
MOVED = "SELECT first_event FROM ledger_command WHERE name = 'Transfer' LIMIT 1"
COMMAND_LOST = f"DELETE FROM ledger_command WHERE first_event = ({LAST_COMMAND})"
EVENT_LOST = f"DELETE FROM ledger_event WHERE id = ({MOVED})"
OTHER_FACT = "UPDATE ledger_event SET at = at + 1 WHERE name = 'points-granted.v1'"
GAP = f"UPDATE ledger_event SET version = version + 1 WHERE id = ({LAST_EVENT})"
VIEW_OFF = "UPDATE view_lot SET remaining = remaining + 1 WHERE true"
SECOND_KEY = """
    INSERT INTO ledger_command
        (key, name, digest, fields, first_event, events, recorded_at)
    SELECT key || '!', name, digest, fields, first_event + events, events, recorded_at
    FROM ledger_command ORDER BY first_event DESC LIMIT 1
"""


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (COMMAND_LOST, "lost"),
        (EVENT_LOST, "half"),
        (OTHER_FACT, "changed"),
        (GAP, "wrong"),
        (VIEW_OFF, "wrong"),
        (SECOND_KEY, "wrong"),
    ],
)
def test_damage_is_found(sold: Sold, damage: str, fault: str) -> None:
    sold.run(damage)

    assert getattr(sold.judged(), fault)


def test_points_that_nobody_asked_for_are_found(sold: Sold) -> None:
    with Ledger.open(sold.url) as ledger:
        ledger.earn(
            key="set up by nobody",
            programme_id="shop",
            member_id="shared",
            point_type="points",
            points=1,
        )

    (wrong,) = sold.judged().wrong

    assert wrong.startswith("shared has")


def test_a_till_that_could_not_go_on_is_found(sold: Sold) -> None:
    write_trouble(Journal(path=sold.journal).open(), "an error of no known class")

    assert sold.judged().wrong == ("an error of no known class",)


def test_a_line_that_was_cut_off_counts_for_nothing(sold: Sold) -> None:
    before = list(Journal(path=sold.journal).commits())
    with sold.journal.open("ab") as file:
        file.write(b'{"begun": "AAAA')

    assert list(Journal(path=sold.journal).commits()) == before


def test_half_of_a_batch_is_found(sold: Sold) -> None:
    done, undone = (
        Earn(key=key, programme_id="shop", member_id="m", point_type="points", points=1)
        for key in ("done", "undone")
    )
    with Ledger.open(sold.url) as ledger:
        ledger.enrol(key="set up m", programme_id="shop", member_id="m")
        ledger.execute(done)
    write_begun(Journal(path=sold.journal).open(), (done, undone))

    assert sold.judged().half == ("commit of done",)


def test_a_lost_command_that_is_not_the_last_of_the_log_is_found(sold: Sold) -> None:
    first = "SELECT min(first_event) FROM ledger_command WHERE name = 'Earn'"
    sold.run(f"DELETE FROM ledger_command WHERE first_event = ({first})")

    assert sold.judged().lost

"""A till in a process of its own, which says aloud what the ledger has acknowledged."""

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from loyaltyledger import Durability, Ledger, LedgerError
from shop import Clock
from survival.faults_shop import SETUP, VISIT, command, log_of, visit
from survival.faults_trace import TOLD

ONE_COMMIT = 5
"""Each so many visits are one commit; the others are a commit for each command."""
REFUSED = "refused "
TRIES_MAX = 20
FOLLOWED, CHECKPOINTED = 7, 9
"""So many visits lie between two looks at the views, or two checkpoints."""

Work = Callable[[Ledger, str, int], None]


def main(what: str, url: str, count: str) -> None:
    """Work, and end without closing anything, as a killed process does."""
    works: dict[str, Work] = {
        "visits": visits,
        "threads": threads,
        "repeat": repeat,
        "struggle": struggle,
        "give_up": give_up,
    }
    works[what](opened(url), url, int(count))
    os._exit(0)


def opened(url: str) -> Ledger:
    durability = Durability(os.environ.get("DURABILITY", "full"))
    for _ in range(TRIES_MAX):
        try:
            return Ledger.open(url, clock=Clock(), durability=durability)
        except LedgerError as error:
            refuse(error)
    raise AssertionError("it never opened")


def visits(ledger: Ledger, url: str, count: int) -> None:
    set_up(ledger)
    for number in range(count):
        pay_a_visit(ledger, number)
        if number % FOLLOWED == 0:
            ledger.views.follow()
        if number % CHECKPOINTED == CHECKPOINTED - 1:
            checkpoint(url)


def threads(ledger: Ledger, _url: str, count: int) -> None:
    """Pay visits side by side."""
    set_up(ledger)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: pay_a_visit(ledger, number), range(count)))


def repeat(ledger: Ledger, _url: str, count: int) -> None:
    """Carry out the first commands, whoever has carried them out before."""
    for number in range(count):
        carry_out(ledger, number)


def struggle(ledger: Ledger, _url: str, count: int) -> None:
    """Carry out each command until it is done, whatever fails."""
    for number in range(count):
        assert any(tried(ledger, number) for _ in range(TRIES_MAX)), number


def give_up(ledger: Ledger, _url: str, count: int) -> None:
    """Carry out commands until one fails; what is there can still be read."""
    for number in range(count):
        if not tried(ledger, number):
            log_of(ledger)
            return


def tried(ledger: Ledger, number: int) -> bool:
    try:
        carry_out(ledger, number)
    except LedgerError as error:
        refuse(error)
        return False
    return True


def refuse(error: LedgerError) -> None:
    os.write(1, f"{REFUSED}{type(error).__name__}\n".encode())


def checkpoint(url: str) -> None:
    """Bring everything into the file itself; then the log beside it begins anew."""
    path = url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(RESTART)")


def set_up(ledger: Ledger) -> None:
    for number in range(SETUP):
        carry_out(ledger, number)


def pay_a_visit(ledger: Ledger, number: int) -> None:
    first = SETUP + number * VISIT
    if number % ONE_COMMIT == 0:
        visit(ledger, number)
        tell(*range(first, first + VISIT))
        return
    for deed in range(first, first + VISIT):
        carry_out(ledger, deed)


def carry_out(ledger: Ledger, number: int) -> None:
    ledger.execute(command(number))
    tell(number)


def tell(*numbers: int) -> None:
    """Write the keys in one call, so that a trace has it in its place."""
    text = "".join(f"{TOLD}{command(number).key}\n" for number in numbers)
    os.write(1, text.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])

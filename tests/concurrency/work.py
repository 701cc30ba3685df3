"""What each of several processes does; in a module that a new process can import."""

from loyaltyledger import Ledger, LedgerError, Receipt
from shop import Clock

Outcome = Receipt | LedgerError


def _in_a_process(task: tuple[str, int], key: str) -> Outcome:
    url, number = task
    with Ledger.open(url, clock=Clock()) as ledger:
        try:
            return ledger.spend(
                key=key.format(number),
                programme_id="shop",
                member_id="ann",
                point_type="points",
                points=100,
            )
        except LedgerError as error:
            return error


def spend_with_own_key(task: tuple[str, int]) -> Outcome:
    return _in_a_process(task, "order {}")


def spend_with_one_key(task: tuple[str, int]) -> Outcome:
    return _in_a_process(task, "order")

"""Follows the log of the ledger at a URL, a few events at a time, and says so."""

import sys

from loyaltyledger import Ledger
from loyaltyledger.views.database import Database
from loyaltyledger.views.following import Follower, Progress


def told(progress: Progress) -> None:
    sys.stdout.write(f"{progress.events}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with Ledger.open(sys.argv[1]) as ledger:
        Follower(Database(ledger.store), events_per_page=3).follow(told)

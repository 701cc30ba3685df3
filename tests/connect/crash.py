"""Import a file in a process of its own, slowly enough to be killed in the middle."""

import sys
from pathlib import Path

from connect.till import MAP, NOW, SHOP
from loyaltyledger import Ledger
from loyaltyledger.connect import define_programme, import_purchases


def main(url: str, file: str) -> None:
    with Ledger.open(url, clock=lambda: NOW) as ledger:
        define_programme(ledger, SHOP)

        def told(what: str, done: int, _total: int) -> None:
            print(what, done, flush=True)  # noqa: T201  # the test reads it

        import_purchases(
            ledger,
            Path(file),
            MAP,
            programme_id="shop",
            facts_per_batch=5,
            progress=told,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])

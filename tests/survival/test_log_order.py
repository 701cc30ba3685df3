"""The order of the log is the order of every stream, whoever overtakes whom."""

import psycopg
import pytest

from loyaltyledger import ContendedError, Ledger
from shop import Shop, open_shop


def test_who_was_overtaken_on_a_stream_does_not_write_behind_it(
    postgres_url: str,
) -> None:
    with open_shop(url=postgres_url) as shop, psycopg.connect(postgres_url) as host:
        ours = Shop(shop.ledger.within(host), shop.clock)
        ours.earn(5, "ann", key="first of an early transaction")
        shop.earn(7, "bob", key="of a late transaction")

        with pytest.raises(ContendedError):
            ours.spend(7, "bob", key="last of an early transaction")

        host.rollback()
        ours.earn(5, "ann", key="first of an early transaction")
        ours.spend(7, "bob", key="last of an early transaction")
        host.commit()
        assert_in_order(shop.ledger)
        assert shop.balance("bob") == (0, 0, 0, 0)


def assert_in_order(ledger: Ledger) -> None:
    versions: dict[str, int] = {}
    for event in ledger.store.log():
        assert event.version == versions.get(event.stream, 0) + 1, event
        versions[event.stream] = event.version
    assert list(ledger.views.differences()) == []
    assert ledger.verify().findings == ()

"""What holds where several stores, threads and processes use one database."""

import threading
import time
from random import Random

from ..store import Store
from .events import NAMES, Clock, OpenStore, put, write
from .racing import Follower, in_threads


class Sharing:
    """What holds where several stores, threads and processes use one database."""

    def test_a_picture_does_not_change_while_it_is_open(self, store: Store) -> None:
        write(store, "k1", "a:1", 1)

        with store.reading() as reading:
            write(store, "k2", "a:1", 2)

            assert reading.version("a:1") == 1
            assert reading.key("k2") is None

        assert [row.version for row in store.raw()] == [1, 2]

    def test_keeps_everything_when_opened_again(self, open_store: OpenStore) -> None:
        first = open_store(names=NAMES, clock=Clock())
        told = write(first, "k", "a:1", 1)
        first.close()

        second = open_store(names=NAMES, clock=Clock())

        assert second.log() == told
        assert second.ledger_id == first.ledger_id
        assert write(second, "k2", "a:1", 2)[0].position > told[0].position
        second.close()

    def test_two_stores_write_to_one_log(self, open_store: OpenStore) -> None:
        one = open_store(names=NAMES, clock=Clock())
        other = open_store(names=NAMES, clock=Clock())

        told = write(one, "k1", "a:1", 1) + write(other, "k2", "a:1", 2)

        assert one.log() == other.log() == told
        one.close()
        assert other.log() == told
        other.close()

    def test_a_follower_misses_nothing_and_repeats_nothing(self, store: Store) -> None:
        follower = Follower(store)
        following = threading.Thread(target=follower.run)
        following.start()

        def work(number: int) -> None:
            random = Random(number)  # noqa: S311  # the same each time
            for n in range(25):
                with store.transaction() as transaction:
                    for part in range(random.randint(1, 3)):
                        stream = f"a:{number}-{n}-{part}"
                        points = range(1, random.randint(2, 5))
                        put(transaction, stream, stream, 0, *points)
                        # Hold it open, so that later ones overtake.
                        time.sleep(random.random() / 200)

        in_threads(8, work)
        follower.done.set()
        following.join()

        assert len(follower.seen) > 300
        everything = [event for _, events in store.all_streams() for event in events]
        assert follower.seen == sorted(everything, key=lambda each: each.position)

"""What is measured on PostgreSQL: one client, many clients, many in one commit."""

import contextlib
from collections.abc import Iterator

from loyaltyledger import Ledger

from .clients import Crew, crew
from .measure import Contest, Runner
from .place import Place
from .plain import in_postgres
from .raw_postgres import raw_table
from .rivals import Rivals
from .shop import Till, members

COMMAND = "postgres.command.1"


@contextlib.contextmanager
def _rivals(place: Place) -> Iterator[Rivals]:
    scale = place.scale
    with place.database() as name:
        url = place.server().url(name)
        plain = in_postgres(url, accounts=scale.members, events=scale.history)
        with Ledger.open(url) as ledger, raw_table(url) as raw, plain as shop:
            till = Till(ledger, members(scale))
            till.visit_all()
            yield Rivals(till, raw, shop)


@contextlib.contextmanager
def _crew(place: Place, clients: int) -> Iterator[Crew]:
    scale = place.scale
    with place.database() as name:
        url = place.server().url(name)
        plain = in_postgres(url, accounts=scale.members, events=scale.history)
        with (
            raw_table(url),
            plain as shop,
            crew(clients, url, members(scale), shop.accounts) as made,
        ):
            yield made


@contextlib.contextmanager
def command(place: Place) -> Iterator[Contest]:
    """Measure one durable command of one client."""
    with _rivals(place) as rivals:
        yield rivals.command()


@contextlib.contextmanager
def spread(place: Place) -> Iterator[Contest]:
    """Measure several clients, each on members of its own."""
    with _crew_at(place, place.scale.clients, "") as contest:
        yield contest


@contextlib.contextmanager
def shared(place: Place) -> Iterator[Contest]:
    """Measure several clients that all serve any member: most have been elsewhere."""
    with _crew_at(place, place.scale.clients, ", shared") as contest:
        yield contest


@contextlib.contextmanager
def hot(place: Place) -> Iterator[Contest]:
    """Measure several clients that all want the same member."""
    with _crew_at(place, place.scale.hot_clients, ", hot") as contest:
        yield contest


@contextlib.contextmanager
def _crew_at(place: Place, count: int, where: str) -> Iterator[Contest]:
    clients = range(count)
    with _crew(place, count) as made:
        yield Contest(
            ours=made.runner(f"ours{where}", clients),
            floor=made.runner("floor", clients),
            plain=made.runner(f"plain{where}", clients),
        )


@contextlib.contextmanager
def beside_hot(place: Place) -> Iterator[Contest]:
    """Measure clients on different members while others want one and the same.

    *beside* has as many others, who want different members too: so the machine is as
    busy, and what is left of the difference is what the hot member costs the rest.
    """
    many, few = place.scale.clients, place.scale.hot_clients
    clients, others = range(many), range(many, many + few)
    with _crew(place, many + few) as made:

        def ours_beside(job: str) -> Runner:
            return made.runner_beside("ours", clients, job, others)

        yield Contest(
            ours=ours_beside("ours, hot"),
            floor=made.runner_beside("floor", clients, "floor", others),
            beside=("others spread too", ours_beside("ours")),
        )


@contextlib.contextmanager
def hold_capture(place: Place) -> Iterator[Contest]:
    """Measure a hold and its capture: two commits."""
    with _rivals(place) as rivals:
        yield rivals.hold_capture(COMMAND)


@contextlib.contextmanager
def execute_many(place: Place) -> Iterator[Contest]:
    """Measure many earns in one commit."""
    with _rivals(place) as rivals:
        yield rivals.execute_many(place.scale.batch)

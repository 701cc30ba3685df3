"""A made-up year of one shop, played through the library: `loyaltyledger demo`."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from ..connect import ImportReport, define_programme
from ..desk import programme_stream
from ..kernel.errors import AlreadyExistsError
from ..ledger import Ledger
from .people import END
from .shop import POINT_TYPE, SHOP
from .story import Story, StoryClock
from .year import make_year

__all__ = ["END", "POINT_TYPE", "SHOP", "Demo", "StoryClock", "play"]


@attrs.frozen(kw_only=True)
class Demo:
    """What was played: commands and refusals by name, and what the tills' files said.

    The sample is a member who brought goods back, paid for with points if any were.
    """

    seed: int
    members: int
    commands: tuple[tuple[str, int], ...]
    refusals: tuple[tuple[str, int], ...]
    files: int
    imported: ImportReport
    sample_member: str
    sample_purchase: str


def _unwatched(_done: int, _total: int) -> None:
    pass


def play(
    ledger: Ledger,
    clock: StoryClock,
    *,
    members: int,
    seed: int,
    progress: Callable[[int, int], None] = _unwatched,
) -> Demo:
    """Play the year on a ledger that was opened with *clock*; END is its end."""
    with ledger.store.reading() as reading:
        if reading.version(programme_stream(SHOP.programme_id)):
            raise AlreadyExistsError(what="programme", name=SHOP.programme_id)
    year = make_year(members=members, seed=seed)
    define_programme(ledger, SHOP)
    with TemporaryDirectory(prefix="loyaltyledger-demo-") as folder:
        story = Story(ledger, clock, year, seed=seed, folder=Path(folder))
        for number, day in enumerate(year.days, 1):
            story.play(day)
            progress(number, len(year.days))
    story.close_the_year()
    first = year.people[0].member_id
    _, member, purchase = min(story.samples, default=(True, first, ""))
    return Demo(
        seed=seed,
        members=members,
        commands=tuple(sorted(story.commands.items())),
        refusals=tuple(sorted(story.refusals.items())),
        files=len(story.files),
        imported=story.imported(),
        sample_member=member,
        sample_purchase=purchase,
    )

"""The year of the demo, played through the library day by day."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import attrs

from ..connect import ImportReport, import_purchases
from ..desk import Command
from ..kernel.errors import LedgerError
from ..ledger import Ledger
from . import counter, office
from .people import DAYS, END, Person, happens, instant
from .shop import POINT_TYPE, SHOP, TILL_FILE
from .till import write_till_file
from .year import Day, Sale, Year

SHOP_ID = SHOP.programme_id
MOVES_IN_AFTER_DAYS = 20
FROZEN_DAYS = 21


class StoryClock:
    """The clock of the shop: what the ledger takes for now."""

    def __init__(self) -> None:
        self.now = instant(0, 0)

    def __call__(self) -> datetime:
        return self.now


class Story:
    """Plays a year, and counts what the ledger answered."""

    def __init__(
        self, ledger: Ledger, clock: StoryClock, year: Year, *, seed: int, folder: Path
    ) -> None:
        self.commands: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.files: list[ImportReport] = []
        self.samples: list[tuple[bool, str, str]] = []
        self._ledger = ledger
        self._clock = clock
        self._year = year
        self._folder = folder
        self._random = Random(seed + 1)  # noqa: S311  # made-up history, nothing secret
        self._joined: list[Person] = []
        self._known: set[str] = set()
        self._gone: set[str] = set()
        self._locked: set[str] = set()
        self._homes: set[str] = set()
        self._paid: set[str] = set()
        self._frozen: dict[int, str] = {}

    def play(self, day: Day) -> None:
        """Open the shop, serve everybody, and take in the tills' file at night."""
        day = attrs.evolve(day, sales=tuple(self._with_cards(day.sales)))
        self._clock.now = instant(day.number, 0)
        commands = sorted(self._of(day), key=_when)
        self._clock.now = instant(day.number, 23 * 60 + 59)
        for command, outcome in zip(
            commands, self._ledger.execute_many(commands), strict=True
        ):
            name = type(command).__name__
            self.commands[name] += 1
            if isinstance(outcome, LedgerError):
                self.refusals[f"{name}: {type(outcome).__name__}"] += 1
        self._take_in(day)
        self._known = {person.member_id for person in self._joined} - self._gone

    def close_the_year(self) -> None:
        self._clock.now = END

    def _with_cards(self, sales: Iterable[Sale]) -> Iterator[Sale]:
        """Let those who left buy on at the till, without a card."""
        for sale in sales:
            if sale.member_id not in self._gone:
                yield sale
            elif not sale.is_online:
                yield attrs.evolve(sale, member_id="")

    # ── a day ───────────────────────────────────────────────────────────────

    def _of(self, day: Day) -> Iterator[Command]:
        for person in self._year.people:
            if person.joins == day.number:
                self._joined.append(person)
                yield from counter.joining(person, instant(day.number, 8 * 60))
            if person.joins + MOVES_IN_AFTER_DAYS == day.number and person.household_id:
                yield from self._moving_in(person, instant(day.number, 8 * 60 + 30))
        served: set[str] = set()
        for sale in day.sales:
            yield from self._serving(sale, served)
        for back in day.returns:
            if back.member_id not in self._gone:  # else it may be without a card
                has_paid = back.receipt in self._paid
                self.samples.append((not has_paid, back.member_id, back.receipt))
            yield from counter.bringing_back(back)
        yield from self._odds_and_ends(day)

    def _serving(self, sale: Sale, served: set[str]) -> Iterator[Command]:
        """Serve somebody; points are used once a day, so what is free is known."""
        free = 0
        may_use = sale.member_id in self._known and sale.member_id not in served
        if sale.is_online:
            # The web shop knows whose points are locked; the till has to ask.
            may_use = may_use and sale.member_id not in self._locked
        if sale.wants_points and may_use:
            served.add(sale.member_id)
            free = self._free(sale.member_id)
        if not sale.is_online:
            yield from counter.voucher(sale, free, self._random)
            return
        for command in counter.checkout(sale, free, self._random):
            if command.key.startswith("capture"):
                self._paid.add(sale.receipt)
            yield command

    def _moving_in(self, person: Person, at: datetime) -> Iterator[Command]:
        assert person.household_id is not None, "asked by the caller"
        is_first = person.household_id not in self._homes
        self._homes.add(person.household_id)
        points = self._free(person.member_id)
        if not (is_first or points):
            self._locked.add(person.member_id)
        yield from counter.moving_in(person, at, points=points, is_first=is_first)

    def _odds_and_ends(self, day: Day) -> Iterator[Command]:
        at = instant(day.number, 20 * 60 + 30)
        if day.number in self._frozen:
            thawed = self._frozen.pop(day.number)
            self._locked.discard(thawed)
            yield office.unfreezing(thawed, at)
        for chance, what in ((0.15, "goodwill"), (0.2, "gift"), (0.06, "freeze")):
            somebody = self._random.choice(self._joined)
            if not happens(self._random, chance) or somebody.member_id in self._gone:
                continue
            yield from self._one(what, somebody.member_id, day.number, at)
        leaver = self._random.choice(self._joined)
        if happens(self._random, 0.05) and not leaver.household_id:
            self._gone.add(leaver.member_id)
            yield office.closing(leaver.member_id, at + timedelta(minutes=5))

    def _one(
        self, what: str, member_id: str, day: int, at: datetime
    ) -> Iterator[Command]:
        if what == "goodwill":
            yield office.goodwill(member_id, at)
        elif what == "freeze":
            if happens(self._random, 0.6) and day + FROZEN_DAYS < DAYS:
                self._frozen[day + FROZEN_DAYS] = member_id
            self._locked.add(member_id)
            yield office.freezing(member_id, at)
        else:
            receiver = self._random.choice(self._joined).member_id
            known = receiver != member_id and member_id in self._known
            if known and self._free(member_id) >= office.GIFT:
                yield office.gift(member_id, receiver, at)

    def _free(self, member_id: str) -> int:
        balance = self._ledger.balance(
            programme_id=SHOP_ID, member_id=member_id, point_type=POINT_TYPE
        )
        return balance.free

    def _take_in(self, day: Day) -> None:
        file = self._folder / f"till-{day.number + 1:03}.csv"
        write_till_file(file, (sale for sale in day.sales if not sale.is_online))
        report = import_purchases(
            self._ledger,
            file,
            TILL_FILE,
            programme_id=SHOP_ID,
            rejects=file.with_suffix(".rejects.csv"),
        )
        self.files.append(report)

    def imported(self) -> ImportReport:
        """Add up what the tills' files brought."""
        names = [
            one.name for one in attrs.fields(ImportReport) if one.name != "last_at"
        ]
        sums = {name: sum(getattr(one, name) for one in self.files) for name in names}
        return ImportReport(**sums)


def _when(command: Command) -> datetime:
    at = getattr(command, "at", None)
    assert isinstance(at, datetime), "every command of the demo is dated"
    return at

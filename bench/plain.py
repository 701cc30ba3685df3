"""Plain `eventsourcing`, used as its tutorial does: one aggregate, a save a command."""

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import attrs
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError
from psycopg.conninfo import conninfo_to_dict

BULK_ACCOUNTS, BULK_EVENTS = 100, 10
PAGE = 2000


class Account(Aggregate):
    """A balance and what is held of it; no lots, no rules but one, no keys."""

    @event("Opened")
    def __init__(self) -> None:
        self.balance = 0
        self.held = 0

    @event("Credited")
    def credited(self, amount: int) -> None:
        self.balance += amount

    @event("Debited")
    def debited(self, amount: int) -> None:
        if amount > self.balance - self.held:
            raise ValueError
        self.balance -= amount

    @event("Held")
    def hold(self, amount: int) -> None:
        if amount > self.balance - self.held:
            raise ValueError
        self.held += amount

    @event("Captured")
    def capture(self, amount: int) -> None:
        self.held -= amount
        self.balance -= amount


App = Application[UUID]


@attrs.define
class PlainShop:
    """One client of an application."""

    app: App
    accounts: Sequence[UUID]
    _random: random.Random = attrs.field(factory=random.Random)
    _turn: int = 0

    def command(self) -> None:
        """Credit and debit by turns; once more if somebody else got in first."""
        self._turn += 1
        account_id = self._random.choice(self.accounts)
        while True:
            account = self._get(account_id)
            self._change(account)
            with contextlib.suppress(IntegrityError):
                self.app.save(account)
                return

    def hold_and_capture(self) -> None:
        account_id = self._random.choice(self.accounts)
        for change in (Account.hold, Account.capture):
            account = self._get(account_id)
            change(account, 1)
            self.app.save(account)

    def batch(self, size: int) -> Callable[[], None]:
        """Return a step that changes *size* accounts and saves them together."""

        def step() -> None:
            chosen = self._random.choices(self.accounts, k=size)
            accounts = {account_id: self._get(account_id) for account_id in set(chosen)}
            for account_id in chosen:
                accounts[account_id].credited(5)
            self.app.save(*accounts.values())

        return step

    def bulk(self) -> None:
        """Save new accounts of some events each, at once."""
        self.app.save(*(_account(BULK_EVENTS) for _ in range(BULK_ACCOUNTS)))

    def account(self) -> Account:
        return self._get(self._random.choice(self.accounts))

    def read(self) -> int:
        balance: int = self.account().balance
        return balance

    def replay(self) -> int:
        """Read everything and fold it into balances; return the number of events."""
        balances: dict[UUID, int] = {}
        start, events = 1, 0
        while page := self.app.recorder.select_notifications(start, PAGE):
            for notification in page:
                one = self.app.mapper.to_domain_event(notification)
                sign = {"Credited": 1, "Debited": -1}.get(type(one).__name__, 0)
                if sign:
                    account_id, moved = one.originator_id, sign * one.amount  # type: ignore[attr-defined]  # upstream makes it from the arguments
                    balances[account_id] = balances.get(account_id, 0) + moved
            events += len(page)
            start = page[-1].id + 1
        return events

    def _get(self, account_id: UUID) -> Account:
        return self.app.repository.get(account_id)

    def _change(self, account: Account) -> None:
        if self._turn % 2:
            account.credited(5)
        else:
            account.debited(5)


def in_sqlite(
    path: Path, *, accounts: int, events: int
) -> contextlib.AbstractContextManager[PlainShop]:
    env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}
    return _shop(env, accounts=accounts, events=events)


def in_postgres(
    url: str, *, accounts: int, events: int
) -> contextlib.AbstractContextManager[PlainShop]:
    return _shop(_postgres(url), accounts=accounts, events=events)


@contextlib.contextmanager
def joined_in_postgres(url: str, accounts: Sequence[UUID]) -> Iterator[PlainShop]:
    """Open what another process has made."""
    env = _postgres(url) | {"CREATE_TABLE": "n"}
    with contextlib.closing(App(env=env)) as app:
        yield PlainShop(app, accounts)


@contextlib.contextmanager
def _shop(env: dict[str, str], *, accounts: int, events: int) -> Iterator[PlainShop]:
    with contextlib.closing(App(env=env)) as app:
        made = [_account(events) for _ in range(accounts)]
        for account in made:
            app.save(account)
        yield PlainShop(app, [account.id for account in made])


def _account(events: int) -> Account:
    account = Account()
    for _ in range(events - 1):
        account.credited(100)
    return account


def _postgres(url: str) -> dict[str, str]:
    parts = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_HOST": str(parts["host"]),
        "POSTGRES_PORT": str(parts["port"]),
        "POSTGRES_USER": str(parts["user"]),
        "POSTGRES_PASSWORD": "",
        "POSTGRES_DBNAME": str(parts["dbname"]),
    }

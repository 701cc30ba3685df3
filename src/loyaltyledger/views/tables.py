"""The tables of the views: what the log says, and nothing that depends on now.

Instants are microseconds since 1970, as in the log. An account is numbered by the
position of its first event, so that a rebuilt view has the very same rows.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

METADATA = MetaData()
# The C collation orders by bytes, as SQLite does, whatever the server's language.
WORDS: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
NUMBER: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")


def _key(name: str, kind: TypeEngine[str] | TypeEngine[int]) -> Column[object]:
    return Column(name, kind, primary_key=True, autoincrement=False)


def _number(name: str) -> Column[object]:
    return Column(name, NUMBER, nullable=False)


def _number_or_null(name: str) -> Column[object]:
    return Column(name, NUMBER)


def _words(name: str) -> Column[object]:
    return Column(name, WORDS, nullable=False)


def _words_or_null(name: str) -> Column[object]:
    return Column(name, WORDS)


POSITION = Table(
    "view_position",
    METADATA,
    _key("name", WORDS),
    _number("version"),
    _number("position"),
)

ACCOUNT = Table(
    "view_account",
    METADATA,
    _key("id", NUMBER),
    Column("stream", WORDS, nullable=False, unique=True),
    _words("programme"),
    _words("owner_kind"),
    _words("owner"),
    _words("point_type"),
    _number("latest_at"),
    _number_or_null("earliest_at"),
    _number("lots"),
)
Index(
    "view_account_owner",
    ACCOUNT.c.programme,
    ACCOUNT.c.owner_kind,
    ACCOUNT.c.owner,
    ACCOUNT.c.point_type,
)

LOT = Table(
    "view_lot",
    METADATA,
    _key("account", NUMBER),
    _key("lot_id", WORDS),
    _number("number"),
    _words("source"),
    _number("granted"),
    _number("remaining"),
    _number("gone"),
    _number("granted_at"),
    _number_or_null("available_from"),
    _number_or_null("expires_at"),
    _number_or_null("cancel_by"),
    sqlite_with_rowid=False,
)
IS_OPEN = LOT.c.remaining != LOT.c.gone
Index("view_lot_open", LOT.c.account, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)

PIN = Table(
    "view_pin",
    METADATA,
    _key("account", NUMBER),
    _key("hold_id", WORDS),
    _key("lot_id", WORDS),
    _number("points"),
    _number("lapses_at"),
    sqlite_with_rowid=False,
)

DEBT = Table(
    "view_debt",
    METADATA,
    _key("account", NUMBER),
    _key("entry_id", WORDS),
    _key("part", NUMBER),
    _number("at"),
    _number("owed"),
    sqlite_with_rowid=False,
)

CHECKPOINT = Table(
    "view_checkpoint",
    METADATA,
    _key("account", NUMBER),
    _key("latest_at", NUMBER),
    _key("version", NUMBER),
    _number("recorded_at"),
    _number("earliest_after"),
    Column("state", LargeBinary, nullable=False),
)

STATEMENT = Table(
    "view_statement",
    METADATA,
    _key("position", NUMBER),
    _words("account"),
    _number("at"),
    _number("recorded_at"),
    _words("kind"),
    _words("entry"),
    _number("change"),
    _number("available"),
    _number("held"),
    _number("pending"),
    _number("debt"),
)
Index(
    "view_statement_account",
    STATEMENT.c.account,
    STATEMENT.c.at,
    STATEMENT.c.position,
)

PURCHASE = Table(
    "view_purchase",
    METADATA,
    _key("position", NUMBER),
    _words("stream"),
    _words("programme"),
    _words("kind"),
    _words_or_null("member"),
    _words_or_null("purchase_id"),
    _words_or_null("return_id"),
    _number("at"),
    _number("recorded_at"),
    _words_or_null("total"),
    _words_or_null("currency"),
)
Index("view_purchase_member", PURCHASE.c.programme, PURCHASE.c.member)
Index("view_purchase_stream", PURCHASE.c.stream)

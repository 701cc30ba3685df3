"""How a ledger uses its database; the same words for both engines."""

from enum import StrEnum
from typing import Any

import attrs

from ..kernel.errors import InvalidInputError
from ..kernel.fields import count, instance, one_of

SCHEMA = "loyaltyledger"
BUSY_TIMEOUT_S = 30.0
POOL_SIZE = 10
TIMEOUT_S_MAX = 86_400
CONNECTIONS_MAX = 1000
PREPARE_THRESHOLD = 5
"""After so many uses a statement is prepared on the server."""
PREPARE_THRESHOLD_MAX = 1_000_000


class Durability(StrEnum):
    """What an acknowledged commit survives. Neither ever leaves half of a command."""

    FULL = "full"
    """It is on disk: a power cut loses nothing."""
    RELAXED = "relaxed"
    """A crash of the machine (on PostgreSQL, of the server) may lose the last ones."""


def _check_seconds(_instance: object, attribute: Any, value: Any) -> None:  # noqa: ANN401  # whatever the host has given
    if value is None and attribute.default is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        problem = f"must be a number of seconds, not a {type(value).__name__}"
        raise InvalidInputError(field=attribute.name, problem=problem)
    if not 0 <= value <= TIMEOUT_S_MAX:  # which no NaN is
        problem = f"must be from 0 to {TIMEOUT_S_MAX} seconds"
        raise InvalidInputError(field=attribute.name, problem=problem)


@attrs.frozen(kw_only=True)
class Settings:
    """What a host may choose when it opens a ledger."""

    schema: str = attrs.field(default=SCHEMA, validator=instance(str))
    busy_timeout_s: float = attrs.field(
        default=BUSY_TIMEOUT_S, validator=_check_seconds
    )
    statement_timeout_s: float | None = attrs.field(
        default=None, validator=_check_seconds
    )
    idle_timeout_s: float | None = attrs.field(default=None, validator=_check_seconds)
    pool_size: int = attrs.field(default=POOL_SIZE, validator=count(1, CONNECTIONS_MAX))
    prepare_threshold: int | None = attrs.field(
        default=PREPARE_THRESHOLD,
        validator=count(0, PREPARE_THRESHOLD_MAX, optional=True),
    )
    durability: Durability = attrs.field(
        default=Durability.FULL, validator=one_of(Durability)
    )


def migrate_command(database: str, schema: str | None) -> str:
    """Return what makes or updates the tables, on the command line."""
    where = "" if schema in {None, SCHEMA} else f" --schema {schema}"
    return f"loyaltyledger migrate --db {database}{where}"

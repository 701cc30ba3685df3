"""Which programme, which points, and as of when."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import click

from ..desk import programme_stream
from ..kernel.errors import UnknownProgrammeError
from ..kernel.ids import stream_ids
from ..kernel.time import start_of_day
from ..ledger import Ledger
from ..programme import Programme, ProgrammeDefined

_NONE = "has none yet; define one by `import purchases` with --programme"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

programme_option = click.option(
    "--programme-id", metavar="ID", help="Needed where the ledger has several."
)
points_option = click.option(
    "--points", "point_type", metavar="TYPE", help="The point type, if several."
)
at_option = click.option(
    "--at",
    metavar="WHEN",
    help="As of then: ISO 8601 with a zone, or a date, meaning the end of that day "
    "in the programme's time zone. Default: now.",
)
known_at_option = click.option(
    "--known-at",
    metavar="WHEN",
    help="Leave out what was recorded after then. Written like --at.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document."
)


@attrs.frozen(kw_only=True)
class Scope:
    """The programme and the point types that a question is about."""

    programme: Programme
    point_types: tuple[str, ...]

    @property
    def programme_id(self) -> str:
        return self.programme.programme_id

    def one_type(self) -> str:
        """Return the point type; where there are several, it must be named."""
        if len(self.point_types) > 1:
            names = ", ".join(self.point_types)
            problem = f"the programme has {names}; name one"
            raise click.BadParameter(problem, param_hint="--points")
        return self.point_types[0]

    def instant(self, text: str | None, option: str) -> datetime | None:
        """Read a time of the command line."""
        if text is None:
            return None
        return instant(text, option, lambda: self.programme.tz)


def instant(text: str, option: str, day_in: Callable[[], ZoneInfo]) -> datetime:
    """Read a time of the command line; only for a date a time zone is asked for."""
    try:
        if _DAY.fullmatch(text):
            following = date.fromisoformat(text) + timedelta(days=1)
            return start_of_day(following, day_in()) - timedelta(microseconds=1)
        at = datetime.fromisoformat(text)
        if at.utcoffset() is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        problem = f"{text!r} is no time such as 2024-12-31T12:00Z, and no date"
        raise click.BadParameter(problem, param_hint=option) from None
    problem = f"{text!r} names no time zone; add Z, or +01:00"
    raise click.BadParameter(problem, param_hint=option)


def scope_of(
    ledger: Ledger, programme_id: str | None, point_type: str | None = None
) -> Scope:
    """Find the programme: the one named, or the only one there is."""
    if programme_id is None:
        names = [stream_ids(name)[1] for name in ledger.store.streams("programme:")]
        if len(names) != 1:
            there = f"has {', '.join(names)}; name one" if names else _NONE
            problem = f"the ledger {there}"
            raise click.BadParameter(problem, param_hint="--programme-id")
        programme_id = names[0]
    programme = _newest(ledger, programme_id)
    if point_type is not None:
        return Scope(
            programme=programme, point_types=(programme.point_type(point_type).name,)
        )
    types = tuple(kind.name for kind in programme.point_types)
    return Scope(programme=programme, point_types=types)


def _newest(ledger: Ledger, programme_id: str) -> Programme:
    with ledger.store.reading() as reading:
        versions = reading.events(programme_stream(programme_id))
    if not versions:
        raise UnknownProgrammeError(name=programme_id)
    newest = versions[-1].event
    assert isinstance(newest, ProgrammeDefined), "nothing else is in its stream"
    return newest.programme

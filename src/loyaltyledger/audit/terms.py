"""The versions of a programme, as they were known at some moment."""

from collections.abc import Iterable

from ..desk import fold_stream
from ..points import AccountId
from ..programme import PointType, ProgrammeHistory
from ..store import Recorded
from .asof import AsOf


def history_of(events: Iterable[Recorded]) -> ProgrammeHistory:
    """Fold what is known of a programme."""
    loaded = fold_stream("programme", None, (one.event for one in events))
    history = loaded.state
    assert isinstance(history, ProgrammeHistory), "the stream of a programme"
    return history


def known_by(events: Iterable[Recorded], as_of: AsOf) -> ProgrammeHistory:
    """Return every version known by then, those of later days among them."""
    known_at = as_of.known_at
    return history_of(
        one for one in events if known_at is None or one.recorded_at <= known_at
    )


def kind_of(
    history: ProgrammeHistory, account_id: AccountId, as_of: AsOf
) -> PointType | None:
    """Return the policies of the day; of a dropped point type, the last it had.

    None where no version known then has the point type.
    """
    name = account_id.point_type
    if not history.versions:
        return None
    on_the_day = history.on(as_of.at, programme_id=account_id.programme_id)
    versions = (on_the_day, *(one.programme for one in reversed(history.versions)))
    kinds = (kind for version in versions for kind in version.point_types)
    return next((kind for kind in kinds if kind.name == name), None)

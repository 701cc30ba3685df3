"""Quotes: what a basket would earn, carried from the basket to the commit."""

from datetime import datetime, timedelta

import attrs

from ..kernel.errors import QuoteError
from ..kernel.fields import check_instance, check_instant, tuple_of
from ..kernel.time import command_instant
from ..programme import Programme
from ..rules import Award, Basket, value

VALID_FOR = timedelta(minutes=30)


@attrs.frozen(kw_only=True)
class Quote:
    """What a basket earns, decided at *at*; holds until *valid_until*."""

    at: datetime = attrs.field(validator=check_instant)
    valid_until: datetime = attrs.field(validator=check_instant)
    awards: tuple[Award, ...] = attrs.field(validator=tuple_of(Award))

    def points(self, point_type: str) -> int:
        """Return the points of one type; 0 where it earns none."""
        awards = (one for one in self.awards if one.point_type == point_type)
        return sum(one.points for one in awards)


def quote(basket: Basket, programme: Programme, at: datetime) -> Quote:
    """Say what a basket would earn; writes nothing."""
    check_instance("basket", basket, Basket)
    command_instant(at, field="at")
    awards = value(basket, programme).awards
    return Quote(at=at, valid_until=at + VALID_FOR, awards=awards)


def check_quote(quoted: Quote, awards: tuple[Award, ...], at: datetime) -> None:
    """Refuse a quote that has run out, or that this basket was not given."""
    if at >= quoted.valid_until:
        raise QuoteError(problem=f"it was valid until {quoted.valid_until.isoformat()}")
    if at < quoted.at:
        raise QuoteError(problem=f"it was made at {quoted.at.isoformat()}, later")
    if awards != quoted.awards:
        raise QuoteError(problem="it was made for another basket or programme")

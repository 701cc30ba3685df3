"""What can be asked about sales and what comes back."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import attrs

from ..kernel.errors import InvalidInputError
from ..kernel.fields import check_text, instance, instant, one_of, tuple_of
from ..kernel.ids import check_id, check_optional_id
from ..kernel.quantities import check_decimal, exact
from ..rules import Basket
from .quoting import Quote


class IfUnknown(StrEnum):
    """What a return does whose purchase was never recorded."""

    REFUSE = "refuse"
    WAIT = "wait"


def _check_positive(
    _instance: object,
    attribute: "attrs.Attribute[Decimal | None]",
    value: Decimal | None,
) -> None:
    if value is None:
        return
    check_decimal(_instance, attribute, value)
    if value <= 0:
        raise InvalidInputError(field=attribute.name, problem=f"{value} is not above 0")


@attrs.frozen(kw_only=True)
class ReturnLine:
    """What comes back of a line: a *quantity*, an *amount* of money, or all of it."""

    line_id: str = attrs.field(validator=check_id)
    quantity: Decimal | None = attrs.field(
        default=None, converter=exact, validator=_check_positive
    )
    amount: Decimal | None = attrs.field(
        default=None, converter=exact, validator=_check_positive
    )

    def __attrs_post_init__(self) -> None:
        if self.quantity is not None and self.amount is not None:
            problem = "give a quantity or an amount, not both"
            raise InvalidInputError(field="quantity", problem=problem)


@attrs.frozen(kw_only=True)
class RecordPurchase:
    """Record a sale to a member, and award what it earns.

    A *quote* carried here is honoured within its validity, or refused.
    """

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    purchase_id: str = attrs.field(validator=check_id)
    basket: Basket = attrs.field(validator=instance(Basket))
    at: datetime | None = instant("at")
    quote: Quote | None = attrs.field(
        default=None, validator=instance(Quote, optional=True)
    )
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class ReturnPurchase:
    """Undo *lines* of a purchase, an *amount* of it, or (neither) all that is left."""

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    purchase_id: str = attrs.field(validator=check_id)
    return_id: str = attrs.field(validator=check_id)
    lines: tuple[ReturnLine, ...] = attrs.field(
        default=(), validator=tuple_of(ReturnLine)
    )
    amount: Decimal | None = attrs.field(
        default=None, converter=exact, validator=_check_positive
    )
    if_unknown: IfUnknown = attrs.field(
        default=IfUnknown.REFUSE, validator=one_of(IfUnknown)
    )
    at: datetime | None = instant("at")
    reason: str | None = attrs.field(default=None, validator=check_text)
    actor: str | None = attrs.field(default=None, validator=check_optional_id)

    def __attrs_post_init__(self) -> None:
        if self.lines and self.amount is not None:
            problem = "give lines or an amount, not both"
            raise InvalidInputError(field="lines", problem=problem)
        ids = [line.line_id for line in self.lines]
        if len(ids) != len(set(ids)):
            problem = "each line at most once"
            raise InvalidInputError(field="lines", problem=problem)


@attrs.frozen(kw_only=True)
class ReturnUnlinked:
    """Take back goods whose purchase is not known.

    Decided by the rules of its day on what was returned: quantities are positive.
    """

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    return_id: str = attrs.field(validator=check_id)
    basket: Basket = attrs.field(validator=instance(Basket))
    at: datetime | None = instant("at")
    reason: str | None = attrs.field(default=None, validator=check_text)
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class CancelReturn:
    """Take back a return that was booked by mistake.

    Without *purchase_id* it is an unlinked one.
    """

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    return_id: str = attrs.field(validator=check_id)
    purchase_id: str | None = attrs.field(default=None, validator=check_optional_id)
    at: datetime | None = instant("at")
    reason: str | None = attrs.field(default=None, validator=check_text)
    actor: str | None = attrs.field(default=None, validator=check_optional_id)

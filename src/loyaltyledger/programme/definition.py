"""A programme: its point types, currencies, time zone and rates.

What a programme says is one value, and each change is a new version of it. A
decision uses the version in force at its own instant, so that a late fact is
decided by the rules of its day.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

import attrs

from ..kernel.errors import (
    InvalidInputError,
    UnknownConversionError,
    UnknownPointTypeError,
    UnknownProgrammeError,
)
from ..kernel.fields import (
    check_flag,
    check_ids,
    count,
    instance,
    instant,
    one_of,
    tuple_of,
)
from ..kernel.ids import check_id, check_optional_id
from ..kernel.quantities import (
    DECIMALS_MAX,
    Rounding,
    check_currency,
    check_decimal,
    check_points,
    decimals,
    exact,
    minor_units,
)
from ..kernel.time import zone
from .policies import (
    DAYS_MAX,
    Expiry,
    Pending,
    RestoredPolicy,
    ReversalPolicy,
    SpendOrder,
    TransferExpiry,
)


class PointKind(StrEnum):
    """Spendable buys rewards, status counts towards tiers, cashback is minor units."""

    SPENDABLE = "spendable"
    STATUS = "status"
    CASHBACK = "cashback"


class Steps(StrEnum):
    """Whether a rate counts whole units only, or in proportion."""

    WHOLE = "whole"
    PROPORTIONAL = "proportional"


class TaxBasis(StrEnum):
    """Whether tax earns too: gross is with tax, net without."""

    GROSS = "gross"
    NET = "net"


@attrs.frozen(kw_only=True)
class Rate:
    """N *points* for every M units (*per*) of a *currency*.

    With whole steps, 5 points per 2.50 make 5 of 3.00; in proportion they make 6.
    """

    currency: str = attrs.field(validator=check_currency)
    points: int = attrs.field(validator=check_points)
    per: Decimal = attrs.field(converter=exact, validator=check_decimal)
    steps: Steps = attrs.field(default=Steps.WHOLE, validator=one_of(Steps))
    rounding: Rounding = attrs.field(default=Rounding.FLOOR, validator=one_of(Rounding))

    def __attrs_post_init__(self) -> None:
        if self.per <= 0:
            raise InvalidInputError(field="per", problem=f"{self.per} is not above 0")


@attrs.frozen(kw_only=True)
class Basis:
    """The part of a purchase that earns. Discounts always lower it.

    *stored_value* lists the means of payment that are value already paid for; the
    share paid with them earns nothing unless *earn_on_stored_value*.
    """

    tax: TaxBasis = attrs.field(default=TaxBasis.GROSS, validator=one_of(TaxBasis))
    excluded_categories: frozenset[str] = attrs.field(
        default=frozenset(), validator=check_ids
    )
    excluded_skus: frozenset[str] = attrs.field(
        default=frozenset(), validator=check_ids
    )
    stored_value: frozenset[str] = attrs.field(
        default=frozenset({"points", "gift_card", "e_wallet"}), validator=check_ids
    )
    earn_on_stored_value: bool = attrs.field(default=False, validator=check_flag)


@attrs.frozen(kw_only=True)
class Currency:
    """A currency the programme takes, with the most decimals a price may have."""

    code: str = attrs.field(validator=check_currency)
    price_decimals: int | None = attrs.field(
        default=None, validator=count(0, DECIMALS_MAX, optional=True)
    )

    @property
    def decimals(self) -> int:
        units = minor_units(self.code)
        return units if self.price_decimals is None else self.price_decimals


@attrs.frozen(kw_only=True)
class PointType:
    """One kind of points, with its own policies and base rates.

    Without *rates* only ``Earn`` and the like give points of it. *currency* is that of
    cashback, whose points are its minor units. *reversal* says what undoing an earn
    does when the points are spent, *restored* what becomes of points given back to a
    lot that has died: with grace they live *grace_days* more. A hold lapses after
    *hold_minutes* unless it says otherwise.
    """

    name: str = attrs.field(validator=check_id)
    kind: PointKind = attrs.field(
        default=PointKind.SPENDABLE, validator=one_of(PointKind)
    )
    currency: str | None = None
    rates: tuple[Rate, ...] = attrs.field(default=(), validator=tuple_of(Rate))
    expiry: Expiry = attrs.field(default=Expiry(), validator=instance(Expiry))
    pending: Pending = attrs.field(default=Pending(), validator=instance(Pending))
    spend_order: SpendOrder = attrs.field(
        default=SpendOrder.EARLIEST_EXPIRY, validator=one_of(SpendOrder)
    )
    reversal: ReversalPolicy = attrs.field(
        default=ReversalPolicy.DEBT, validator=one_of(ReversalPolicy)
    )
    restored: RestoredPolicy = attrs.field(
        default=RestoredPolicy.EXPIRE_AT_ONCE, validator=one_of(RestoredPolicy)
    )
    grace_days: int = attrs.field(default=0, validator=count(0, DAYS_MAX))
    transfer_expiry: TransferExpiry = attrs.field(
        default=TransferExpiry.KEEP, validator=one_of(TransferExpiry)
    )
    hold_minutes: int = attrs.field(default=30, validator=count(1, DAYS_MAX * 24 * 60))

    def __attrs_post_init__(self) -> None:
        if (self.kind is PointKind.CASHBACK) != (self.currency is not None):
            problem = "cashback, and only cashback, names its currency"
            raise InvalidInputError(field="currency", problem=problem)
        if self.currency is not None:
            minor_units(self.currency)
        if self.restored is RestoredPolicy.GRACE and not self.grace_days:
            raise InvalidInputError(field="grace_days", problem="grace needs days")
        codes = [rate.currency for rate in self.rates]
        if len(codes) != len(set(codes)):
            raise InvalidInputError(field="rates", problem="one rate per currency")

    @property
    def is_usable(self) -> bool:
        """Status points are counted, and never used."""
        return self.kind is not PointKind.STATUS

    @property
    def hold_for(self) -> timedelta:
        return timedelta(minutes=self.hold_minutes)

    def rate(self, currency: str) -> Rate | None:
        return next((rate for rate in self.rates if rate.currency == currency), None)


@attrs.frozen(kw_only=True)
class Conversion:
    """*into_points* of *into* for every *from_points* of *source*."""

    source: str = attrs.field(validator=check_id)
    into: str = attrs.field(validator=check_id)
    from_points: int = attrs.field(validator=check_points)
    into_points: int = attrs.field(validator=check_points)
    rounding: Rounding = attrs.field(default=Rounding.FLOOR, validator=one_of(Rounding))


@attrs.frozen(kw_only=True)
class Programme:
    """One loyalty scheme; everything belongs to one.

    Days, months and ends of months are those of *time_zone*. *currencies* are those
    that baskets may be in.
    """

    programme_id: str = attrs.field(validator=check_id)
    time_zone: str
    currencies: tuple[Currency, ...] = attrs.field(validator=tuple_of(Currency))
    point_types: tuple[PointType, ...] = attrs.field(validator=tuple_of(PointType))
    basis: Basis = attrs.field(default=Basis(), validator=instance(Basis))
    conversions: tuple[Conversion, ...] = attrs.field(
        default=(), validator=tuple_of(Conversion)
    )

    def __attrs_post_init__(self) -> None:
        zone(self.time_zone)
        names = [kind.name for kind in self.point_types]
        if not names or len(names) != len(set(names)):
            problem = "at least one point type, each with a name of its own"
            raise InvalidInputError(field="point_types", problem=problem)
        codes = {currency.code for currency in self.currencies}
        used = {rate.currency for kind in self.point_types for rate in kind.rates}
        if used - codes:
            problem = f"rates use {', '.join(sorted(used - codes))}, not listed here"
            raise InvalidInputError(field="currencies", problem=problem)
        for conversion in self.conversions:
            if conversion.source == conversion.into:
                problem = f"{conversion.source} into itself"
                raise InvalidInputError(field="conversions", problem=problem)
            if {conversion.source, conversion.into} - set(names):
                problem = f"{conversion.source} into {conversion.into}: unknown type"
                raise InvalidInputError(field="conversions", problem=problem)

    @property
    def tz(self) -> ZoneInfo:
        return zone(self.time_zone)

    def point_type(self, name: str) -> PointType:
        for kind in self.point_types:
            if kind.name == name:
                return kind
        raise UnknownPointTypeError(name=name)

    def currency(self, code: str) -> Currency | None:
        return next((one for one in self.currencies if one.code == code), None)

    def conversion(self, source: str, into: str) -> Conversion:
        for conversion in self.conversions:
            if (conversion.source, conversion.into) == (source, into):
                return conversion
        raise UnknownConversionError(name=f"{source} into {into}")

    def is_price(self, amount: Decimal, code: str) -> bool:
        """Say whether *amount* has no more decimals than prices may have here."""
        currency = self.currency(code)
        return currency is not None and decimals(amount) <= currency.decimals


@attrs.frozen(kw_only=True)
class DefineProgramme:
    """Define a programme, or change it from *at* on."""

    key: str = attrs.field(validator=check_id)
    programme: Programme = attrs.field(validator=instance(Programme))
    at: datetime | None = instant("at")
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class ProgrammeDefined:
    """From *at* on, this version of the programme is in force."""

    at: datetime
    programme: Programme
    actor: str | None = None


@attrs.frozen(kw_only=True)
class ProgrammeHistory:
    """Every version of a programme, as recorded."""

    versions: tuple[ProgrammeDefined, ...] = ()

    def on(self, at: datetime, *, programme_id: str) -> Programme:
        """Return the version in force; the first also rules what came before it."""
        if not self.versions:
            raise UnknownProgrammeError(name=programme_id)
        past = [one for one in self.versions if one.at <= at]
        if not past:
            return self.versions[0].programme
        # of two at one instant the later recorded rules: max takes the first it meets
        return max(reversed(past), key=_at).programme

    def last_with(self, point_type: str) -> Programme:
        """Return the newest version that has a point type."""
        for version in reversed(self.versions):
            if any(kind.name == point_type for kind in version.programme.point_types):
                return version.programme
        raise UnknownPointTypeError(name=point_type)

    def evolve(self, event: ProgrammeDefined) -> Self:
        return attrs.evolve(self, versions=(*self.versions, event))


def _at(version: ProgrammeDefined) -> datetime:
    return version.at


def define(command: DefineProgramme, *, at: datetime) -> tuple[ProgrammeDefined, ...]:
    """Make a new version, in force from *at* on."""
    event = ProgrammeDefined(at=at, programme=command.programme, actor=command.actor)
    return (event,)

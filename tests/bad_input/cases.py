"""Everything that is refused: what leads up to it, the attempt, and the error's facts.

Each case prepares a shop and returns the attempt. `docs/errors.md` is checked against
these cases, so an error that no case raises cannot be promised there.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from loyaltyledger import (
    AccountClosedError,
    AlreadyExistsError,
    CaptureExceedsHoldError,
    Conversion,
    Expiry,
    ExpiryKind,
    FutureInstantError,
    HoldLapsedError,
    HoldSettledError,
    HouseholdError,
    InsufficientPointsError,
    InvalidIdError,
    InvalidInputError,
    InvalidMoneyError,
    InvalidPointsError,
    KeyReusedError,
    LedgerError,
    MemberClosedError,
    MemberFrozenError,
    NaiveDatetimeError,
    NoExpiryDateError,
    NotAllowedToSpendError,
    NothingToConvertError,
    NotPendingError,
    OpenHoldsError,
    Pending,
    PendingKind,
    PeriodError,
    PointKind,
    PointsOverflowError,
    QuoteError,
    Rest,
    ReturnExceedsPurchaseError,
    ReturnLine,
    ReversalExceedsError,
    Tender,
    UnknownConversionError,
    UnknownEntryError,
    UnknownHoldError,
    UnknownHouseholdError,
    UnknownKeyError,
    UnknownLotError,
    UnknownMemberError,
    UnknownPointTypeError,
    UnknownProgrammeError,
    UnknownPurchaseError,
    UnknownReturnError,
)
from shop import NOW, TICK, Shop, basket, line, point_type, programme

Attempt = Callable[[], object]
Lead = Callable[[Shop], Attempt]
POINTS_MAX = 2**63 - 1


@attrs.frozen(kw_only=True)
class Case:
    """A *lead* up to an attempt, the *error* that refuses it, and some of its facts."""

    name: str
    error: type[LedgerError]
    facts: dict[str, Any]
    lead: Lead


CASES: list[Case] = []


def refused(error: type[LedgerError], **facts: Any) -> Callable[[Lead], Lead]:
    """Add a case that is refused with *error*, which states these *facts*."""

    def add(lead: Lead) -> Lead:
        CASES.append(Case(name=lead.__name__, error=error, facts=facts, lead=lead))
        return lead

    return add


# ── nobody, nothing ─────────────────────────────────────────────────────────


@refused(UnknownMemberError, name="nobody")
def unknown_member(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, "nobody")


@refused(UnknownMemberError, name="nobody")
def unknown_member_asked_about(shop: Shop) -> Attempt:
    return lambda: shop.balance("nobody")


@refused(UnknownProgrammeError, name="elsewhere")
def unknown_programme(shop: Shop) -> Attempt:
    return lambda: shop.do("enrol", programme_id="elsewhere", member_id="cleo")


@refused(UnknownPointTypeError, name="miles")
def unknown_point_type(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, point_type="miles")


@refused(UnknownPointTypeError, name="miles")
def unknown_point_type_asked_about(shop: Shop) -> Attempt:
    return lambda: shop.balance(point_type="miles")


@refused(UnknownHouseholdError, name="home")
def unknown_household(shop: Shop) -> Attempt:
    shop.earn(1)
    return lambda: shop.points("transfer", to_household="home", points=1)


@refused(UnknownEntryError, name="nothing")
def unknown_entry(shop: Shop) -> Attempt:
    return lambda: shop.reverse("nothing")


@refused(UnknownEntryError, name="nothing")
def unknown_entry_that_waits(shop: Shop) -> Attempt:
    return lambda: shop.points("release_pending", entry_id="nothing")


@refused(UnknownEntryError, name="nothing")
def unknown_entry_that_paid(shop: Shop) -> Attempt:
    tender = Tender(
        method="points",
        amount=Decimal("1.00"),
        entry_id="nothing",
        point_type="points",
    )
    return lambda: shop.buy("p", "1.00", tenders=(tender,))


@refused(UnknownHoldError, name="cart")
def unknown_hold(shop: Shop) -> Attempt:
    return lambda: shop.points("capture", hold_id="cart")


@refused(UnknownPurchaseError, name="p")
def unknown_purchase(shop: Shop) -> Attempt:
    return lambda: shop.give_back("p", "r")


@refused(UnknownKeyError, name="k")
def unknown_key_to_explain(shop: Shop) -> Attempt:
    return lambda: shop.ledger.explain("k")


@refused(UnknownLotError, name="lot")
def unknown_lot_to_explain(shop: Shop) -> Attempt:
    shop.earn(1)
    return lambda: shop.ledger.explain(
        programme_id="shop", member_id="ann", point_type="points", lot_id="lot"
    )


@refused(UnknownReturnError, name="r")
def unknown_return(shop: Shop) -> Attempt:
    shop.buy("p", "1.00")
    return lambda: shop.do("cancel_return", purchase_id="p", return_id="r")


@refused(UnknownReturnError, name="r")
def unknown_unlinked_return(shop: Shop) -> Attempt:
    return lambda: shop.do("cancel_return", return_id="r")


@refused(UnknownReturnError, name="r")
def unlinked_return_cancelled_twice(shop: Shop) -> Attempt:
    shop.do("return_unlinked", member_id="ann", return_id="r", basket=basket("1.00"))
    shop.do("cancel_return", return_id="r")
    return lambda: shop.do("cancel_return", return_id="r")


@refused(UnknownConversionError, name="points into points")
def unknown_conversion(shop: Shop) -> Attempt:
    return lambda: shop.points("convert", into="points", points=1)


@refused(NothingToConvertError, points=9, into="miles")
def too_few_to_convert(shop: Shop) -> Attempt:
    ten = Conversion(source="points", into="miles", from_points=10, into_points=1)
    kinds = (point_type(), point_type(name="miles", rates=()))
    shop.define(programme(*kinds, conversions=(ten,)))
    shop.earn(100)
    return lambda: shop.points("convert", into="miles", points=9)


# ── ids and keys ────────────────────────────────────────────────────────────


@refused(InvalidIdError, field="key")
def empty_key(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, key="")


@refused(InvalidIdError, field="member_id")
def id_of_201_characters(shop: Shop) -> Attempt:
    shop.do("enrol", member_id="x" * 200)
    return lambda: shop.do("enrol", member_id="x" * 201)


@refused(InvalidIdError, field="member_id")
def id_with_a_line_break(shop: Shop) -> Attempt:
    return lambda: shop.do("enrol", member_id="cleo\nbob")


@refused(InvalidIdError, field="member_id")
def id_with_a_null(shop: Shop) -> Attempt:
    return lambda: shop.do("enrol", member_id="cleo\0")


@refused(InvalidIdError, field="member_id")
def id_with_half_a_character(shop: Shop) -> Attempt:
    return lambda: shop.do("enrol", member_id="\ud800")


@refused(InvalidIdError, field="member_id")
def id_with_a_space_at_its_end(shop: Shop) -> Attempt:
    return lambda: shop.do("enrol", member_id="cleo ")


@refused(InvalidIdError, field="member_id")
def id_that_is_not_normal(shop: Shop) -> Attempt:
    shop.do("enrol", member_id="zo\u00eb")
    return lambda: shop.do("enrol", member_id="zoe\u0308")


@refused(InvalidIdError, field="member_id")
def id_that_is_a_number(shop: Shop) -> Attempt:
    return lambda: shop.do("enrol", member_id=17)


@refused(InvalidIdError, field="programme_id")
def id_that_is_absent_asked_about(shop: Shop) -> Attempt:
    return lambda: shop.ledger.balance(
        programme_id=None,  # type: ignore[arg-type]  # what is tried
        member_id="ann",
        point_type="points",
    )


@refused(KeyReusedError, key="k", differing=("points", "reason"))
def key_of_another_body(shop: Shop) -> Attempt:
    shop.earn(1, key="k")
    return lambda: shop.earn(2, key="k", reason="more")


@refused(AlreadyExistsError, what="entry", name="gift")
def entry_id_used_before(shop: Shop) -> Attempt:
    shop.earn(1, entry_id="gift")
    return lambda: shop.spend(1, entry_id="gift")


@refused(AlreadyExistsError, what="hold", name="cart")
def hold_id_used_before(shop: Shop) -> Attempt:
    shop.earn(2)
    shop.hold(1, "cart")
    return lambda: shop.hold(1, "cart")


@refused(AlreadyExistsError, what="return", name="r")
def return_id_used_before(shop: Shop) -> Attempt:
    shop.buy("p", "2.00")
    shop.give_back("p", "r", amount=Decimal("1.00"))
    return lambda: shop.give_back("p", "r", amount=Decimal("1.00"))


@refused(AlreadyExistsError, what="return", name="r")
def unlinked_return_id_used_before(shop: Shop) -> Attempt:
    fields = {"member_id": "ann", "return_id": "r", "basket": basket("1.00")}
    shop.do("return_unlinked", **fields)
    return lambda: shop.do("return_unlinked", **fields)


@refused(AlreadyExistsError, what="household", name="home")
def household_formed_before(shop: Shop) -> Attempt:
    shop.do("form_household", household_id="home")
    return lambda: shop.do("form_household", household_id="home")


# ── points ──────────────────────────────────────────────────────────────────


@refused(InvalidPointsError, field="points")
def zero_points(shop: Shop) -> Attempt:
    return lambda: shop.earn(0)


@refused(InvalidPointsError, field="points")
def negative_points(shop: Shop) -> Attempt:
    return lambda: shop.earn(-1)


@refused(InvalidPointsError, field="points")
def points_beyond_what_can_be_counted(shop: Shop) -> Attempt:
    return lambda: shop.earn(POINTS_MAX + 1)


@refused(InvalidPointsError, field="points")
def adjustment_beyond_what_can_be_counted(shop: Shop) -> Attempt:
    fields: dict[str, Any] = {"points": -POINTS_MAX - 1, "actor": "a", "reason": "r"}
    return lambda: shop.points("adjust", **fields)


@refused(InvalidPointsError, field="points")
def adjustment_by_nothing(shop: Shop) -> Attempt:
    return lambda: shop.points("adjust", points=0, actor="a", reason="r")


@refused(InvalidPointsError, field="points")
def points_that_are_true(shop: Shop) -> Attempt:
    return lambda: shop.earn(True)  # noqa: FBT003  # what is tried


@refused(PointsOverflowError, points=1, points_max=POINTS_MAX)
def one_point_more_than_an_account_can_hold(shop: Shop) -> Attempt:
    shop.earn(POINTS_MAX)
    return lambda: shop.earn(1)


@refused(InsufficientPointsError, requested=101, available=100)
def one_point_too_many(shop: Shop) -> Attempt:
    shop.earn(100)
    return lambda: shop.spend(101)


@refused(InsufficientPointsError, requested=60, available=50)
def points_that_a_later_spend_needed(shop: Shop) -> Attempt:
    shop.earn(100)
    shop.clock.go(days=2)
    shop.spend(50)
    return lambda: shop.spend(60, at=NOW + timedelta(days=1))


@refused(InvalidInputError, field="point_type")
def status_points_spent(shop: Shop) -> Attempt:
    shop.define(programme(point_type(kind=PointKind.STATUS)))
    shop.earn(1)
    return lambda: shop.spend(1)


# ── members and households ──────────────────────────────────────────────────


@refused(MemberClosedError, member="ann")
def closed_member(shop: Shop) -> Attempt:
    shop.do("close_member", member_id="ann")
    return lambda: shop.earn(1)


@refused(AccountClosedError, account="points")
def closed_account(shop: Shop) -> Attempt:
    shop.earn(1)
    shop.spend(1, entry_id="order")
    shop.do("close_member", member_id="ann")
    return lambda: shop.reverse("order")


@refused(MemberFrozenError, member="ann", reason="fraud")
def frozen_member(shop: Shop) -> Attempt:
    shop.earn(1)
    shop.do("freeze", member_id="ann", reason="fraud")
    return lambda: shop.spend(1)


@refused(InvalidInputError, field="member_id")
def unfreezing_who_is_not_frozen(shop: Shop) -> Attempt:
    return lambda: shop.do("unfreeze", member_id="ann")


@refused(AlreadyExistsError, what="member", name="ann")
def enrolled_before(shop: Shop) -> Attempt:
    return lambda: shop.enrol("ann")


@refused(NotAllowedToSpendError, member="ann", household="home")
def not_allowed_to_spend(shop: Shop) -> Attempt:
    at_home(shop, may_spend=False)
    shop.earn(1)
    return lambda: shop.spend(1)


@refused(HouseholdError, member="ann", household="home")
def in_a_household_already(shop: Shop) -> Attempt:
    at_home(shop, may_spend=True)
    shop.do("form_household", household_id="other")
    fields = {"household_id": "other", "member_id": "ann", "may_spend": True}
    return lambda: shop.do("join_household", **fields)


@refused(HouseholdError, member="bob", household="home")
def not_in_the_household(shop: Shop) -> Attempt:
    at_home(shop, may_spend=True)
    fields = {"household_id": "home", "member_id": "bob"}
    return lambda: shop.do("leave_household", **fields)


def at_home(shop: Shop, *, may_spend: bool) -> None:
    shop.do("form_household", household_id="home")
    shop.do("join_household", household_id="home", member_id="ann", may_spend=may_spend)


@refused(OpenHoldsError, holds=("cart",))
def closed_with_an_open_cart(shop: Shop) -> Attempt:
    shop.earn(1)
    shop.hold(1, "cart")
    return lambda: shop.do("close_member", member_id="ann")


# ── holds ───────────────────────────────────────────────────────────────────


@refused(CaptureExceedsHoldError, hold_id="cart", requested=61, held=60)
def capture_above_the_hold(shop: Shop) -> Attempt:
    shop.earn(100)
    shop.hold(60, "cart")
    fields: dict[str, Any] = {"hold_id": "cart", "points": 61, "rest": Rest.RELEASE}
    return lambda: shop.points("capture", **fields)


@refused(HoldLapsedError, hold_id="cart", lapsed_at=NOW + timedelta(minutes=30))
def capture_of_a_lapsed_hold(shop: Shop) -> Attempt:
    shop.earn(100)
    shop.hold(60, "cart")
    shop.clock.go(minutes=30)
    return lambda: shop.points("capture", hold_id="cart")


@refused(HoldSettledError, hold_id="cart")
def capture_of_a_voided_hold(shop: Shop) -> Attempt:
    shop.earn(100)
    shop.hold(60, "cart")
    shop.points("void", hold_id="cart")
    return lambda: shop.points("capture", hold_id="cart")


@refused(InvalidInputError, field="rest")
def part_capture_without_saying_what_becomes_of_the_rest(shop: Shop) -> Attempt:
    return lambda: shop.points("capture", hold_id="cart", points=1)


# ── time ────────────────────────────────────────────────────────────────────


@refused(NaiveDatetimeError, field="at")
def instant_without_a_zone(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, at=datetime(2024, 1, 1))


@refused(NaiveDatetimeError, field="expires_at")
def expiry_without_a_zone(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, expires_at=datetime(2025, 1, 1))


@refused(NaiveDatetimeError, field="datetime")
def instant_without_a_zone_asked_about(shop: Shop) -> Attempt:
    return lambda: shop.balance(at=datetime(2024, 1, 1))


@refused(InvalidInputError, field="at")
def instant_that_is_a_text(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, at="2024-01-01T00:00:00Z")


@refused(InvalidInputError, field="expires_at")
def instant_beyond_the_calendar(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, expires_at=NOW.replace(year=4000))


@refused(PeriodError, field="expires_at")
def expiry_at_the_start(shop: Shop) -> Attempt:
    start = NOW + timedelta(days=1)
    return lambda: shop.earn(1, available_from=start, expires_at=start)


@refused(PeriodError, field="expires_at")
def expiry_before_the_grant(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, expires_at=NOW)


@refused(PeriodError, field="lapses_at")
def hold_that_ends_before_it_starts(shop: Shop) -> Attempt:
    shop.earn(1)
    return lambda: shop.hold(1, "cart", lapses_at=NOW - TICK)


@refused(PeriodError, field="lapses_at")
def hold_that_ends_before_its_given_start(shop: Shop) -> Attempt:
    return lambda: shop.hold(1, "cart", at=NOW, lapses_at=NOW)


@refused(FutureInstantError, at=NOW + timedelta(minutes=5) + TICK, now=NOW)
def dated_after_now(shop: Shop) -> Attempt:
    return lambda: shop.earn(1, at=NOW + timedelta(minutes=5) + TICK)


@refused(NoExpiryDateError, point_type="points", after=NOW)
def no_expiry_date_left(shop: Shop) -> Attempt:
    past = Expiry(kind=ExpiryKind.FIXED, dates=(date(2024, 5, 17),))
    shop.define(programme(point_type(expiry=past)))
    return lambda: shop.earn(1)


@refused(NotPendingError, entry_id="gift", at=NOW)
def nothing_waits_for_an_event(shop: Shop) -> Attempt:
    shop.earn(1, entry_id="gift")
    return lambda: shop.points("release_pending", entry_id="gift")


@refused(NotPendingError, entry_id="gift")
def released_at_its_deadline(shop: Shop) -> Attempt:
    waits = Pending(kind=PendingKind.EVENT, cancel_after_days=3)
    shop.define(programme(point_type(pending=waits)))
    shop.earn(1, entry_id="gift")
    shop.clock.go(days=3)
    return lambda: shop.points("release_pending", entry_id="gift")


# ── money, sales and returns ────────────────────────────────────────────────


@refused(InvalidMoneyError, field="line '1', unit_price")
def price_with_too_many_decimals(shop: Shop) -> Attempt:
    return lambda: shop.buy("p", "9.999")


@refused(InvalidMoneyError, field="currency")
def another_currency(shop: Shop) -> Attempt:
    return lambda: shop.buy("p", "9.99", currency="EUR")


@refused(InvalidMoneyError, field="currency")
def no_currency_at_all(shop: Shop) -> Attempt:
    return lambda: shop.buy("p", "9.99", currency="POUNDS")


@refused(InvalidMoneyError, field="lines")
def sale_that_nets_below_zero(shop: Shop) -> Attempt:
    return lambda: shop.buy("p", "1.00", line("back", "1.01", "-1"))


@refused(InvalidMoneyError, field="tenders")
def payments_that_are_a_penny_short(shop: Shop) -> Attempt:
    tender = Tender(method="card", amount=Decimal("9.98"))
    return lambda: shop.buy("p", "9.99", tenders=(tender,))


@refused(InvalidInputError, field="tenders")
def payment_with_points_that_were_earned(shop: Shop) -> Attempt:
    shop.earn(1, entry_id="gift")
    tender = Tender(
        method="points", amount=Decimal("1.00"), entry_id="gift", point_type="points"
    )
    return lambda: shop.buy("p", "1.00", tenders=(tender,))


@refused(InvalidInputError, field="lines")
def basket_without_lines(_shop: Shop) -> Attempt:
    return basket


@refused(InvalidInputError, field="lines")
def two_lines_of_one_id(_shop: Shop) -> Attempt:
    return lambda: basket(line("1", "1.00"), line("1", "2.00"))


@refused(AlreadyExistsError, what="purchase", name="p")
def purchase_recorded_before(shop: Shop) -> Attempt:
    shop.buy("p", "1.00")
    return lambda: shop.buy("p", "1.00")


@refused(
    ReturnExceedsPurchaseError,
    purchase_id="p",
    line_id="1",
    requested="3",
    left="2",
)
def return_of_more_than_was_bought(shop: Shop) -> Attempt:
    shop.buy("p", line("1", "1.00", "3"))
    shop.give_back("p", "r", lines=(ReturnLine(line_id="1", quantity=Decimal(1)),))
    lines = (ReturnLine(line_id="1", quantity=Decimal(3)),)
    return lambda: shop.give_back("p", "s", lines=lines)


@refused(ReturnExceedsPurchaseError, line_id="*", requested="3.01", left="3.00")
def refund_of_a_penny_more_than_was_paid(shop: Shop) -> Attempt:
    shop.buy("p", line("1", "1.00", "3"))
    return lambda: shop.give_back("p", "r", amount=Decimal("3.01"))


@refused(ReturnExceedsPurchaseError, line_id="*", requested="something", left="0")
def return_of_what_came_back_before(shop: Shop) -> Attempt:
    shop.buy("p", "1.00")
    shop.give_back("p", "r")
    return lambda: shop.give_back("p", "s")


@refused(InvalidInputError, field="lines")
def return_of_a_line_that_was_not_bought(shop: Shop) -> Attempt:
    shop.buy("p", "1.00")
    return lambda: shop.give_back("p", "r", lines=(ReturnLine(line_id="9"),))


@refused(ReversalExceedsError, entry_id="gift", requested=41, left=40)
def undoing_one_point_more_than_is_left(shop: Shop) -> Attempt:
    shop.earn(100, entry_id="gift")
    shop.reverse("gift", points=60)
    return lambda: shop.reverse("gift", points=41)


@refused(QuoteError)
def quote_that_has_run_out(shop: Shop) -> Attempt:
    quote = shop.ledger.quote(programme_id="shop", basket=basket("1.00"))
    shop.clock.go(minutes=30)
    return lambda: shop.buy("p", "1.00", quote=quote)


@refused(QuoteError)
def quote_of_another_basket(shop: Shop) -> Attempt:
    quote = shop.ledger.quote(programme_id="shop", basket=basket("1.00"))
    return lambda: shop.buy("p", "2.00", quote=quote)


@refused(QuoteError)
def quote_of_later(shop: Shop) -> Attempt:
    later = NOW + TICK
    quote = shop.ledger.quote(programme_id="shop", basket=basket("1.00"), at=later)
    return lambda: shop.buy("p", "1.00", quote=quote)


# ── two accounts at once ────────────────────────────────────────────────────


@refused(InvalidInputError, field="to_member")
def transfer_to_oneself(shop: Shop) -> Attempt:
    shop.earn(1)
    return lambda: shop.points("transfer", to_member="ann", points=1)


@refused(InvalidInputError, field="to_member")
def transfer_to_nobody(shop: Shop) -> Attempt:
    return lambda: shop.points("transfer", points=1)


@refused(InvalidInputError, field="to_member")
def transfer_to_two(shop: Shop) -> Attempt:
    to = {"to_member": "bob", "to_household": "home"}
    return lambda: shop.points("transfer", points=1, **to)


@refused(AlreadyExistsError, what="lot", name="member:ann/gift/1")
def transfer_of_a_lot_whose_name_is_taken(shop: Shop) -> Attempt:
    shop.earn(1)
    shop.earn(1, "bob", entry_id="member:ann/gift/1")
    fields: dict[str, Any] = {"to_member": "bob", "points": 1, "entry_id": "gift"}
    return lambda: shop.points("transfer", **fields)


@refused(MemberClosedError, member="bob")
def transfer_to_somebody_who_left(shop: Shop) -> Attempt:
    shop.earn(1)
    shop.do("close_member", member_id="bob")
    return lambda: shop.points("transfer", to_member="bob", points=1)


@refused(PointsOverflowError, points=2, points_max=POINTS_MAX)
def transfer_that_the_receiver_cannot_hold(shop: Shop) -> Attempt:
    shop.earn(2)
    shop.earn(POINTS_MAX - 1, "bob")
    return lambda: shop.points("transfer", to_member="bob", points=2)


@refused(InvalidInputError, field="account")
def sweep_of_what_is_no_account(shop: Shop) -> Attempt:
    return lambda: shop.ledger.sweep_account(key="k", account="member:shop:ann")


@refused(InvalidInputError, field="command")
def no_command_at_all(shop: Shop) -> Attempt:
    return lambda: shop.ledger.execute("earn")  # type: ignore[arg-type]  # is tried

"""Whatever is handed in, only errors of the LedgerError tree come out.

A wrong call (an argument missing, or one that does not exist) is Python's TypeError.
"""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import loyaltyledger as ll
from loyaltyledger.desk import Command
from loyaltyledger.purchases import Quote
from shop import NOW, Shop, basket, line, open_shop, point_type, programme, rate

FAR_EAST = timezone(timedelta(hours=14))
ODD_TEXTS = ["", " ", "\0", "\ud800", "e\u0301", "x" * 10_001, "a:b", "12-31", "W01-1"]
ODD_DECIMALS = [
    "NaN",
    "sNaN",
    "Infinity",
    "-0",
    "1E+40",
    "1E-40",
    "0E-999",
    "1." + 50 * "3",
]
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    0.5,
    float("nan"),
    float("inf"),
    b"bytes",
    [],
    [None],
    (),
    (None,),
    ((),),
    {},
    frozenset(),
    frozenset({1}),
    frozenset({"\0"}),
    object(),
    object,
    ll.Rest.KEEP,
    ll.IfUnknown.WAIT,
    datetime(2024, 1, 1),
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime.min.replace(tzinfo=FAR_EAST),
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=12))),
    date.min,
    date.max,
    (date.min,),
    (date.max,),
    (datetime(2024, 1, 1, tzinfo=UTC),),
    timedelta(1),
    *ODD_TEXTS,
    *((text,) for text in ODD_TEXTS),
    *map(Decimal, ODD_DECIMALS),
]
ANYTHING = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.decimals(allow_nan=True),
    st.datetimes(timezones=st.just(UTC)),
    st.binary(max_size=3),
)
PERIOD = timedelta(days=1)
WHOSE: dict[str, Any] = {"member_id": "ann", "point_type": "points"}
HOME: dict[str, Any] = {"household_id": "home"}

# What each command needs beside its key and programme.
COMMANDS: dict[type, dict[str, Any]] = {
    ll.Enrol: {"member_id": "cleo"},
    ll.Freeze: {"member_id": "ann", "reason": "r"},
    ll.Unfreeze: {"member_id": "ann"},
    ll.CloseMember: {"member_id": "bob"},
    ll.FormHousehold: HOME,
    ll.JoinHousehold: {**HOME, "member_id": "bob", "may_spend": True},
    ll.LeaveHousehold: {**HOME, "member_id": "bob"},
    ll.AllowSpending: {**HOME, "member_id": "bob", "may_spend": False},
    ll.Earn: {**WHOSE, "points": 5},
    ll.OpenBalance: {**WHOSE, "points": 5},
    ll.Adjust: {**WHOSE, "points": -1, "actor": "a", "reason": "r"},
    ll.Spend: {**WHOSE, "points": 1},
    ll.PlaceHold: {**WHOSE, "points": 1},
    ll.CaptureHold: {**WHOSE, "hold_id": "cart"},
    ll.VoidHold: {**WHOSE, "hold_id": "cart"},
    ll.Reverse: {**WHOSE, "entry_id": "gift"},
    ll.ReleasePending: {**WHOSE, "entry_id": "gift"},
    ll.Transfer: {**WHOSE, "points": 1, "to_member": "bob"},
    ll.Convert: {**WHOSE, "points": 1, "into": "points"},
    ll.RecordPurchase: {"member_id": "ann", "purchase_id": "p", "basket": basket("1")},
    ll.ReturnPurchase: {"purchase_id": "p", "return_id": "r"},
    ll.ReturnUnlinked: {"member_id": "ann", "return_id": "r", "basket": basket("1")},
    ll.CancelReturn: {"return_id": "r"},
}
OTHERS: dict[type, dict[str, Any]] = {
    ll.DefineProgramme: {"key": "k", "programme": programme()},
    ll.SweepAccount: {"key": "k", "account": "account:shop:member:ann:points"},
    ll.AccountId: {
        "programme_id": "shop",
        "owner_kind": "member",
        "owner_id": "ann",
        "point_type": "points",
    },
    ll.Line: {
        "line_id": "1",
        "sku": "s",
        "quantity": Decimal(1),
        "unit_price": Decimal(1),
    },
    ll.Tender: {"method": "card", "amount": Decimal(1)},
    ll.Basket: {"currency": "GBP", "lines": (line("1", "1"),)},
    ll.ReturnLine: {"line_id": "1"},
    Quote: {"at": NOW, "valid_until": NOW + PERIOD, "awards": ()},
    ll.Rate: {"currency": "GBP", "points": 1, "per": Decimal(1)},
    ll.Currency: {"code": "GBP"},
    ll.Basis: {},
    ll.Expiry: {"kind": ll.ExpiryKind.ROLLING, "days": 1},
    ll.Pending: {"kind": ll.PendingKind.DURATION, "days": 1},
    ll.PointType: {"name": "points"},
    ll.Conversion: {
        "source": "points",
        "into": "points",
        "from_points": 1,
        "into_points": 1,
    },
    ll.Programme: {
        "programme_id": "shop",
        "time_zone": "UTC",
        "currencies": (ll.Currency(code="GBP"),),
        "point_types": (point_type(rates=(rate(),)),),
    },
}


def test_every_command_is_tried() -> None:
    assert set(get_args(Command)) <= set(COMMANDS) | set(OTHERS)


@pytest.fixture(scope="module")
def busy_shop() -> Iterator[Shop]:
    """A shop in which most commands find what they name."""
    with open_shop() as shop:
        shop.earn(50, entry_id="gift")
        shop.hold(5, "cart")
        shop.do("form_household", household_id="home")
        yield shop


@st.composite
def wrong(draw: st.DrawFn, kind: type, fields: dict[str, Any]) -> dict[str, Any]:
    """Draw the fields of a class, up to three of which hold anything at all."""
    names = sorted(set(inspect.signature(kind).parameters))
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    return fields | {name: draw(ANYTHING) for name in chosen}


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_command_raises_only_what_the_ledger_raises(
    busy_shop: Shop, kind: type, data: st.DataObject
) -> None:
    own = {"key": f"k{next(busy_shop.keys)}", "programme_id": "shop"}
    fields = data.draw(wrong(kind, own | COMMANDS[kind]))

    _attempt(lambda: busy_shop.ledger.execute(kind(**fields)))

    assert busy_shop.balance("ann")


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_value_raises_only_what_the_ledger_raises(
    kind: type, data: st.DataObject
) -> None:
    fields = data.draw(wrong(kind, OTHERS[kind]))

    _attempt(lambda: kind(**fields))


@pytest.mark.parametrize("kind", [ll.Expiry, ll.Pending], ids=["expiry", "pending"])
@given(data=st.data())
def test_whatever_policy_is_accepted_can_be_worked_with(
    kind: type, data: st.DataObject
) -> None:
    fields = data.draw(wrong(kind, OTHERS[kind]))
    at = data.draw(
        st.sampled_from([NOW, NOW.replace(year=1900), NOW.replace(year=2024)])
    )

    def work() -> None:
        made = kind(**fields)
        chosen = {"expiry" if kind is ll.Expiry else "pending": made}
        with open_shop() as shop:
            shop.define(programme(point_type(**chosen)))
            shop.earn(5, at=at)
            shop.balance()
            shop.spend(5)

    _attempt(work)


MONEY = st.decimals(allow_nan=False, allow_infinity=False, places=2)
HUGE = st.sampled_from([Decimal(999999999999999), Decimal("999999999999.123456")])


@given(
    price=MONEY | HUGE,
    quantity=MONEY | HUGE,
    discount=MONEY | HUGE,
    digits=st.integers(1, 9),
)
@example(price=Decimal("0.01"), quantity=Decimal(3), discount=Decimal(0), digits=1)
def test_whatever_money_is_accepted_is_exact_in_any_context_of_the_host(
    price: Decimal, quantity: Decimal, discount: Decimal, digits: int
) -> None:
    def work() -> None:
        sold = line("1", str(price), str(quantity))
        bought = basket(sold, discount=discount)
        with open_shop() as shop, localcontext() as context:
            context.prec = digits
            receipt = shop.do(
                "record_purchase", member_id="ann", purchase_id="p", basket=bought
            )
            (sale,) = receipt.of(ll.PurchaseRecorded)
            shop.give_back("p", "r")
            context.prec = 200
            assert sale.total == price * quantity - discount
            assert shop.balance() == (0, 0, 0, 0)

    _attempt(work)


ASKED = {"programme_id": "shop", **WHOSE, "at": None, "known_at": None}
QUESTIONS: dict[str, dict[str, Any]] = {
    "balance": ASKED,
    "lots": ASKED,
    "statement": ASKED,
    "quote": {"programme_id": "shop", "basket": basket("1"), "at": None},
    "receipt": {"key": "k"},
    "explain": {
        "programme_id": "shop",
        **WHOSE,
        "entry_id": "gift",
        "subject": None,
        "lot_id": None,
        "hold_id": None,
        "purchase_id": None,
        "return_id": None,
    },
    "purchases": {"programme_id": "shop", "member_id": "ann", "at": None},
    "liability": {"programme_id": "shop", "at": None},
    "balances": {"programme_id": "shop", "at": None},
    "totals": {"at": None, "known_at": None},
    "account_balance": {"account_id": ll.AccountId(**OTHERS[ll.AccountId])},
    "sweep": {"at": None},
    "execute": {"command": ll.Enrol(key="k", programme_id="shop", member_id="dan")},
    "within": {"connection": None},
}


@pytest.mark.parametrize("name", QUESTIONS)
@given(data=st.data())
def test_a_question_raises_only_what_the_ledger_raises(
    busy_shop: Shop, name: str, data: st.DataObject
) -> None:
    fields = QUESTIONS[name]
    chosen = data.draw(st.sampled_from(sorted(fields)))

    def ask() -> object:
        answer = getattr(busy_shop.ledger, name)(
            **fields | {chosen: data.draw(ANYTHING)}
        )
        if name == "balances":
            return list(answer)
        return answer.receipt("k") if name == "within" else answer

    _attempt(ask)


@given(ANYTHING)
def test_a_url_raises_only_what_the_ledger_raises(url: Any) -> None:
    _attempt(lambda: ll.Ledger.open(url).close())


@pytest.mark.parametrize("kind", [*COMMANDS, *OTHERS], ids=lambda kind: kind.__name__)
def test_a_wrong_call_is_a_type_error(kind: type) -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        kind(**(COMMANDS | OTHERS)[kind], key_of_a_typing_mistake=1)


def _attempt(work: Callable[[], object]) -> None:
    """Do it, or be refused in words."""
    try:
        work()
    except ll.LedgerError as error:
        _check_words(error)


def _check_words(error: ll.LedgerError) -> None:
    assert str(error)

"""A small web shop: its order row and its points become durable together.

    python shop.py sqlite:///shop.db
    python shop.py postgresql://user@host/database

The orders are the shop's own table, written with SQLAlchemy. The ledger joins the
shop's transaction, on the same database, and never ends it.
"""

import sys
from decimal import Decimal

from sqlalchemy import (
    Column,
    Engine,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
)

from loyaltyledger import (
    Basket,
    Currency,
    Ledger,
    Line,
    PointType,
    Programme,
    Rate,
    Receipt,
    migrate,
)

SHOP = Programme(
    programme_id="web-shop",
    time_zone="Europe/London",
    currencies=(Currency(code="GBP"),),
    point_types=(
        PointType(
            name="points",
            rates=(Rate(currency="GBP", points=1, per=Decimal(1)),),
        ),
    ),
)

TABLES = MetaData()
ORDERS = Table(
    "shop_order",
    TABLES,
    Column("order_id", String(50), primary_key=True),
    Column("member_id", String(50), nullable=False),
    Column("total", Numeric(12, 2), nullable=False),
)


class CardDeclinedError(Exception):
    """The bank said no."""


def engine_for(url: str) -> Engine:
    """Open the shop's own connections, with the driver that the ledger uses."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def set_up(url: str, engine: Engine) -> Ledger:
    """Make the tables of both, and the programme."""
    migrate(url)
    TABLES.create_all(engine)
    ledger = Ledger.open(url)
    ledger.define(key="define web-shop", programme=SHOP)
    return ledger


def place_order(
    engine: Engine,
    ledger: Ledger,
    *,
    order_id: str,
    member_id: str,
    price: Decimal,
    is_card_good: bool = True,
) -> Receipt:
    """Write the order and its points in one transaction; both stay, or neither."""
    line = Line(line_id="1", sku="kettle", quantity=Decimal(1), unit_price=price)
    with engine.begin() as connection:
        order = {"order_id": order_id, "member_id": member_id, "total": price}
        connection.execute(insert(ORDERS).values(order))
        receipt = ledger.within(connection).record_purchase(
            key=f"order {order_id}",
            programme_id=SHOP.programme_id,
            member_id=member_id,
            purchase_id=order_id,
            basket=Basket(currency="GBP", lines=(line,)),
        )
        if not is_card_good:
            # Leaving the block by an exception rolls back order and points.
            raise CardDeclinedError(order_id)
    return receipt


def orders(engine: Engine) -> int:
    """Count the orders that are there."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(ORDERS)) or 0


def points(ledger: Ledger, member_id: str) -> int:
    """Return what a member can use."""
    return ledger.balance(
        programme_id=SHOP.programme_id, member_id=member_id, point_type="points"
    ).free


def standing(engine: Engine, ledger: Ledger) -> str:
    """Say what there is."""
    return f"{orders(engine)} order, {points(ledger, 'ann')} points"


def main(url: str) -> None:
    """Show an order that stays, and one that does not."""
    engine = engine_for(url)
    with set_up(url, engine) as ledger:
        ledger.enrol(key="enrol ann", programme_id=SHOP.programme_id, member_id="ann")
        place_order(
            engine, ledger, order_id="1001", member_id="ann", price=Decimal("35.50")
        )
        print(f"after order 1001: {standing(engine, ledger)}")
        try:
            place_order(
                engine,
                ledger,
                order_id="1002",
                member_id="ann",
                price=Decimal("99.00"),
                is_card_good=False,
            )
        except CardDeclinedError:
            print("order 1002: the card was declined")
        print(f"after order 1002: {standing(engine, ledger)}")
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])

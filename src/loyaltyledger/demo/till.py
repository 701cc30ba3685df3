"""The file that the tills write every evening."""

import csv
from collections.abc import Iterable
from pathlib import Path

from .people import LONDON
from .year import Sale

HEADING = (
    "receipt",
    "line",
    "card",
    "time",
    "sku",
    "category",
    "quantity",
    "price",
    "discount",
)


def write_till_file(file: Path, sales: Iterable[Sale]) -> None:
    """Write the receipts of a day; a damaged one lacks the price of its last line."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(HEADING)
        for sale in sales:
            last = len(sale.items)
            for number, item in enumerate(sale.items, 1):
                is_damaged = sale.is_damaged and number == last
                writer.writerow(
                    (
                        sale.receipt,
                        number,
                        sale.member_id,
                        sale.at.astimezone(LONDON).strftime("%d/%m/%Y %H:%M"),
                        item.product.sku,
                        item.product.category,
                        item.quantity,
                        "n/a" if is_damaged else item.price,
                        item.discount,
                    )
                )

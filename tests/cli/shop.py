"""A small ledger in a file, made by the command line itself."""

import json
from pathlib import Path
from typing import Any

import attrs
from click.testing import CliRunner, Result

from loyaltyledger.cli.app import app

PROGRAMME = """
programme_id = "shop"
time_zone = "Europe/London"
currencies = [{ code = "GBP" }]

[[point_types]]
name = "points"
rates = [{ currency = "GBP", points = 1, per = 1 }]
expiry = { kind = "rolling", months = 12 }
"""

MAPPING = """
currency = "GBP"
negative = "unlinked_return"
missing_member = "skip"

[columns]
member = "card"
purchase = ["receipt"]
sku = "item"
quantity = "qty"
unit_price = "price"
time = "time"

[time]
zone = "Europe/London"
"""

LINES = """card,receipt,item,qty,price,time
ann,r1,tea,2,10.00,2024-01-01T10:00:00
bob,r2,tea,1,10.00,2024-02-01T10:00:00
ann,r3,tea,-1,10.00,2024-03-01T10:00:00
bob,r4,tea,-2,10.00,2024-03-02T10:00:00
,r5,tea,1,10.00,2024-03-03T10:00:00
"""


@attrs.frozen(kw_only=True)
class Shop:
    """A folder with the files of a shop."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'shop.db'}"

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def run(self, *args: str | Path) -> Result:
        """Run a command on this shop's ledger."""
        given = [str(arg) for arg in args]
        return CliRunner().invoke(app, [*given, "--db", self.url])

    def json(self, *args: str | Path) -> Any:
        result = self.run(*args, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def take_in(self, lines: str = LINES, *more: str) -> Result:
        file = self.write("lines.csv", lines)
        mapping = self.write("map.toml", MAPPING)
        programme = self.write("shop.toml", PROGRAMME)
        rejects = str(self.folder / "rejects.csv")
        return self.run(
            "import",
            "purchases",
            file,
            "--map",
            mapping,
            "--programme",
            programme,
            "--rejects",
            rejects,
            *more,
        )

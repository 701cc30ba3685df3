"""The mapping: which columns of a file make a purchase, and what is odd about it."""

from enum import StrEnum
from pathlib import Path

import attrs

from ..kernel.errors import InvalidInputError
from ..kernel.ids import check_id
from ..kernel.quantities import minor_units
from ..kernel.time import zone
from .documents import read_document
from .structure import structured


class Negative(StrEnum):
    """What a purchase is whose lines add up to less than nothing."""

    REFUSE = "refuse"
    UNLINKED_RETURN = "unlinked_return"


class MissingMember(StrEnum):
    """What becomes of a purchase that names no member."""

    REFUSE = "refuse"
    SKIP = "skip"


class TenderPer(StrEnum):
    """Whether each line has its part of a payment, or each repeats the whole."""

    LINE = "line"
    PURCHASE = "purchase"


def _check_named(
    _instance: object,
    attribute: "attrs.Attribute[tuple[str, ...]]",
    value: tuple[str, ...],
) -> None:
    if not value or len(set(value)) < len(value):
        problem = "name at least one column, each once"
        raise InvalidInputError(field=attribute.name, problem=problem)


@attrs.frozen(kw_only=True)
class Columns:
    """The heading of the column for each part of a purchase line.

    Lines that agree in every column of *purchase* are one purchase. Without *line*
    the lines of a purchase are numbered as they come; without *quantity* it is 1.
    """

    member: str
    purchase: tuple[str, ...] = attrs.field(validator=_check_named)
    sku: str
    unit_price: str
    time: str
    line: str | None = None
    quantity: str | None = None
    category: str | None = None
    discount: str | None = None
    tax: str | None = None
    currency: str | None = None
    channel: str | None = None
    store: str | None = None


@attrs.frozen(kw_only=True)
class Times:
    """How times are written: *format* as for ``strptime``, or ISO 8601.

    *zone* is meant where a time names none; without it such a time is refused.
    """

    format: str | None = None
    zone: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.zone is not None:
            zone(self.zone)
        if self.format is not None and "%" not in self.format:
            problem = f"{self.format!r} has no directive such as %Y"
            raise InvalidInputError(field="format", problem=problem)


@attrs.frozen(kw_only=True)
class TenderColumn:
    """A column that says how much was paid by a *method*."""

    method: str = attrs.field(validator=check_id)
    column: str
    per: TenderPer = TenderPer.LINE


@attrs.frozen(kw_only=True)
class PurchaseMap:
    """How a file of purchase lines is to be read. *currency* is that of every line."""

    columns: Columns
    time: Times = Times()
    currency: str | None = None
    tenders: tuple[TenderColumn, ...] = ()
    tax_included: bool = True
    negative: Negative = Negative.REFUSE
    missing_member: MissingMember = MissingMember.REFUSE
    enrol: bool = True
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    decimal_mark: str = "."

    def __attrs_post_init__(self) -> None:
        if (self.currency is None) == (self.columns.currency is None):
            problem = "name a currency, or the column that holds it"
            raise InvalidInputError(field="currency", problem=problem)
        if self.currency is not None:
            minor_units(self.currency)
        try:
            "".encode(self.encoding)
        except LookupError:
            problem = f"{self.encoding!r} is not an encoding such as utf-8 or cp1252"
            raise InvalidInputError(field="encoding", problem=problem) from None
        if len(self.delimiter) != 1 or self.delimiter in '\r\n"':
            problem = "must be one character that is no quote"
            raise InvalidInputError(field="delimiter", problem=problem)
        if self.decimal_mark not in {".", ","}:
            problem = "must be a point or a comma"
            raise InvalidInputError(field="decimal_mark", problem=problem)

    def wanted(self) -> tuple[str, ...]:
        """Return the headings of all columns that are read, each once."""
        columns = attrs.asdict(self.columns)
        purchase = columns.pop("purchase")
        others = (name for name in columns.values() if name is not None)
        paid = (tender.column for tender in self.tenders)
        return tuple(dict.fromkeys((*purchase, *others, *paid)))


def load_purchase_map(file: Path | str) -> PurchaseMap:
    """Read a mapping file; ConfigurationError says where it is wrong."""
    path = Path(file)
    return structured(PurchaseMap, read_document(path), file=str(path))

"""What comes in from outside: programme files, and purchases from CSV files."""

from .errors import ConfigurationError, ImportFileError
from .importing import ImportReport, Progress, import_purchases
from .programme_file import Defined, define_programme, load_programme
from .purchase_map import (
    Columns,
    MissingMember,
    Negative,
    PurchaseMap,
    TenderColumn,
    TenderPer,
    Times,
    load_purchase_map,
)
from .reporting import balances_report, totals_report

__all__ = [
    "Columns",
    "ConfigurationError",
    "Defined",
    "ImportFileError",
    "ImportReport",
    "MissingMember",
    "Negative",
    "Progress",
    "PurchaseMap",
    "TenderColumn",
    "TenderPer",
    "Times",
    "balances_report",
    "define_programme",
    "import_purchases",
    "load_programme",
    "load_purchase_map",
    "totals_report",
]

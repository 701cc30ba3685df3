"""Questions about the log: as it was, as it was known, and whether it holds."""

from .asof import AsOf, account_as_of, standing_at
from .questions import LotStanding, LotStatus, Questions
from .standings import balances_as_of
from .statement import StatementLine, statement
from .totals import Totals, totals

__all__ = [
    "AsOf",
    "LotStanding",
    "LotStatus",
    "Questions",
    "StatementLine",
    "Totals",
    "account_as_of",
    "balances_as_of",
    "standing_at",
    "statement",
    "totals",
]

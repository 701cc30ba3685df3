"""Questions about the log: as it was, as it was known, and whether it holds."""

from .asof import AsOf, account_as_of, standing_at
from .questions import LotStanding, LotStatus, Questions
from .statement import StatementLine, statement

__all__ = [
    "AsOf",
    "LotStanding",
    "LotStatus",
    "Questions",
    "StatementLine",
    "account_as_of",
    "standing_at",
    "statement",
]

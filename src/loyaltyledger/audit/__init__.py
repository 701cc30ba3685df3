"""Questions about the log: as it was, as it was known, and whether it holds."""

from .asof import AsOf, account_as_of, standing_at
from .findings import Finding, FindingKind, Verification
from .liability import liability_as_of
from .questions import LotStanding, LotStatus, Questions
from .standings import balances_as_of
from .statement import StatementLine, statement
from .totals import Totals, totals
from .verify import Checker, verify

__all__ = [
    "AsOf",
    "Checker",
    "Finding",
    "FindingKind",
    "LotStanding",
    "LotStatus",
    "Questions",
    "StatementLine",
    "Totals",
    "Verification",
    "account_as_of",
    "balances_as_of",
    "liability_as_of",
    "standing_at",
    "statement",
    "totals",
    "verify",
]

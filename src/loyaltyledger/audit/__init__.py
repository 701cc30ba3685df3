"""Questions about the log: as it was, as it was known, and whether it holds."""

from .asof import AsOf, account_as_of, standing_at
from .explain import Wanted, explain_id, explain_key, explain_receipt
from .explanation import Explanation
from .findings import Finding, FindingKind, Verification
from .liability import liability_as_of
from .lots import LotStanding, LotStatus
from .questions import Questions
from .replay import Replayed, replay
from .replay_end import ReplayedBalance, ReplayedLot
from .replay_sums import outstanding
from .standings import balances_as_of
from .statement import StatementLine, statement
from .totals import Totals, totals
from .verify import Checker, verify

__all__ = [
    "AsOf",
    "Checker",
    "Explanation",
    "Finding",
    "FindingKind",
    "LotStanding",
    "LotStatus",
    "Questions",
    "Replayed",
    "ReplayedBalance",
    "ReplayedLot",
    "StatementLine",
    "Totals",
    "Verification",
    "Wanted",
    "account_as_of",
    "balances_as_of",
    "explain_id",
    "explain_key",
    "explain_receipt",
    "liability_as_of",
    "outstanding",
    "replay",
    "standing_at",
    "statement",
    "totals",
    "verify",
]

"""Read models kept up to date from the log."""

from .checkpoints_read import CheckpointReader, LotAt, RowStanding
from .differences import Behind, Difference
from .following import Progress
from .liability import ExpiryMonth, Liability
from .lots import LotRow
from .purchases import PurchaseKind, PurchaseRow
from .statement import StatementRow
from .views import Views
from .worker import ViewWorker

__all__ = [
    "Behind",
    "CheckpointReader",
    "Difference",
    "ExpiryMonth",
    "Liability",
    "LotAt",
    "LotRow",
    "Progress",
    "PurchaseKind",
    "PurchaseRow",
    "RowStanding",
    "StatementRow",
    "ViewWorker",
    "Views",
]

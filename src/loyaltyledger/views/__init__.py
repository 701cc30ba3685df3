"""Read models kept up to date from the log."""

from .differences import Difference
from .following import Progress
from .liability import ExpiryMonth, Liability
from .lots import LotRow
from .purchases import PurchaseKind, PurchaseRow
from .statement import StatementRow
from .views import Views
from .worker import ViewWorker

__all__ = [
    "Difference",
    "ExpiryMonth",
    "Liability",
    "LotRow",
    "Progress",
    "PurchaseKind",
    "PurchaseRow",
    "StatementRow",
    "ViewWorker",
    "Views",
]

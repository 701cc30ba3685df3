"""Sales and what comes back of them."""

from .commands import (
    CancelReturn,
    IfUnknown,
    RecordPurchase,
    ReturnLine,
    ReturnPurchase,
    ReturnUnlinked,
)
from .events import (
    Credit,
    LineReturned,
    PointsBack,
    PointsTender,
    PurchaseEvent,
    PurchaseRecorded,
    Refund,
    ReturnAwaited,
    ReturnCancelled,
    ReturnRecorded,
    UnlinkedReturnEvent,
    UnlinkedReturnRecorded,
)
from .purchase import (
    Purchase,
    UnlinkedReturn,
    evolve_purchase,
    evolve_unlinked,
    purchase_stream,
    return_stream,
)
from .quoting import Quote, check_quote, quote
from .returning import Wanted, lines_returned, points_restored, points_taken, refunds

__all__ = [
    "CancelReturn",
    "Credit",
    "IfUnknown",
    "LineReturned",
    "PointsBack",
    "PointsTender",
    "Purchase",
    "PurchaseEvent",
    "PurchaseRecorded",
    "Quote",
    "RecordPurchase",
    "Refund",
    "ReturnAwaited",
    "ReturnCancelled",
    "ReturnLine",
    "ReturnPurchase",
    "ReturnRecorded",
    "ReturnUnlinked",
    "UnlinkedReturn",
    "UnlinkedReturnEvent",
    "UnlinkedReturnRecorded",
    "Wanted",
    "check_quote",
    "evolve_purchase",
    "evolve_unlinked",
    "lines_returned",
    "points_restored",
    "points_taken",
    "purchase_stream",
    "quote",
    "refunds",
    "return_stream",
]

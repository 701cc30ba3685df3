"""How points are earned: the facts of a sale, and what they are worth."""

from .award import Award, Share, Valuation, points_for, value
from .basket import Basket, Line, Tender, share_out, unit_of

__all__ = [
    "Award",
    "Basket",
    "Line",
    "Share",
    "Tender",
    "Valuation",
    "points_for",
    "share_out",
    "unit_of",
    "value",
]

"""The names that events are stored under. They are for ever.

A name is never given to another class, and never reused. When an event changes shape it
gets a new name, and the old one an upcast in ``UPCASTS``.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .. import members, points, programme, purchases
from .codec import Upcast

NAMES: Mapping[str, type] = MappingProxyType(
    {
        "programme-defined.v1": programme.ProgrammeDefined,
        "member-enrolled.v1": members.MemberEnrolled,
        "member-frozen.v1": members.MemberFrozen,
        "member-unfrozen.v1": members.MemberUnfrozen,
        "member-closed.v1": members.MemberClosed,
        "household-entered.v1": members.HouseholdEntered,
        "household-exited.v1": members.HouseholdExited,
        "household-formed.v1": members.HouseholdFormed,
        "household-joined.v1": members.HouseholdJoined,
        "household-left.v1": members.HouseholdLeft,
        "spending-allowed.v1": members.SpendingAllowed,
        "points-granted.v1": points.Granted,
        "points-taken.v1": points.Taken,
        "points-reversed.v1": points.Reversed,
        "hold-placed.v1": points.HoldPlaced,
        "hold-voided.v1": points.HoldVoided,
        "hold-lapsed.v1": points.HoldLapsed,
        "points-activated.v1": points.PointsActivated,
        "lot-released.v1": points.LotReleased,
        "points-expired.v1": points.PointsExpired,
        "points-cancelled.v1": points.PointsCancelled,
        "expiry-slid.v1": points.ExpirySlid,
        "debt-paid.v1": points.DebtPaid,
        "account-closed.v1": points.AccountClosed,
        "purchase-recorded.v1": purchases.PurchaseRecorded,
        "return-awaited.v1": purchases.ReturnAwaited,
        "return-recorded.v1": purchases.ReturnRecorded,
        "return-cancelled.v1": purchases.ReturnCancelled,
        "unlinked-return-recorded.v1": purchases.UnlinkedReturnRecorded,
    }
)

UPCASTS: Mapping[str, Upcast] = MappingProxyType({})

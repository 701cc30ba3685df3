"""Every command there is, and who carries it out."""

from datetime import datetime
from decimal import localcontext
from typing import assert_never

from ..kernel.quantities import EXACT
from ..members import (
    AllowSpending,
    CloseMember,
    Enrol,
    FormHousehold,
    Freeze,
    JoinHousehold,
    LeaveHousehold,
    Unfreeze,
)
from ..points import (
    Adjust,
    CaptureHold,
    Convert,
    Earn,
    OpenBalance,
    PlaceHold,
    ReleasePending,
    Reverse,
    Spend,
    SweepAccount,
    Transfer,
    VoidHold,
)
from ..programme import DefineProgramme, define
from ..purchases import CancelReturn, RecordPurchase, ReturnPurchase, ReturnUnlinked
from . import accounts, corrections, membership, moves, returns, sales
from .draft import Draft, programme_stream

Command = (
    DefineProgramme
    | Enrol
    | Freeze
    | Unfreeze
    | CloseMember
    | FormHousehold
    | JoinHousehold
    | LeaveHousehold
    | AllowSpending
    | Earn
    | OpenBalance
    | Adjust
    | Spend
    | PlaceHold
    | CaptureHold
    | VoidHold
    | Reverse
    | ReleasePending
    | Transfer
    | Convert
    | SweepAccount
    | RecordPurchase
    | ReturnPurchase
    | ReturnUnlinked
    | CancelReturn
)


def handle(command: Command, draft: Draft, at: datetime) -> None:
    """Decide a command at *at* and record it in the draft, or refuse."""
    with localcontext(EXACT):
        _handle(command, draft, at)


def _handle(command: Command, draft: Draft, at: datetime) -> None:
    match command:
        case DefineProgramme():
            stream = programme_stream(command.programme.programme_id)
            draft.record(stream, define(command, at=at))
        case (
            Enrol()
            | Freeze()
            | Unfreeze()
            | CloseMember()
            | FormHousehold()
            | JoinHousehold()
            | LeaveHousehold()
            | AllowSpending()
        ):
            membership.handle(command, draft, at)
        case (
            Earn()
            | OpenBalance()
            | Adjust()
            | Spend()
            | PlaceHold()
            | CaptureHold()
            | VoidHold()
            | ReleasePending()
        ):
            accounts.handle(command, draft, at)
        case Reverse():
            moves.reverse(command, draft, at)
        case Transfer():
            moves.transfer(command, draft, at)
        case Convert():
            moves.convert(command, draft, at)
        case SweepAccount():
            accounts.sweep_account(command, draft, at)
        case RecordPurchase():
            sales.record_purchase(command, draft, at)
        case ReturnPurchase():
            returns.return_purchase(command, draft, at)
        case ReturnUnlinked():
            corrections.return_unlinked(command, draft, at)
        case CancelReturn():
            corrections.cancel_return(command, draft, at)
        case _:
            assert_never(command)

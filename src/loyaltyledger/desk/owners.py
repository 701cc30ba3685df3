"""Whose account a command is about: the member's own, or the household's."""

from functools import lru_cache

from ..members import check_may_spend, check_may_use
from ..points import AccountId
from .draft import Draft

ACCOUNTS_KEPT = 4096


@lru_cache(maxsize=ACCOUNTS_KEPT)
def own_account(programme_id: str, member_id: str, point_type: str) -> AccountId:
    return AccountId(
        programme_id=programme_id,
        owner_kind="member",
        owner_id=member_id,
        point_type=point_type,
    )


@lru_cache(maxsize=ACCOUNTS_KEPT)
def household_account(
    programme_id: str, household_id: str, point_type: str
) -> AccountId:
    return AccountId(
        programme_id=programme_id,
        owner_kind="household",
        owner_id=household_id,
        point_type=point_type,
    )


def account_from(stream: str) -> AccountId:
    """Read the stream name of an account, as events and commands hold it."""
    account_id = AccountId.read(stream)
    assert account_id is not None, "it was checked, or written by us"
    return account_id


def current_account(
    draft: Draft, programme_id: str, member_id: str, point_type: str
) -> AccountId:
    """Return where a member's points go now."""
    member = draft.member(programme_id, member_id)
    if member.household_id is None:
        return own_account(programme_id, member_id, point_type)
    return household_account(programme_id, member.household_id, point_type)


def account_with_entry(
    draft: Draft, programme_id: str, member_id: str, point_type: str, entry_id: str
) -> AccountId:
    """Return the account of the member, now or before, that has an entry."""
    accounts = _accounts(draft, programme_id, member_id, point_type)
    found = (one for one in accounts if entry_id in draft.account(one).entries)
    return next(found, accounts[0])


def account_with_hold(
    draft: Draft, programme_id: str, member_id: str, point_type: str, hold_id: str
) -> AccountId:
    """Return the account of the member, now or before, that has a hold."""
    accounts = _accounts(draft, programme_id, member_id, point_type)
    found = (one for one in accounts if hold_id in draft.account(one).holds)
    return next(found, accounts[0])


def _accounts(
    draft: Draft, programme_id: str, member_id: str, point_type: str
) -> tuple[AccountId, ...]:
    """Return the accounts a member has used: the current, own, former households'."""
    member = draft.member(programme_id, member_id)
    return (
        current_account(draft, programme_id, member_id, point_type),
        own_account(programme_id, member_id, point_type),
        *(
            household_account(programme_id, household_id, point_type)
            for household_id in member.former_households
        ),
    )


def check_user(draft: Draft, programme_id: str, member_id: str) -> None:
    """Refuse a member who may not use points, own or the household's."""
    member = draft.member(programme_id, member_id)
    check_may_use(member, member_id)
    if member.household_id is not None:
        household = draft.household(programme_id, member.household_id)
        check_may_spend(household, member.household_id, member_id)

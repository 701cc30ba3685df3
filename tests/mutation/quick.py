"""Tests for mutants: the sharp ones first, few examples, and none made smaller."""

from typing import Any

from hypothesis import Phase, settings

settings.register_profile(
    "mutation",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
)


def pytest_collection_modifyitems(items: list[Any]) -> None:
    items.sort(key=_cost)


def _cost(item: Any) -> int:
    """Say how long a test takes: values only, a ledger, many ledgers."""
    if getattr(item.obj, "is_hypothesis_test", False):
        return 2
    return 1 if "shop" in item.fixturenames else 0

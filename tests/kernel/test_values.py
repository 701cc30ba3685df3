"""A value is never changed: a new one takes its place."""

import attrs
import pytest

from loyaltyledger.kernel.values import changed


def test_other_fields_make_another_value() -> None:
    @attrs.frozen
    class Pair:
        left: int
        right: int

    first = Pair(1, 2)
    second = changed(first, right=3)

    assert (first, second, changed(second)) == (Pair(1, 2), Pair(1, 3), Pair(1, 3))
    assert type(second) is Pair


def test_a_value_of_one_field_is_made_anew_by_other_means() -> None:
    @attrs.frozen
    class Single:
        only: int

    with pytest.raises(AssertionError):
        changed(Single(1), only=2)

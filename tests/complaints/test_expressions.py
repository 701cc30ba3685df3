"""What users of survey and loyalty tools complained of in their conditions.

Numbers are those of the list in the field notes on surveys, section 5.
"""

from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import InvalidInputError
from loyaltyledger.rules.expression import (
    Ask,
    Fact,
    Facts,
    InvalidExpressionError,
    Kind,
    check,
    compiled,
    read,
    traced,
)
from rules.expression.samples import NOW, TZ

SCORE = {"var": "score"}
ANSWERS = Fact(
    name="answers",
    kind=Kind.ITEMS,
    fields=(Fact(name="amount", kind=Kind.NUMBER, optional=True),),
)
FACTS = Facts.of(Fact(name="score", kind=Kind.NUMBER, optional=True), ANSWERS)


def holds(data: Any, score: int | None = None, amounts: tuple[Any, ...] = ()) -> Any:
    tree = read(data)
    values = {"score": score, "answers": [{"amount": amount} for amount in amounts]}
    return compiled(tree, FACTS)(Ask.at(FACTS.bound(values), NOW, TZ), {})


def test_22_a_withdrawn_answer_counts_for_nothing() -> None:
    total = {"sum": [{"var": "answers"}, {"var": "amount"}]}

    assert holds(total, amounts=(5, None, 7)) == Decimal(12)
    assert (
        holds({"min": [{"var": "answers"}, {"var": "amount"}]}, amounts=(None, 7)) == 7
    )


def test_23_a_number_that_was_not_given_is_not_0() -> None:
    assert holds({"<": [SCORE, 10]}, 0) is True
    assert holds({"<": [SCORE, 10]}, None) is False


def test_40_a_skipped_score_is_no_detractor() -> None:
    detractor, promoter = {"<=": [SCORE, 6]}, {">=": [SCORE, 9]}

    assert [holds(branch) for branch in (detractor, promoter)] == [False, False]
    ask = Ask.at(FACTS.bound({"answers": ()}), NOW, TZ)
    assert traced(read(detractor), FACTS, ask).missing == ("score",)


@pytest.mark.parametrize("value", ["", "6", True])
def test_40_what_is_no_number_is_never_taken_for_one(value: object) -> None:
    with pytest.raises(InvalidExpressionError, match="takes"):
        check(read({"<=": [SCORE, value]}), FACTS, gives=Kind.TRUTH)
    with pytest.raises(InvalidInputError, match="must be number"):
        FACTS.bound({"score": value, "answers": ()})


def test_40_everybody_but_detractors_leaves_out_who_did_not_answer() -> None:
    negated = {"!": [{"<=": [SCORE, 6]}]}

    with pytest.raises(InvalidExpressionError, match=r"has\(score\)"):
        check(read(negated), FACTS, gives=Kind.TRUTH)
    said = {"and": [{"has": [SCORE]}, negated]}
    check(read(said), FACTS, gives=Kind.TRUTH)
    assert [holds(said, score) for score in (None, 6, 7)] == [False, False, True]

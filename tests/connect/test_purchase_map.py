"""A mapping file says how to read purchases, or where it is wrong."""

from pathlib import Path

import pytest

from loyaltyledger.connect import (
    ConfigurationError,
    MissingMember,
    Negative,
    TenderColumn,
    TenderPer,
    load_purchase_map,
)

MAPPING = """
currency = "GBP"
negative = "unlinked_return"
missing_member = "skip"
delimiter = ";"
tenders = [{ method = "gift_card", column = "gift", per = "purchase" }]

[columns]
member = "card"
purchase = ["card", "receipt"]
sku = "item"
unit_price = "price"
time = "time"

[time]
zone = "Europe/London"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "map.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_reads_a_mapping(tmp_path: Path) -> None:
    how = load_purchase_map(written(tmp_path, MAPPING))

    assert how.columns.purchase == ("card", "receipt")
    assert how.columns.quantity is None
    assert how.tenders == (
        TenderColumn(method="gift_card", column="gift", per=TenderPer.PURCHASE),
    )
    assert (how.negative, how.missing_member) == (
        Negative.UNLINKED_RETURN,
        MissingMember.SKIP,
    )


@pytest.mark.parametrize(
    ("old", "new", "path", "problem"),
    [
        ('currency = "GBP"', "", "currency", "name a currency, or the column"),
        ('"GBP"', '"POUND"', "currency", "ISO 4217"),
        ('";"', '";;"', "delimiter", "one character"),
        ('";"', "'\"'", "delimiter", "one character"),
        ('delimiter = ";"', 'decimal_mark = "x"', "decimal_mark", "point or a comma"),
        ('delimiter = ";"', 'encoding = "klingon"', "encoding", "not an encoding"),
        ('delimiter = ";"', 'encoding = "base64"', "encoding", "not an encoding"),
        ('["card", "receipt"]', "[]", "columns.purchase", "at least one column"),
        ('["card", "receipt"]', '["a", "a"]', "columns.purchase", "each once"),
        ("Europe/London", "Mars", "time.time_zone", "not a zone"),
        ("[time]", "[time]\nformat = 'iso'", "time.format", "no directive"),
        ("[columns]", "[column]", "column", "did you mean 'columns'?"),
        ('sku = "item"', "", "columns.sku", "is missing"),
    ],
)
def test_says_where_a_mapping_is_wrong(
    tmp_path: Path, old: str, new: str, path: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_purchase_map(written(tmp_path, MAPPING.replace(old, new, 1)))

    assert refused.value.path == path
    assert problem in refused.value.problem


@pytest.mark.parametrize(
    "document",
    ['{"currency": "\\ud800"}', '{"\\ud800": 1}', '{"tenders": [["\\udc00"]]}'],
)
def test_refuses_half_a_character(tmp_path: Path, document: str) -> None:
    file = tmp_path / "map.json"
    file.write_text(document, encoding="utf-8")

    with pytest.raises(ConfigurationError) as refused:
        load_purchase_map(file)

    assert "surrogates not allowed" in refused.value.problem
    assert str(refused.value).encode(), "it can be shown"

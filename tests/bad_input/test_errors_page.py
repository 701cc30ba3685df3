"""`docs/errors.md` lists every error, with its fields, and each is tried."""

import re
from pathlib import Path

import attrs
import pytest

import loyaltyledger
from bad_input.cases import CASES
from loyaltyledger import (
    InvalidInputError,
    LedgerError,
    RefusedError,
    StoreError,
    UnknownError,
)

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "errors.md"
ROW = re.compile(r"^\| (.+) \| `(\w+Error)` \| (.+) \| (.+) \|$", re.MULTILINE)
ROWS = {row[1]: row for row in ROW.findall(PAGE.read_text(encoding="utf-8"))}
# They only group others.
GROUPS = {LedgerError, RefusedError, StoreError, UnknownError}
# Faults of databases, each where it can be caused.
ELSEWHERE = {
    "BackupError": "store/test_backup.py",
    "ContendedError": "host/test_one_commit.py",
    "DamagedEventError": "bad_input/test_databases.py",
    "DamagedKeyError": "bad_input/test_databases.py",
    "DamagedStreamError": "bad_input/test_databases.py",
    "HostConnectionError": "host/test_one_commit.py",
    "LedgerNotEmptyError": "archive/test_importing.py",
    "LogAheadError": "store/test_postgres.py",
    "LogFileError": "archive/test_log_file.py",
    "NewerStoreError": "bad_input/test_databases.py",
    "NotMigratedError": "bad_input/test_databases.py",
    "StoreBusyError": "bad_input/test_databases.py",
    "StoreClosedError": "bad_input/test_databases.py",
    "StoreCorruptError": "bad_input/test_databases.py",
    "StoreFailedError": "store/test_sqlite.py",
    "StoreFullError": "bad_input/test_databases.py",
    "StoreIoError": "store/test_sqlite.py",
    "StoreReadOnlyError": "bad_input/test_databases.py",
    "StoreUnavailableError": "bad_input/test_databases.py",
    "StoreUrlError": "bad_input/test_databases.py",
    "TransactionRequiredError": "host/test_one_commit.py",
    "UnknownEventError": "bad_input/test_databases.py",
}


def public_errors() -> dict[str, type[LedgerError]]:
    named = ((name, getattr(loyaltyledger, name)) for name in loyaltyledger.__all__)
    return {
        name: kind
        for name, kind in named
        if isinstance(kind, type) and issubclass(kind, LedgerError)
    }


def test_every_error_has_a_row() -> None:
    wanted = {name for name, kind in public_errors().items() if kind not in GROUPS}

    assert set(ROWS) == wanted


@pytest.mark.parametrize("name", ROWS)
def test_a_row_names_the_fields(name: str) -> None:
    kind = public_errors()[name]

    named = re.findall(r"`(\w+)`", ROWS[name][2])

    assert named == [field.name for field in attrs.fields(kind)]  # type: ignore[arg-type]  # each is made by attrs


@pytest.mark.parametrize("name", ROWS)
def test_an_error_of_the_page_is_tried(name: str) -> None:
    tried = {case.error.__name__ for case in CASES}

    if name not in tried:
        source = (TESTS / ELSEWHERE[name]).read_text(encoding="utf-8")
        assert len(re.findall(rf"\b{name}\b", source)) > 1, "imported and used"


def test_every_error_can_be_made_of_its_fields() -> None:
    for kind in public_errors().values():
        if kind not in GROUPS:
            names = [field.name for field in attrs.fields(kind)]  # type: ignore[arg-type]  # as above
            error = kind(**dict.fromkeys(names, "said"))
            assert error.fields() == dict.fromkeys(names, "said")
            assert "said" in str(error)


def test_invalid_input_is_one_kind() -> None:
    kinds = [public_errors()[name] for name in ROWS]
    invalid = {k.__name__ for k in kinds if issubclass(k, InvalidInputError)}

    assert invalid == {
        "InvalidIdError",
        "InvalidInputError",
        "InvalidMoneyError",
        "InvalidPointsError",
        "NaiveDatetimeError",
        "PeriodError",
    }

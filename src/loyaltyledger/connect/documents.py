"""A configuration file as plain dicts and lists. No number becomes a float."""

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from .errors import ConfigurationError

BYTES_MAX = 5_000_000


def read_document(file: Path) -> dict[str, Any]:
    """Read a TOML or JSON file, told apart by the end of its name."""
    text = _text(file)
    try:
        if file.suffix.lower() == ".json":
            document = json.loads(
                text,
                parse_float=Decimal,
                parse_constant=_no_number,
                object_pairs_hook=_each_once,
            )
            _check_texts(document)
        else:
            document = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError) as error:
        problem = str(error) or type(error).__name__
        raise ConfigurationError(file=str(file), path="", problem=problem) from None
    if not isinstance(document, dict):
        raise ConfigurationError(
            file=str(file), path="", problem="must hold one object with named fields"
        )
    return document


def _text(file: Path) -> str:
    if file.suffix.lower() not in {".toml", ".json"}:
        problem = "the name must end in .toml or .json"
        raise ConfigurationError(file=str(file), path="", problem=problem)
    try:
        with file.open("rb") as opened:
            content = opened.read(BYTES_MAX + 1)
        if len(content) > BYTES_MAX:
            problem = f"is longer than {BYTES_MAX} bytes"
            raise ConfigurationError(file=str(file), path="", problem=problem)
        return content.decode("utf-8-sig")
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise ConfigurationError(file=str(file), path="", problem=problem) from None
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 (byte {error.start})"
        raise ConfigurationError(file=str(file), path="", problem=problem) from None


def _no_number(text: str) -> NoReturn:
    problem = f"{text} is not a number"
    raise ValueError(problem)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        problem = f"{twice!r} is given twice in one object"
        raise ValueError(problem)
    return document


def _check_texts(document: object) -> None:
    """Refuse half a character, which JSON can name and no file can hold."""
    match document:
        case str():
            document.encode()
        case dict():
            for name, held in document.items():
                _check_texts(name)
                _check_texts(held)
        case list():
            for held in document:
                _check_texts(held)
        case _:
            pass

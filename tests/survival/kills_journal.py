"""What a till wrote down: before each commit what it asks, after it the answers.

Lines are appended by one system call each, so a killed till leaves whole lines, or one
without its end, which counts for nothing.
"""

import base64
import json
import os
import pickle
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs

from loyaltyledger import LedgerError, Receipt
from loyaltyledger.desk import Command

Outcome = Receipt | LedgerError


@attrs.frozen(kw_only=True)
class Answer:
    """A receipt, as its position and digest; or the name of a refusal."""

    position: int
    said: str

    @classmethod
    def of(cls, outcome: Outcome) -> "Answer":
        if isinstance(outcome, LedgerError):
            return cls(position=0, said=type(outcome).__name__)
        digest = sha256(repr(outcome).encode()).hexdigest()
        return cls(position=outcome.position, said=digest)

    @property
    def is_receipt(self) -> bool:
        return self.position > 0


@attrs.frozen(kw_only=True)
class Commit:
    """Commands of one commit, and their answers if any came."""

    commands: tuple[Command, ...]
    answers: tuple[Answer, ...] | None = None
    start: float | None = None
    end: float | None = None


@attrs.frozen(kw_only=True)
class Journal:
    """The file of one till."""

    path: Path

    def open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def commits(self) -> Iterator[Commit]:
        begun: tuple[Command, ...] | None = None
        for line in self._lines():
            if "begun" in line:
                begun = pickle.loads(base64.b64decode(line["begun"]))  # noqa: S301  # ours
            elif "answers" in line:
                assert begun is not None
                yield Commit(
                    commands=begun,
                    answers=tuple(
                        Answer(position=at, said=said) for at, said in line["answers"]
                    ),
                    start=line["start"],
                    end=line["end"],
                )
                begun = None
        if begun is not None:
            yield Commit(commands=begun)

    def answered(self) -> int:
        """Count the commits that were answered."""
        return sum("answers" in line for line in self._lines())

    def troubles(self) -> list[str]:
        """Return what the till could not go on after."""
        return [line["trouble"] for line in self._lines() if "trouble" in line]

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self.path.exists():
            *whole, _torn = self.path.read_bytes().split(b"\n")
            yield from map(json.loads, whole)


def write_begun(file: int, commands: Sequence[Command]) -> None:
    _write(file, {"begun": base64.b64encode(pickle.dumps(commands)).decode()})


def write_answers(
    file: int, outcomes: Sequence[Outcome], start: float, end: float
) -> None:
    answers = [(each.position, each.said) for each in map(Answer.of, outcomes)]
    _write(file, {"answers": answers, "start": start, "end": end})


def write_trouble(file: int, problem: str) -> None:
    _write(file, {"trouble": problem})


def _write(file: int, line: dict[str, object]) -> None:
    data = json.dumps(line).encode() + b"\n"
    assert os.write(file, data) == len(data)

"""What a run came to: how many mutants were found out, and why the others may live."""

import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

SCORE_LEAST = 95.0
FOUND = {"killed", "timeout", "segfault"}
CHANGE = re.compile(r"^([+-])(?![+-])\s*(.*)$", re.MULTILINE)


@attrs.frozen(kw_only=True)
class Mutant:
    """One small change: the *function* it is in, and the lines that make it."""

    name: str
    function: str
    results: Path
    status: str
    change: str

    @property
    def is_alive(self) -> bool:
        return self.status not in FOUND

    def found(self, exit_code: int) -> None:
        """Write down that other tests have found it."""
        held = json.loads(self.results.read_text(encoding="utf-8"))
        held["exit_code_by_key"][self.name] = exit_code
        self.results.write_text(json.dumps(held), encoding="utf-8")


@attrs.frozen(kw_only=True)
class Reason:
    """Why mutants may live: those of *function* whose change matches *change*."""

    why: str
    change: str
    function: str = ""

    def covers(self, mutant: Mutant) -> bool:
        is_there = mutant.function.endswith(self.function)
        return is_there and re.search(self.change, mutant.change) is not None


def reasons() -> tuple[Reason, ...]:
    text = Path(__file__).with_name("explained.toml").read_text(encoding="utf-8")
    return tuple(Reason(**one) for one in tomllib.loads(text)["reason"])


def unexplained(room: str) -> list[Mutant]:
    """Return the mutants of a room that live without a reason."""
    alive = [one for one in mutants(room) if one.is_alive]
    why = reasons()
    return [one for one in alive if not any(reason.covers(one) for reason in why)]


def score(rooms: Iterable[str]) -> int:
    """Print the score of each room; 1 if one is too low."""
    is_low = False
    for room in rooms:
        made = list(mutants(room))
        alive, left = sum(one.is_alive for one in made), unexplained(room)
        counted = len(made) - alive + len(left)
        share = _percent(counted - len(left), counted)
        is_low |= share < SCORE_LEAST
        raw = _percent(len(made) - alive, len(made))
        told = dict(Counter(one.status for one in made))
        explained = alive - len(left)
        line = f"{room}: {share:.1f} %, raw {raw:.1f} %, {told}, {explained} explained"
        sys.stdout.write(f"{line}\n")
        for one in left:
            sys.stdout.write(f"## {one.name} ({one.status})\n{one.change}\n")
    return int(is_low)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def mutants(room: str) -> Iterator[Mutant]:
    """Read the results in the folder that we are in."""
    for path in sorted(Path("mutants/src/loyaltyledger", room).glob("*.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        module = Path(*path.parts[1:]).with_suffix("")
        for name, code in codes.items():
            status = status_by_exit_code[code]
            diff = "" if status in FOUND else get_diff_for_mutant(name, path=module)
            yield Mutant(
                name=name,
                function=_function(name),
                results=path,
                status=status,
                change=_change(diff),
            )


def _function(name: str) -> str:
    """Name the function as people do: ``points.due.due``."""
    own = name.removeprefix("loyaltyledger.").rpartition("__mutmut_")[0]
    module, _, mangled = own.rpartition(".")
    plain = mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
    return f"{module}.{plain}"


def _change(diff: str) -> str:
    """Keep the lines that differ, without their indentation."""
    return "\n".join(f"{sign}{text}" for sign, text in CHANGE.findall(diff))

"""Programme files: a programme as TOML or JSON, and how it gets into a ledger."""

from enum import StrEnum
from hashlib import blake2b
from pathlib import Path

from ..desk import programme_stream
from ..ledger import Ledger
from ..programme import DefineProgramme, Programme, ProgrammeDefined
from .documents import read_document
from .structure import structured


class Defined(StrEnum):
    """What became of a programme file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def load_programme(file: Path | str) -> Programme:
    """Read a programme; ConfigurationError says where the file is wrong.

    The fields are those of :class:`Programme` and the classes in it, by the same names.
    """
    path = Path(file)
    return structured(Programme, read_document(path), file=str(path))


def define_programme(ledger: Ledger, programme: Programme) -> Defined:
    """Define a programme unless its newest version says the same already.

    A changed one is in force from now on: what happened before is not decided anew.
    """
    stream = programme_stream(programme.programme_id)
    with ledger.store.reading() as reading:
        versions = [one.event for one in reading.events(stream)]
    newest = versions[-1] if versions else None
    if isinstance(newest, ProgrammeDefined) and newest.programme == programme:
        return Defined.UNCHANGED
    digest = blake2b(stream.encode(), digest_size=8).hexdigest()
    key = f"programme-file:{digest}:{len(versions) + 1}"
    ledger.execute(DefineProgramme(key=key, programme=programme))
    return Defined.CHANGED if versions else Defined.NEW

"""What a disk may hold after the power went, from what a program did to it.

A file keeps what was written before its last sync began. Of what came later any part
may be there: each write whole, not at all, or some of its sectors. A name is there for
certain when its folder was synced after it was made.
"""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import attrs

from survival.faults_trace import Change, Deed, Naming, Sync

SECTOR = 512
KEPT = 0.0, 0.3, 0.7, 1.0
"""How many of the writes that nobody waited for reach the disk."""


@attrs.define
class File:
    """A file, whatever it is called; *pending* is not yet safe."""

    safe: bytearray = attrs.field(factory=bytearray)
    pending: list[Change] = attrs.field(factory=list)

    def sync(self, sync: Sync) -> None:
        """Keep what was written; after a sync that failed, no other makes up for it."""
        covered = [one for one in self.pending if one.done < sync.begun]
        for change in covered if sync.worked else ():
            apply(self.safe, change)
        self.pending = [one for one in self.pending if one.done >= sync.begun]

    def survivor(self, random: Random, kept: float) -> bytes:
        """Say what is in the file after the power has gone."""
        held = bytearray(self.safe)
        for change in self.pending:
            if random.random() < kept:
                for part in torn(change, random):
                    apply(held, part)
        return bytes(held)


@attrs.define(kw_only=True)
class Disk:
    """The files of one folder; *safe* are the names that its last sync covered."""

    folder: Path
    obeys: bool = True
    named: dict[Path, File] = attrs.field(factory=dict)
    safe: dict[Path, File] = attrs.field(factory=dict)
    renamed: list[tuple[Naming, File]] = attrs.field(factory=list)

    def take(self, deed: Deed) -> None:
        match deed:
            case Naming():
                self._name(deed)
            case Change():
                self.named[deed.path].pending.append(deed)
            case Sync() if self.obeys:
                self._sync(deed)
            case _:
                pass

    def _name(self, naming: Naming) -> None:
        if not naming.is_made:
            self.renamed.append((naming, self.named.pop(naming.path)))
        elif naming.path not in self.named:
            self.named[naming.path] = File()
            self.renamed.append((naming, self.named[naming.path]))

    def _sync(self, sync: Sync) -> None:
        if sync.path != self.folder:
            self.named[sync.path].sync(sync)
            return
        if not sync.worked:
            return
        covered = [one for one in self.renamed if one[0].done < sync.begun]
        self.safe = names_after(self.safe, covered)
        self.renamed = [one for one in self.renamed if one[0].done >= sync.begun]

    def write_image(self, into: Path, random: Random) -> None:
        """Write what may be left of the folder if the power goes now."""
        kept = random.choice(KEPT)
        # A file system keeps the order in which the names of a folder changed.
        last = len(self.renamed) if kept else 0
        names = names_after(self.safe, self.renamed[: random.randint(0, last)])
        for path, file in names.items():
            if not path.name.endswith("-shm"):
                (into / path.name).write_bytes(file.survivor(random, kept))


class Worst(Random):
    """Nothing survives that nobody waited for."""

    def choice(self, seq: Any) -> Any:
        return seq[0]


def names_after(
    names: dict[Path, File], changes: Iterable[tuple[Naming, File]]
) -> dict[Path, File]:
    found = dict(names)
    for naming, file in changes:
        if naming.is_made:
            found[naming.path] = file
        else:
            found.pop(naming.path, None)
    return found


def apply(held: bytearray, change: Change) -> None:
    if change.data is None:
        del held[change.offset :]
        held.extend(bytes(change.offset - len(held)))
        return
    end = change.offset + len(change.data)
    held.extend(bytes(max(0, end - len(held))))
    held[change.offset : end] = change.data


def torn(change: Change, random: Random) -> list[Change]:
    """Give the whole of a change, or one time in three some of its sectors."""
    if change.data is None or random.random() > 1 / 3:
        return [change]
    starts = range(-(change.offset % SECTOR), len(change.data), SECTOR)
    parts = [
        (max(0, start), change.data[max(0, start) : start + SECTOR])
        for start in starts
        if random.random() < 1 / 2
    ]
    return [
        attrs.evolve(change, offset=change.offset + start, data=data)
        for start, data in parts
    ]

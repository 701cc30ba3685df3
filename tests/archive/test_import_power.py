"""When the power goes during an import, all of the history is there or none of it."""

import os
import tempfile
from pathlib import Path
from random import Random

from archive.conftest import Archived
from loyaltyledger import Ledger
from loyaltyledger.archive import export_log
from survival.faults_images import Disk, Worst
from survival.faults_trace import Told, deeds, skip_without_strace, strace, traced

POINTS = 80


def test_all_or_nothing_is_left(archived: Archived, tmp_path: Path) -> None:
    skip_without_strace()
    place, trace = tmp_path / "shop", tmp_path / "trace"
    place.mkdir()
    url = f"sqlite:///{place}/ledger.db"
    program = ("archive.import_worker", url, str(archived.path))
    done = strace(*traced(trace), program=program, env=os.environ)
    assert done.returncode == 0, done.stderr.decode()
    found = deeds(trace, place)

    seen = set()
    random = Random(11)
    ends = sorted(random.randint(1, len(found)) for _ in range(POINTS - 1))
    disk, told, begin = Disk(folder=place), False, 0
    for end in (*ends, len(found)):
        for deed in found[begin:end]:
            disk.take(deed)
            told = told or isinstance(deed, Told)
        begin = end
        with tempfile.TemporaryDirectory(dir=tmp_path) as name:
            disk.write_image(Path(name), Worst() if told else random)
            events = events_left(Path(name), archived)
        assert events in ({archived.file.events} if told else {0, archived.file.events})
        seen.add((told, events))

    assert seen >= {(False, 0), (True, archived.file.events)}


def events_left(folder: Path, archived: Archived) -> int:
    with Ledger.open(f"sqlite:///{folder}/ledger.db") as ledger:
        assert ledger.store.check().is_sound
        file = export_log(ledger.store, folder / "log.jsonl")
    assert file.events_sha256 == archived.file.events_sha256 or not file.events
    return file.events

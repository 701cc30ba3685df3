"""Everything that parses: valid inputs, and the errors that may come out."""

import contextlib
import gzip
import io
import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import attrs

from connect.till import HEADING, NOW, SHOP
from fuzz.mutating import NUMBERS, TEXTS, as_json, garbled, spoilt
from golden_databases.story import Clock, tell
from loyaltyledger import Ledger, LedgerError, StoreError
from loyaltyledger.archive import (
    LogFileError,
    export_log,
    import_log,
    read_log,
    replay_file,
)
from loyaltyledger.connect import (
    ConfigurationError,
    ImportFileError,
    PurchaseMap,
    define_programme,
    import_purchases,
    load_programme,
    load_purchase_map,
)
from loyaltyledger.connect.structure import structured
from loyaltyledger.store import (
    Codec,
    CodecError,
    DamagedEventError,
    RawEvent,
    UnknownEventError,
)
from loyaltyledger.store.names import NAMES, UPCASTS

Target = Callable[[Random, Path], None]
"""Takes in one spoilt input, in a folder; whatever is not documented comes out."""

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "examples"
CODEC = Codec(NAMES, UPCASTS)
PAYLOADS: dict[str, Any] = {
    file.stem: json.loads(file.read_bytes())
    for file in sorted((TESTS / "golden").glob("*.json"))
}
PROGRAMME = PAYLOADS["programme-defined.v1"]["programme"]
MAPPING: dict[str, Any] = {
    "currency": "GBP",
    "negative": "unlinked_return",
    "missing_member": "skip",
    "delimiter": ",",
    "encoding": "utf-8",
    "decimal_mark": ".",
    "tax_included": True,
    "enrol": True,
    "tenders": [{"method": "gift_card", "column": "qty", "per": "purchase"}],
    "columns": {
        "member": "card",
        "purchase": ["card", "receipt"],
        "sku": "item",
        "quantity": "qty",
        "unit_price": "price",
        "time": "time",
    },
    "time": {"zone": "Europe/London", "format": "%Y-%m-%d %H:%M"},
}
ROWS = [
    ["ann", "1", "tea", "2", "3.50", "2024-05-01 10:00"],
    ["ann", "1", "cake", "1", "12.00", "2024-05-01 10:00"],
    ["bob", "2", "tea", "-1", "3.50", "2024-05-02 11:30"],
    ["", "3", "jam", "1", "1.99", "2024-05-02 11:30"],
    ["cat", "4", "a, b", "0.5", "20", "2024-05-03 09:15"],
]
CELLS = (*TEXTS, "-3", "1,5", "1e3", "1E-30", "٣.٥", "+7", " 7 ", '"', "'=1")


def one_of(random: Random, *choices: Any) -> Any:
    return choices[random.randrange(len(choices))]


def seldom(random: Random, usual: Any, *others: Any) -> Any:
    return one_of(random, *others) if random.random() < 0.1 else usual


# ── payloads ──


def payloads(random: Random, _folder: Path) -> None:
    """Events as they are stored, under any name."""
    name = one_of(random, *PAYLOADS)
    content = as_json(spoilt(PAYLOADS[name], random))
    if random.random() < 0.2:
        content = garbled(content, random)
    row = RawEvent(
        position=1,
        stream="account:shop:member:ann:points",
        version=1,
        name=seldom(random, name, *PAYLOADS, *TEXTS),
        at=seldom(random, 0, *NUMBERS),
        recorded_at=seldom(random, 0, *NUMBERS),
        payload=content,
    )
    try:
        event = CODEC.decode(row).event
    except (UnknownEventError, DamagedEventError):
        return
    try:
        again = CODEC.encode(event)
    except CodecError:
        # An instant that has no place in the calendar of UTC.
        return
    # What is taken for an event is stored again as the same event.
    assert again[0] == row.name
    assert CODEC.decode(attrs.evolve(row, payload=again[1])).event == event


# ── configuration ──


def configuration(
    document: Any, texts: tuple[bytes, ...], random: Random, folder: Path
) -> Path:
    """Write a spoilt JSON or TOML file."""
    if texts and random.random() < 0.3:
        file = folder / "spoilt.toml"
        file.write_bytes(garbled(one_of(random, *texts), random))
        return file
    file = folder / "spoilt.json"
    content = as_json(spoilt(document, random))
    file.write_bytes(garbled(content, random) if random.random() < 0.2 else content)
    return file


def tomls(folder: Path, pattern: str) -> tuple[bytes, ...]:
    return tuple(file.read_bytes() for file in sorted(folder.rglob(pattern)))


PROGRAMMES = tomls(EXAMPLES, "*limited.toml") + tomls(EXAMPLES, "exp*.toml")
MAPPINGS = tomls(EXAMPLES, "mapping.toml")


def programme_files(random: Random, folder: Path) -> None:
    """Programmes, and what a ledger says of those that can be read."""
    try:
        programme = load_programme(configuration(PROGRAMME, PROGRAMMES, random, folder))
    except ConfigurationError:
        return
    with Ledger.open("memory:", clock=lambda: NOW) as ledger:
        try:
            define_programme(ledger, programme)
        except LedgerError:
            return
        (event,) = ledger.store.log()
    assert event.event.programme == programme


def mapping_files(random: Random, folder: Path) -> None:
    """Mappings, and an import by those that can be read."""
    try:
        how = load_purchase_map(configuration(MAPPING, MAPPINGS, random, folder))
    except ConfigurationError:
        return
    take_in(csv_file(ROWS, random).encode(errors="surrogatepass"), how, folder)


# ── purchases ──


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n') else cell


def csv_file(rows: list[list[str]], random: Random) -> str:
    end: str = one_of(random, "\n", "\r\n", "\r")
    lines = (",".join(map(quoted, row)) for row in rows)
    return end.join((HEADING, *lines)) + end


def purchases(random: Random, folder: Path) -> None:
    """CSV files, wrong in cells, in shape or in bytes."""
    rows = [list(row) for row in ROWS]
    for _ in range(random.randint(1, 4)):
        row = rows[random.randrange(len(rows))]
        match random.randrange(5):
            case 0 if row:
                del row[random.randrange(len(row))]
            case 1:
                row.append(one_of(random, *CELLS))
            case 2:
                rows.append(list(row))
            case _ if row:
                row[random.randrange(len(row))] = one_of(random, *CELLS)
    content = csv_file(rows, random).encode(errors="surrogatepass")
    if random.random() < 0.4:
        content = garbled(content, random)
    if random.random() < 0.1:
        content = gzip.compress(content, mtime=0)
        content = garbled(content, random) if random.random() < 0.5 else content
    take_in(content, structured(PurchaseMap, MAPPING, file="map.json"), folder)


def take_in(content: bytes, how: PurchaseMap, folder: Path) -> None:
    """Import, and again: nothing is lost, and nothing comes twice."""
    file, rejects = folder / "spoilt.csv", folder / "rejects.csv"
    file.write_bytes(content)
    with Ledger.open("memory:", clock=lambda: NOW) as ledger:
        define_programme(ledger, SHOP)
        try:
            report = import_purchases(
                ledger, file, how, programme_id="shop", rejects=rejects
            )
        except ImportFileError:
            return
        refused = rejects.read_text(encoding="utf-8")
        again = import_purchases(ledger, file, how, programme_id="shop")
        assert not again.has_changed
        assert again.lines == report.lines
        assert bool(report.lines_refused) == (refused.count("\n") > 1)
        assert all(not total.difference for total in ledger.totals())


# ── log files ──


@cache
def sound_log() -> tuple[bytes, ...]:
    """Export the ledger of the golden story; its lines without seals."""
    clock, file = Clock(), io.BytesIO()
    with Ledger.open("memory:", clock=clock) as ledger:
        tell(ledger, clock)
        export_log(ledger.store, file)
    lines = file.getvalue().splitlines()
    return tuple(line for line in lines if not line.startswith(b'{"lines"'))


def sealed(lines: list[bytes]) -> bytes:
    """Put a seal before the end, as docs/how-to/archive.md says, and into the end."""
    *told, end = lines
    digest = sha256(b"".join(len(line).to_bytes(8, "big") + line for line in told))
    seal = compact({"lines": len(told), "sha256": digest.hexdigest()})
    with contextlib.suppress(ValueError, TypeError):
        end = compact(json.loads(end) | {"sha256": digest.hexdigest()})
    return b"".join(line + b"\n" for line in (*told, seal, end))


def compact(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def log_files(random: Random, folder: Path) -> None:
    """Log files with spoilt lines under a seal that fits, or with spoilt bytes."""
    lines = list(sound_log())
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(lines))
        match random.randrange(8):
            case 0:
                del lines[at]
            case 1:
                lines.insert(random.randrange(len(lines)), lines[at])
            case _:
                lines[at] = compact(spoilt(json.loads(lines[at]), random))
    content = sealed(lines) if lines else b""
    if random.random() < 0.1:
        content = gzip.compress(content, mtime=0)
    if random.random() < 0.2:
        content = garbled(content, random)
    file, database = folder / "spoilt.jsonl", folder / "imported.db"
    file.write_bytes(content)
    try:
        found = read_log(file)
    except LogFileError:
        return
    with contextlib.suppress(LogFileError, StoreError):
        replay_file(file)
    for part in folder.glob("imported.db*"):
        part.unlink()
    url = f"sqlite:///{database}"
    try:
        import_log(url, file)
    except LogFileError:
        with Ledger.open(url) as ledger:
            assert not ledger.store.raw(), "all of it, or nothing"
        return
    with Ledger.open(url) as ledger:
        assert len(ledger.store.raw(limit=found.events + 1)) == found.events
        ledger.verify()


TARGETS: tuple[Target, ...] = (
    payloads,
    programme_files,
    mapping_files,
    purchases,
    log_files,
)

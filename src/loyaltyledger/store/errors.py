"""What can go wrong between the ledger and its database.

StoreError
├── StoreUrlError               a URL that names no database
├── StoreUnavailableError       cannot be reached, or was lost on the way
│   ├── StoreClosedError        closed, or carried into another process
│   └── StoreBusyError          somebody else holds what is needed
├── StoreReadOnlyError          may be read, not written
├── StoreFullError              no room left
├── StoreIoError                the disk failed
├── StoreCorruptError           not a database, or a broken one
├── StoreFailedError            anything else the database said
├── NotMigratedError            has no ledger yet
├── NewerStoreError             written by a newer version of this library
├── BackupError                 a copy that cannot be made or put back
├── LogAheadError               was dumped and loaded into another server
├── CommitUnknownError          the answer to COMMIT was lost: look the key up
├── VersionConflictError        another writer got in first: decide again
├── KeyTakenError               the key has its events already
├── AppendError                 an append that can never be right
├── TransactionFullError        more events than one transaction can number
├── NestedTransactionError      a transaction inside a transaction
├── HostConnectionError         a connection the ledger cannot write on
│   └── TransactionRequiredError  … because it has no transaction open
├── ReadOnlyLogError            the recorder only reads
├── CodecError                  names, classes and values that cannot be stored
├── UnknownEventError           a stored name that nobody knows
├── DamagedEventError           a stored event that cannot be read
├── DamagedStreamError          stored events that do not follow from each other
└── DamagedKeyError             a stored key whose events are not there
"""

from ..kernel.errors import LedgerError, refusal


@refusal
class StoreError(LedgerError):
    """Base of what the store raises."""


@refusal
class StoreUrlError(StoreError):
    """The URL names no database that can hold a ledger."""

    text = "cannot open {url!r}: {problem}"
    url: str
    problem: str


@refusal
class StoreFailedError(StoreError):
    """The database failed or refused; a reason of its own has a class of its own."""

    text = "{database} refused: {problem}"
    database: str
    problem: str


@refusal
class StoreUnavailableError(StoreFailedError):
    """The database cannot be reached, or was lost; what was done the key tells."""

    text = "{database} is not available: {problem}"


@refusal
class StoreClosedError(StoreUnavailableError):
    """The store was closed, or belongs to another process."""


@refusal
class StoreBusyError(StoreUnavailableError):
    """Somebody else held what was needed for longer than the time-out."""

    text = "{database} is busy: {problem}"


@refusal
class StoreReadOnlyError(StoreFailedError):
    """The file, its directory or the server takes no writes from us."""

    text = "{database} is read-only: {problem}"


@refusal
class StoreFullError(StoreFailedError):
    """There is no room left; nothing was written, and reading still works."""

    text = "{database} is full: {problem}"


@refusal
class StoreIoError(StoreFailedError):
    """The disk or the file system failed."""

    text = "{database} could not be read or written: {problem}"


@refusal
class StoreCorruptError(StoreFailedError):
    """The file is no database, or one that is damaged."""

    text = "{database} is no sound database: {problem}"


@refusal
class NotMigratedError(StoreError):
    """The database holds no ledger, or one that an older version wrote."""

    text = "{database} holds no ledger of this version; run: {remedy}"
    database: str
    remedy: str


@refusal
class NewerStoreError(StoreError):
    """A newer version of this library wrote the database."""

    text = "{database} has schema version {found}, only {supported} is known; upgrade"
    database: str
    found: int
    supported: int


@refusal
class BackupError(StoreError):
    """A backup that cannot be made, or put back; what was there is untouched."""

    text = "{path}: {problem}"
    path: str
    problem: str


@refusal
class LogAheadError(StoreError):
    """The log was loaded into a server that counts its transactions from lower down."""

    text = "{database} came from another server ({log} >= {server}); run: {remedy}"
    database: str
    log: int
    server: int
    remedy: str


@refusal
class CommitUnknownError(StoreError):
    """The connection was lost during COMMIT: look the key up before anything else."""

    text = "{database} gave no answer to a commit ({problem}); look the key up"
    database: str
    problem: str


@refusal
class VersionConflictError(StoreError):
    """Another writer got in first; load and decide again."""

    text = "another writer got in first (stream {stream!r}: {problem})"
    stream: str | None = None
    problem: str


@refusal
class KeyTakenError(StoreError):
    """The key has its events already; read them instead."""

    text = "key {key!r} has its events already"
    key: str


@refusal
class AppendError(StoreError):
    """An append that can never be right, such as one without events."""

    text = "cannot append: {problem}"
    problem: str


@refusal
class TransactionFullError(StoreError):
    """One transaction was to hold more events than it can number."""

    text = "a transaction holds at most {events_max} events; commit in between"
    events_max: int


@refusal
class NestedTransactionError(StoreError):
    """A thread with a write transaction of this store open wanted another one."""

    text = "this thread has a transaction on {database} open already"
    database: str


@refusal
class HostConnectionError(StoreError):
    """The ledger cannot write on the connection it was given."""

    text = "cannot use this connection: {problem}"
    problem: str


@refusal
class TransactionRequiredError(HostConnectionError):
    """The connection commits every statement by itself: begin a transaction first."""


@refusal
class ReadOnlyLogError(StoreError):
    """The log is written through the ledger only."""

    text = "the log is written through the ledger only, never by a recorder"


@refusal
class CodecError(StoreError):
    """A name, class or value that cannot be stored."""

    text = "cannot store {name!r}: {problem}"
    name: str
    problem: str


@refusal
class UnknownEventError(StoreError):
    """An event is stored under a name that this version does not know."""

    text = (
        "event {position} (version {version} of {stream!r}) has unknown name {name!r}"
    )
    position: int
    stream: str
    version: int
    name: str


@refusal
class DamagedEventError(StoreError):
    """A stored event that cannot be read back."""

    text = "event {position}, {name!r} ({version} of {stream!r}), is damaged: {problem}"
    position: int
    stream: str
    version: int
    name: str
    problem: str


@refusal
class DamagedStreamError(StoreError):
    """Stored events that cannot have happened one after the other."""

    text = "the events of {stream!r} do not follow from each other: {problem}"
    stream: str
    problem: str


@refusal
class DamagedKeyError(StoreError):
    """What is stored under a key does not name events that are there."""

    text = "what is stored under key {key!r} is damaged: {problem}"
    key: str
    problem: str

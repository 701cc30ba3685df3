"""What can be wrong with a log file, and with where it is to go."""

from ..kernel.errors import LedgerError, refusal


@refusal
class LogFileError(LedgerError):
    """A log file is not whole, or not one at all; *where* names lines of it."""

    text = "{file}, {where}: {problem}"
    file: str
    where: str
    problem: str


@refusal
class LedgerNotEmptyError(LedgerError):
    """History is brought into an empty ledger only."""

    text = "{database} has a history already; import into a new ledger"
    database: str

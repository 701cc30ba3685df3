"""The log as a file: taken out, read by anybody, and brought into an empty ledger."""

from .errors import LedgerNotEmptyError, LogFileError
from .exporting import export_log
from .importing import import_log
from .log_file import LogFile, read_log
from .replaying import replay_file

__all__ = [
    "LedgerNotEmptyError",
    "LogFile",
    "LogFileError",
    "export_log",
    "import_log",
    "read_log",
    "replay_file",
]

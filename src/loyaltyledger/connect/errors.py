"""What can be wrong with a file that comes from outside.

LedgerError
├── ConfigurationError   a programme or mapping file that does not say what it must
└── ImportFileError      a data file that cannot be read at all
"""

from ..kernel.errors import LedgerError, refusal


@refusal
class ConfigurationError(LedgerError):
    """A file does not describe what it should; *path* says where inside it."""

    file: str
    path: str
    problem: str

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        return f"{self.file}: {place}{self.problem}"


@refusal
class ImportFileError(LedgerError):
    """A data file cannot be read, or has no column that the mapping names."""

    text = "{file}: {problem}"
    file: str
    problem: str

"""What a killed process has written and not yet synchronised.

SQLite takes it for committed when the file is opened again, and so a key is found and
answered. It must be on disk before that: the power may go next.
"""

import os
from pathlib import Path

from .errors import StoreIoError, StoreUnavailableError


def sync_log(database: str, path: Path) -> None:
    """Write the log beside the file through to the disk.

    To close that file releases no lock: SQLite has its locks on the other two.
    """
    try:
        log = os.open(f"{path}-wal", os.O_RDONLY)
    except FileNotFoundError:
        return
    except OSError as error:
        problem = str(error.strerror)
        raise StoreUnavailableError(database=database, problem=problem) from error
    try:
        os.fsync(log)
    except OSError as error:
        problem = str(error.strerror)
        raise StoreIoError(database=database, problem=problem) from error
    finally:
        os.close(log)

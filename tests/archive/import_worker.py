"""Brings a log in with hardly any memory for pages, and says when it is there."""

import os
import sys

import loyaltyledger.store.filling_sqlite as filling
from loyaltyledger import import_log
from survival.faults_trace import TOLD


def main(url: str, path: str) -> None:
    filling.CACHE_KIB = 8  # most of it is in the file before it is committed
    import_log(url, path)
    os.write(1, f"{TOLD}import\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A thread that keeps the views up to date, so that reading them finds little to do."""

import logging
import threading
from types import TracebackType
from typing import Protocol, Self

from ..store import StoreError
from .views import Views

LOG = logging.getLogger(__name__)


class HasViews(Protocol):
    """A ledger."""

    @property
    def views(self) -> Views: ...


class ViewWorker:
    """Follows the log every *interval_s* seconds, from :meth:`start` to :meth:`stop`.

    What the store refuses is logged, kept in *last_error*, and tried again.
    """

    def __init__(self, ledger: HasViews, interval_s: float = 1.0) -> None:
        self._ledger = ledger
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.last_error: StoreError | None = None

    def start(self) -> None:
        """Begin; doing it twice changes nothing."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(
                target=self._run, name="loyaltyledger-views", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End, once the page under way is done."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._ledger.views.follow()
                self.last_error = None
            except StoreError as error:
                self.last_error = error
                LOG.warning("the views could not follow the log: %s", error)
            self._stopping.wait(self._interval_s)

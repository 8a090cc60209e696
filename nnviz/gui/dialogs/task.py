"""Work that takes a while is done beside the window, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")
Cancelled = Callable[[], bool]


class Task(Generic[Result]):
    """Runs `work(cancelled)` on a thread of its own from now on; `cancelled()` says when it should end."""

    def __init__(self, work: Callable[[Cancelled], Result]) -> None:
        self._work = work
        self._cancel = threading.Event()
        self._result: Result | None = None
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="nnviz task", daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        return not self._thread.is_alive()

    @property
    def is_cancelled(self) -> bool:
        return self._cancel.is_set()

    def cancel(self) -> None:
        """Asks the work to end; it may take a moment."""
        self._cancel.set()

    def result(self) -> Result:
        """What the work gave, waited for; an exception of the work is raised here."""
        self._thread.join()
        if self._fault is not None:
            raise self._fault
        assert self._result is not None
        return self._result

    def end(self) -> None:
        """Cancels, and waits until nothing runs any more."""
        self.cancel()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._result = self._work(self._cancel.is_set)
        except BaseException as fault:
            self._fault = fault

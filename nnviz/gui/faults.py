"""A mistake in the program is said in one sentence and costs nothing: the open network stays as it is.

Python calls the hook for every exception that no code has caught, in a slot, in a paint event or in a thread; what
it has to say reaches the message strip in the GUI thread.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

from nnviz.errors import NnvizError
from nnviz.gui.messages import MessageStrip
from nnviz.gui.translation import tr

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


class Faults(QObject):
    """Stands between an exception that nobody caught and the user. Keep it as long as the window; then `remove` it."""

    _happened = Signal(str, str, str)      # key, sentence, details; a signal, for it may come from another thread

    def __init__(self, strip: MessageStrip) -> None:
        super().__init__(strip)
        self._strip = strip
        self._times: dict[str, int] = {}
        self._hook_before: Hook = sys.excepthook
        self._thread_hook_before = threading.excepthook
        # Always queued: a message laid out in the middle of a paint event would paint within the painting.
        self._happened.connect(self._say, Qt.ConnectionType.QueuedConnection)
        strip.closed.connect(lambda key: self._times.pop(key, None))

    def install(self) -> None:
        """Catch from now on."""
        sys.excepthook = self.caught
        threading.excepthook = self._caught_in_thread

    def remove(self) -> None:
        """Let exceptions go where they went before."""
        sys.excepthook = self._hook_before
        threading.excepthook = self._thread_hook_before

    def caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Say what happened; Ctrl+C and leaving the program are not faults and take their usual way."""
        if not issubclass(kind, Exception):
            self._hook_before(kind, error, trace)
            return
        from nnviz.gui.dialogs.about import versions_as_text  # looks up every library: not before it is needed

        story = "".join(traceback.format_exception(kind, error, trace))
        print(story, file=sys.stderr, end="")
        if isinstance(error, NnvizError):
            self._happened.emit("refused", str(error), "")
            return
        place = traceback.extract_tb(trace)[-1:] if trace else []
        key = "fault " + kind.__name__ + "".join(f" {frame.filename}:{frame.lineno}" for frame in place)
        reason = str(error).strip().splitlines()[:1]
        sentence = tr("Something went wrong in nnviz ({reason}). Your network is unchanged; please save it and tell "
                      "us about this.").format(reason=": ".join([kind.__name__, *reason]))
        self._happened.emit(key, sentence, f"{story}\n{versions_as_text()}")

    def _caught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.caught(args.exc_type, args.exc_value, args.exc_traceback)

    def _say(self, key: str, sentence: str, details: str) -> None:
        times = self._times[key] = self._times.get(key, 0) + 1
        counted = sentence if times == 1 else f"{sentence} ({times}×)"
        self._strip.show_message(key, counted, "error", details or None)


def install(strip: MessageStrip) -> Faults:
    """Show every exception that nobody caught in `strip`."""
    faults = Faults(strip)
    faults.install()
    return faults

"""How a command speaks: results to standard output, sentences and a progress bar to standard error, nothing halfway.

Rows leave in whole parts, so that whoever reads them after Ctrl+C has only complete ones.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from types import FrameType

from nnviz.errors import CannotWrite
from nnviz.exchange.files import reason_of, whole_file
from nnviz.words import tr

BETWEEN_DRAWINGS = 0.1     # seconds
BAR_WIDTH = 30


def say(sentence: str) -> None:
    """One line on standard error, whatever characters a file name brought into it."""
    line = "".join(character if character.isprintable() else _visible(character) for character in sentence)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _visible(character: str) -> str:
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")


def print_line(text: str) -> None:
    """Text on standard output, with a line end; characters that the terminal does not have are spelt out."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with open_output(None) as write:
        write((text + "\n").encode(encoding, "backslashreplace"))


@contextlib.contextmanager
def open_output(path: str | None) -> Iterator[Callable[[bytes], object]]:
    """Where a command writes: standard output, or a file that appears only when the block ends well."""
    if path is not None:
        with whole_file(path) as file:
            yield file.write
        return
    if sys.stdout is None:
        raise CannotWrite(tr("Standard output is closed. Name a file with -o."))
    sys.stdout.flush()
    try:
        try:
            yield sys.stdout.buffer.write
        finally:
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        set_stdout_aside()
        text = tr("Standard output cannot be written: {reason}.")
        raise CannotWrite(text.format(reason=reason_of(error))) from error


def set_stdout_aside() -> None:
    """Lets what is still to be written go nowhere, so that Python does not complain of it at the very end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class Interruption:
    """While it is entered, the first Ctrl+C only sets `asked`, so that what has begun ends well; a second one stops.

    >>> with Interruption() as interruption:
    ...     interruption.asked
    False
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: object = None

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]  # what signal() gave it takes back
            self._before = None

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


class ProgressBar:
    """A bar on standard error, where that is a terminal; it is gone when the `with` block ends."""

    def __init__(self, wanted: bool = True) -> None:
        self._shown = wanted and sys.stderr is not None and sys.stderr.isatty()
        self._next = 0.0
        self._drawn = False

    def __enter__(self) -> ProgressBar:
        self._next = monotonic() + BETWEEN_DRAWINGS
        return self

    def __exit__(self, *exception: object) -> None:
        if self._drawn:
            self._write("\r\x1b[K")

    def show(self, done: int, total: int, note: str) -> None:
        """`done` of `total` is done; drawn ten times a second at most."""
        if not self._shown or monotonic() < self._next:
            return
        self._next = monotonic() + BETWEEN_DRAWINGS
        self._drawn = True
        share = min(1.0, done / total) if total else 0.0
        full = round(share * BAR_WIDTH)
        line = f"[{'#' * full}{'.' * (BAR_WIDTH - full)}] {share:4.0%}  {note}"
        self._write("\r" + line[: shutil.get_terminal_size().columns - 1] + "\x1b[K")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()

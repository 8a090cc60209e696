"""Training elsewhere: a second process does the steps, while the window's interpreter is free to draw.

A training step is a pure function, so it does not matter who does it: the numbers that come back are those that the
window would have found itself, bit for bit.  Where no process can be started, or it ends, the window trains on.

What goes through the two pipes is a header of eight whole numbers, the document as JSON, and numbers as they lie in
memory.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from time import perf_counter
from typing import IO

import numpy as np

from nnviz.data.datasets import DataSet
from nnviz.engine.calls import Array
from nnviz.engine.problem import Problem, State, state_size
from nnviz.engine.step import Trainer
from nnviz.session.document import Document
from nnviz.session.opening import make_problem
from nnviz.session.reading import read_document

SLICE = 0.004         # seconds of training in an answer
AHEAD = 3             # slices that are asked for before the first of them has been answered
PIPE_SIZE = 1 << 20   # bytes that a pipe should hold, so that an answer with a large state need not wait for its reader
HEADER = Struct("<8q")
BEGIN, RUN = 1, 2     # what is asked
_READY = b"nnviz"
# This very nnviz, wherever it was imported from; everything else from where Python has it.
_COMMAND = """
import sys
sys.path.insert(0, sys.argv[1])
import nnviz
del sys.path[0]
from nnviz.session.training_process import main
main()
"""


class TrainingProcessLost(Exception):
    """The process has ended, or never began."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """A few steps that were done: the loss of each, and states on the way.

    `kept` are the states at multiples of the spacing that was asked for; `before_last` is the one before the last
    step, from which that step's record follows.  With `finite` False the step after the last would not be finite.
    """

    end: int
    losses: list[float]
    kept: list[State]
    before_last: State
    finite: bool


class TrainingProcess:
    """A process that trains for the one who holds this: `start` it, and once it `is_ready` ask for stretches.

    It is always a few slices ahead of what was taken from it; what it did beyond is forgotten when training goes on
    from another place.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._greeting: threading.Thread | None = None
        self._greeted = threading.Event()
        self._problem: Problem | None = None
        self._end = -1            # the last step that was taken from it
        self._under_way = 0       # slices that were asked for and are not answered yet

    @property
    def is_ready(self) -> bool:
        return self._greeted.is_set()

    def start(self) -> None:
        """Begins to start the process, which takes about a tenth of a second; nothing waits for it."""
        if self._greeting is None and not getattr(sys, "frozen", False):     # a frozen program cannot run a module
            with suppress(OSError):
                self._process = _launch()
            self._greeting = threading.Thread(target=self._greet, name="nnviz training process", daemon=True)
            self._greeting.start()

    def _greet(self) -> None:
        process = self._process
        if process is not None and process.stdout is not None and process.stdout.read(len(_READY)) == _READY:
            self._greeted.set()

    def close(self) -> None:
        """Ends the process; it cannot be started again."""
        process, self._process = self._process, None
        if process is None or self._greeting is None:
            return
        process.kill()
        process.wait()
        self._greeting.join()
        self._greeted.clear()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def stretch(
        self, problem: Problem, describe: Callable[[], tuple[Document, State]], end: int, goal: int, every: int
    ) -> Stretch:
        """The next steps of `problem` from `end` on, up to step `goal`; at least one, else as many as a slice has time
        for.  `describe` tells what it is asked only where training goes on from another place than where it was.

        Raises `TrainingProcessLost`; then nothing was done.
        """
        try:
            if problem is not self._problem or end != self._end:
                self._begin(problem, *describe())
            while self._under_way < AHEAD:
                self._ask(goal, every)
            stretch = self._answer(problem)
            while stretch.end == end and stretch.finite:     # it was asked for an earlier goal
                self._ask(goal, every)
                stretch = self._answer(problem)
        except (OSError, ValueError) as error:
            self.close()
            raise TrainingProcessLost from error
        self._end = stretch.end
        return stretch

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None or not self.is_ready:
            raise TrainingProcessLost
        return process.stdin, process.stdout

    def _begin(self, problem: Problem, document: Document, state: State) -> None:
        """Sends it to another place; what it still has to say of the one before is read and dropped."""
        to, _ = self._pipes()
        while self._under_way and self._problem is not None:
            self._answer(self._problem)
        text = b""
        if problem is not self._problem:
            text = document.without("parameters", "progress").to_bytes()
        examples, inputs, outputs = *problem.inputs.shape, problem.targets.shape[1]
        to.write(HEADER.pack(BEGIN, len(text), examples, inputs, outputs, state.step, state.epoch, state.batch))
        if text:
            to.write(text)
            to.write(problem.inputs.tobytes())
            to.write(problem.targets.tobytes())
        to.write(state.vector.tobytes())
        to.flush()
        self._problem, self._end = problem, state.step

    def _ask(self, goal: int, every: int) -> None:
        to, _ = self._pipes()
        to.write(HEADER.pack(RUN, goal, every, 0, 0, 0, 0, 0))
        to.flush()
        self._under_way += 1

    def _answer(self, problem: Problem) -> Stretch:
        _, source = self._pipes()
        end, finite, losses, states, *_ = HEADER.unpack(_read(source, HEADER.size))
        self._under_way -= 1
        found = _read_numbers(source, losses).tolist()
        size = state_size(problem)
        kept = [_read_state(source, size) for _ in range(states)]
        return Stretch(end, found, kept[:-1], kept[-1], bool(finite))


def _launch() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _COMMAND, str(Path(__file__).resolve().parents[2])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),      # of Windows, which would open a console
    )  # fmt: skip
    for pipe in (process.stdin, process.stdout):
        _enlarge(pipe)
    return process


def _enlarge(pipe: IO[bytes] | None) -> None:
    """Makes room in a pipe, where the system can."""
    if sys.platform == "linux" and pipe is not None:
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_SIZE)


def _read(source: IO[bytes], size: int) -> bytes:
    """So many bytes; an error where the other side has gone."""
    found = source.read(size)
    if len(found) < size:
        raise BrokenPipeError
    return found


def _read_numbers(source: IO[bytes], count: int) -> Array:
    return np.frombuffer(_read(source, 8 * count))


def _read_state(source: IO[bytes], size: int) -> State:
    step, epoch, batch, *_ = HEADER.unpack(_read(source, HEADER.size))
    return State(step, epoch, batch, _read_numbers(source, size))


# --- in the process itself ------------------------------------------------------------------------------------------


def serve(source: IO[bytes], to: IO[bytes]) -> None:
    """Does what is asked through `source` until nobody is there to ask."""
    trainer: Trainer | None = None
    with suppress(OSError):
        to.write(_READY)
        to.flush()
        while True:
            kind, *numbers = HEADER.unpack(_read(source, HEADER.size))
            if kind == BEGIN:
                trainer = _begun(source, trainer, *numbers)
                continue
            assert trainer is not None
            _tell(to, train(trainer, numbers[0], numbers[1]))


def _begun(
    source: IO[bytes], trainer: Trainer | None, length: int, examples: int, inputs: int, outputs: int, *place: int
) -> Trainer:
    """A trainer for the problem that is described, or the one before where none is, at the state that follows."""
    if length:
        document = read_document(_read(source, length))
        given = _read_numbers(source, examples * inputs).reshape(examples, inputs)
        wanted = _read_numbers(source, examples * outputs).reshape(examples, outputs)
        trainer = Trainer(make_problem(document, DataSet(given, wanted, given[:0], wanted[:0])))
    assert trainer is not None
    vector = _read_numbers(source, state_size(trainer.problem))
    step, epoch, batch = place
    trainer.load(State(step, epoch, batch, vector))
    return trainer


def train(trainer: Trainer, goal: int, every: int, seconds: float = SLICE) -> Stretch:
    """Trains towards step `goal` for about `seconds`, and tells what came of it."""
    losses: list[float] = []
    kept: list[State] = []
    finite, begun = True, perf_counter()
    before = trainer.state()
    if trainer.step < goal:
        finite = trainer.run(1, losses.append, keep=kept.append, every=every)
    left = seconds - (perf_counter() - begun)
    if finite and left > seconds / 2 and trainer.step < goal:      # else one step is a slice
        if trainer.step < goal - 1:
            finite = trainer.run(goal - 1 - trainer.step, losses.append, left, kept.append, every)
        if finite:
            before = trainer.state()
            finite = trainer.run(1, losses.append, keep=kept.append, every=every)
    if not finite:
        before = trainer.state()
    return Stretch(trainer.step, losses, kept, before, finite)


def _tell(to: IO[bytes], stretch: Stretch) -> None:
    states = [*stretch.kept, stretch.before_last]
    to.write(HEADER.pack(stretch.end, stretch.finite, len(stretch.losses), len(states), 0, 0, 0, 0))
    to.write(np.array(stretch.losses).tobytes())
    for state in states:
        to.write(HEADER.pack(state.step, state.epoch, state.batch, 0, 0, 0, 0, 0))
        to.write(state.vector.tobytes())
    to.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl+C in a terminal is for the window
    source, to = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr                           # whatever is printed may not get between the numbers
    serve(source, to)

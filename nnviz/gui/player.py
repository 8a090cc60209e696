"""Playing is taking the same steps, only without being asked: slowly in the window, fast on one worker thread.

The worker owns the session while it runs; the window looks at the newest snapshot, some forty times a second.  At full
speed the steps are done by a process of their own, for training and window would share one Python interpreter; the
worker does them itself until that process has started.

Steps that were done before are played again at the chosen speed, forwards and backwards, and are not done anew.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from dataclasses import dataclass
from math import ceil
from time import perf_counter

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

from nnviz.gui import speeds
from nnviz.gui.speeds import Speed
from nnviz.report.moment import Moment
from nnviz.session.change import Change
from nnviz.session.session import Session
from nnviz.session.timeline import Segment
from nnviz.session.training_process import TrainingProcess

SLICE = 0.010           # seconds of training between two looks at whether to stop
ALONE = 0.1             # seconds at the start in which the worker trains, as there every moment counts, not the speed
EARLIER = 0.97          # of the time between redraws: what comes late now and then is made up for
LEAST_TRAINING = 0.5    # however long a redraw takes, training gets at least so many times as long before the next
SLOWEST_ON_WORKER = 60.0     # steps a second from which a worker thread is worth its switching
SPARSER = 1.1           # each moment that is kept on the way lies so many times further from the start than the last
BACK_IN = 5.0           # seconds in which full speed goes back to the start, however long the training was,
BACK_AT_LEAST = 2000.0       # or so many steps a second where that is faster
SAMPLE_BYTES = 32 << 20      # that such moments may take until the window has looked at them
_PAINTED = QEvent.Type(QEvent.registerEventType())


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The newest state of a running session: its last whole step, where it lies, and how fast it goes."""

    moment: Moment
    segment: Segment
    updates_done: int
    steps_per_second: float


@dataclass
class _Way:
    """When and after which update playing began, and after which one a moment on the way is to be kept."""

    begun: float
    first: int
    sample: int


@dataclass(frozen=True, eq=False)
class Rest:
    """A run that is held: whose it is, how far it was to go, and which way."""

    session: Session
    until: int | None
    backwards: bool


class Player(QObject):
    """Plays one session at a chosen speed until paused, until a step count is reached, or until it diverges.

    `ticked` says that there is something new to show; `stopped` that playing ended, with the last change.
    """

    ticked = Signal()
    stopped = Signal(object)          # a Change
    _left = Signal()                  # from the worker: a snapshot, or its end

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self.snapshot: Snapshot | None = None
        self.samples: deque[Snapshot] = deque()     # moments passed on the way, close together at first, then sparser
        self.speed: Speed = speeds.TABLE[speeds.DEFAULT]
        self.until: int | None = None      # updates to play to
        self.backwards = False
        self._by_layer = False
        self._sampled: Session | None = None
        self._worker: threading.Thread | None = None
        self._stop = threading.Event()
        self._shown = threading.Event()       # the window has painted the newest snapshot
        self._result: Change | None = None
        self._fault: BaseException | None = None
        self._process = TrainingProcess()
        self._timer = QTimer(self)            # of slow motion
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick_slowly)
        self._left.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._marks: list[tuple[float, int]] = []
        self._stride = 1                      # known steps that full speed passes between two looks at the clock
        self.redraw_rate = 45

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive() or self.on_worker

    @property
    def on_worker(self) -> bool:
        """Whether a worker has the session, so that only the snapshot may be read."""
        return self._worker is not None

    @property
    def trains_elsewhere(self) -> bool:
        """Whether there is another process that does the steps of full speed."""
        return self._process.is_ready

    def start(
        self, session: Session, speed: Speed, by_layer: bool = False, until: int | None = None,
        backwards: bool = False,
    ) -> None:
        """Plays `session`; `until` a number of updates, or without end.  Backwards it plays to the start."""
        self.pause()
        self.backwards, self._stride = backwards, 1
        self.session, self.speed, self._by_layer, self.until = session, speed, by_layer, until
        self.snapshot, self._result, self._fault = None, None, None
        if session is not self._sampled:
            self.samples.clear()
            self._sampled = session
        self._marks = [(perf_counter(), session.updates_done)]
        slow_rate = speed.operations_per_second or speed.steps_per_second
        if until is None and slow_rate is not None and (speed.is_slow_motion or slow_rate < SLOWEST_ON_WORKER):
            self._timer.start(max(1, round(1000 / slow_rate)))
            return
        sys.setswitchinterval(0.0005)      # a worker with an answer in its hands need not wait for a whole painting
        if not backwards and (speed.steps_per_second is None or until is not None):
            self._process.start()
        self._stop.clear()
        self._shown.set()
        self._worker = threading.Thread(target=self._work, name="nnviz player", daemon=True)
        self._worker.start()

    def pause(self) -> Change | None:
        """Ends playing and gives the session back, at most one slice of training late.

        Returns what had ended playing in the very moment, if anything had and nobody has heard of it.
        """
        self._timer.stop()
        if self._worker is not None:
            self._stop.set()
            self._shown.set()
            self._worker.join()
            self._worker = None
        self.snapshot = None
        unheard, self._result = self._result, None
        return unheard

    def close(self) -> None:
        """Ends playing, and the process that trains for it; the next play starts another."""
        self.pause()
        self._process.close()
        self._process = TrainingProcess()

    def _show(self) -> None:
        """Shows what the worker has left; it leaves the next when all that was marked for painting has been painted."""
        if self._worker is None:        # paused since
            return
        if self._fault is not None:
            fault = self._fault
            self.pause()
            self.stopped.emit(Change.nothing())
            raise fault
        if self._result is not None:
            result = self._result
            self.pause()
            self.stopped.emit(result)
            return
        if self.snapshot is not None:
            self.ticked.emit()
        QCoreApplication.postEvent(self, QEvent(_PAINTED), Qt.EventPriority.LowEventPriority.value - 1)

    def event(self, event: QEvent) -> bool:
        if event.type() == _PAINTED:
            self._shown.set()
            return True
        return super().event(event)

    def _tick_slowly(self) -> None:
        """One operation or one step, in the window's own thread."""
        assert self.session is not None
        session, slow_motion = self.session, self.speed.is_slow_motion
        if self.backwards:
            change = session.retreat(self._by_layer) if slow_motion else _go_back(session, 1)
        else:
            change = session.advance(self._by_layer) if slow_motion else session.advance_steps(1)
        if not change:
            self.pause()
            self.stopped.emit(change)
            return
        self.ticked.emit()

    def _work(self) -> None:
        try:
            self._result = self._train()
        except BaseException as fault:
            self._fault = fault
        if not self._stop.is_set():
            self._left.emit()

    def _train(self) -> Change | None:
        """Slices of training, or of going back, until told to stop. Returns what ended it, None where the user did."""
        session = self.session
        assert session is not None
        begun = perf_counter()
        way = _Way(begun, session.updates_done, session.updates_done + 1)
        redraw, left, shown = begun, begun, begun
        while not self._stop.is_set():
            ended = self._go_back(session, way) if self.backwards else self._go_on(session, way, redraw)
            if ended is not None:
                return ended
            now = perf_counter()
            if not self._shown.is_set():
                shown = now
            elif now >= max(redraw, shown + (shown - left) * LEAST_TRAINING):
                redraw, left, shown = max(redraw + EARLIER / self.redraw_rate, now), now, now
                self.snapshot = self._snapshot(session, self._measure(session.updates_done))
                self._shown.clear()
                self._left.emit()
        return None

    def _go_on(self, session: Session, way: _Way, redraw: float) -> Change | None:
        """A slice of training. Returns what ended playing, if anything did."""
        rate, until = self.speed.steps_per_second, self.until
        steps = 1_000_000_000 if until is None else until - session.updates_done
        if rate is not None and until is None:
            steps = way.first + int((perf_counter() - way.begun) * rate) - session.updates_done
        if steps > 0:
            full, before_sample = rate is None and until is None, max(1, way.sample - session.updates_done)
            known = session.last_step - session.updates_done
            if known > 0 and full:
                change = self._pass_known(session, min(known, before_sample))
            elif (full or until is not None) and self.trains_elsewhere and perf_counter() - way.begun > ALONE:
                change = session.advance_steps(steps, process=self._process)
            else:
                seconds = max(0.0, min(SLICE, redraw - perf_counter()))
                change = session.advance_steps(min(steps, before_sample), seconds)
            if change.diverged or not change:
                return change
            passed = session.updates_done - way.first
            if passed >= way.sample - way.first:
                self._keep(session)
                way.sample = way.first + max(passed + 1, ceil(passed * SPARSER))
        elif until is not None:
            return Change.nothing()
        else:
            self._stop.wait(min(0.005, 1.0 / (rate or 1.0)))
        return None

    def _pass_known(self, session: Session, known: int) -> Change:
        """Goes on through steps that were done before, as fast as they can be computed again."""
        begun = perf_counter()
        change = session.advance_steps(min(self._stride, known))
        session.moment().parameters()      # which computes them
        took = perf_counter() - begun
        if took > SLICE:
            self._stride = max(1, self._stride // 2)
        elif took < SLICE / 2:
            self._stride *= 2
        return change

    def _go_back(self, session: Session, way: _Way) -> Change | None:
        """As far back as the speed asks for by now. Returns what ended playing: the start of training."""
        if not session.can_step_back:
            return Change.nothing()
        rate = self.speed.steps_per_second or max(BACK_AT_LEAST, way.first / BACK_IN)
        due = session.updates_done - (way.first - int((perf_counter() - way.begun) * rate))
        if due > 0:
            _go_back(session, due)
        else:
            self._stop.wait(min(0.005, 1.0 / rate))
        return None

    @staticmethod
    def _snapshot(session: Session, rate: float = 0.0) -> Snapshot:
        return Snapshot(session.moment(), session.segment, session.updates_done, rate)

    def _keep(self, session: Session) -> None:
        """Leaves a moment for what is shown over time: at full speed most of learning happens between two redraws."""
        kept = self._snapshot(session)
        if (len(self.samples) + 1) * kept.moment.record.content.nbytes <= SAMPLE_BYTES:
            self.samples.append(kept)

    def _measure(self, done: int) -> float:
        """Steps per second over the last second."""
        now = perf_counter()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > 1.0:
            self._marks.pop(0)
        then, before = self._marks[0]
        return abs(done - before) / (now - then) if now > then else 0.0


def _go_back(session: Session, steps: int) -> Change:
    """To the end of the step `steps` before; from the middle of a pass, its own beginning counts as one."""
    if not session.can_step_back:
        return Change.nothing()
    begun = 0 < session.cursor < session.order.length
    return session.seek(session.updates_done + begun - steps)

"""A pass or a training run as moving pictures: frames go in one by one, and a file comes out, whole or not at all.

APNG and GIF are written by Pillow, which every change of these formats goes through; MP4 by ffmpeg, where the machine
has it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import CannotWrite
from nnviz.exchange.files import whole_file, write_file
from nnviz.exchange.film_palette import Painter, palette_of
from nnviz.words import tr

if TYPE_CHECKING:
    from PIL.Image import Image

Frame = NDArray[np.uint8]         # (height, width, 3): red, green, blue
Cancelled = Callable[[], bool]
MOST_BYTES = 1 << 30              # that all frames of a file may take in memory before it is written
LAST_FRAME = 1500                 # milliseconds that the last picture stays before a film begins again
SAID = 300                        # characters of what ffmpeg says that are worth reading


class Stopped(Exception):
    """The user has stopped the writing; nothing of it remains."""


class Film(Protocol):
    """Takes frames of one size; `finish` writes what is not written yet, leaving the block otherwise writes nothing."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def add(self, frame: Frame) -> None: ...
    def finish(self, cancelled: Cancelled) -> None: ...


@dataclass(frozen=True)
class FilmFormat:
    """A row of the table: `kept` are the bytes a pixel of every frame takes until the file is written."""

    suffix: str
    label: str
    help: str
    make: Callable[[Path, float], Film]     # (file, frames a second)
    kept: int
    is_there: Callable[[], bool] = lambda: True


class _Pictures:
    """A film of one file that Pillow writes when all frames are there."""

    def __init__(self, path: Path, rate: float, kind: str) -> None:
        self.path, self.rate, self.kind = path, rate, kind
        self._frames: list[Image] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.clear()

    def add(self, frame: Frame) -> None:
        from PIL import Image

        self._frames.append(Image.fromarray(frame))

    def finish(self, cancelled: Cancelled) -> None:
        from PIL import Image

        # the way in which Pillow looks for a writer costs nothing here, and later would be on another thread
        Image.preinit()
        each = round(1000 / self.rate)
        times = [each] * (len(self._frames) - 1) + [max(each, LAST_FRAME)]
        painter = Painter(palette_of(self._frames)) if self.kind == "GIF" else None
        for number, frame in enumerate(self._frames):
            if cancelled():
                raise Stopped
            if painter is not None:
                self._frames[number] = painter.painted(np.asarray(frame))
        first, rest = self._frames[0], self._frames[1:]
        options: dict[str, Any] = {"save_all": True, "append_images": rest, "loop": 0}
        options["duration"] = times if rest else each
        with whole_file(self.path) as file:
            first.save(_Stoppable(file, cancelled), format=self.kind, **options)


class _Stoppable:
    """A file that stops whoever writes to it when nobody wants it any more."""

    def __init__(self, file: BinaryIO, cancelled: Cancelled) -> None:
        self._file, self._cancelled = file, cancelled

    def write(self, data: bytes) -> int:
        if self._cancelled():
            raise Stopped
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        if name == "fileno":          # Pillow would write past `write`
            raise AttributeError(name)
        return getattr(self._file, name)


class _Numbered:
    """Every frame a file of its own, numbered from 1: `xor.png` becomes `xor-0001.png`, ...; none where it stops.

    Frames wait in a folder of their own until all are there, so that a film that stops leaves an older one whole. Once
    all are written, what an older and longer film had beyond them is removed: the two would run into each other.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self.path = path
        self._frames = 0
        self._folder = tempfile.TemporaryDirectory(prefix="nnviz-film-")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def _waiting(self, number: int) -> Path:
        return Path(self._folder.name, f"{number}.png")

    def add(self, frame: Frame) -> None:
        from io import BytesIO

        from PIL import Image

        data = BytesIO()
        Image.fromarray(frame).save(data, format="PNG")
        self._frames += 1
        write_file(self._waiting(self._frames), data.getvalue())

    def finish(self, cancelled: Cancelled) -> None:
        if cancelled():
            raise Stopped
        older = older_frames(self.path, self._frames)
        made: list[Path] = []
        try:
            for number in range(1, self._frames + 1):
                path = numbered(self.path, number)
                made += [] if path.exists() else [path]
                write_file(path, self._waiting(number).read_bytes())
        except BaseException:
            for path in made:
                path.unlink(missing_ok=True)
            raise
        for path in older:
            with contextlib.suppress(OSError):      # the new film is whole, and whoever made it looks what is left
                path.unlink()


class _Movie:
    """A film that ffmpeg writes while the frames come."""

    def __init__(self, path: Path, rate: float) -> None:
        self.path, self.rate = path, rate
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()       # noqa: SIM115 - it lives as long as the film
        self._part = path.with_name(f".nnviz-{secrets.token_hex(6)}{path.suffix}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(OSError):      # what it has not taken yet
                self._process.communicate()
        self._said.close()
        with contextlib.suppress(OSError):
            self._part.unlink()

    def add(self, frame: Frame) -> None:
        if self._process is None:
            self._process = self._start(frame.shape[1], frame.shape[0])
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(frame).data)
        except OSError:
            self._refuse()

    def finish(self, cancelled: Cancelled) -> None:
        process = self._process
        assert process is not None and process.stdin is not None
        process.stdin.close()
        while process.poll() is None:
            if cancelled():
                raise Stopped
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        if process.returncode:
            self._refuse()
        os.replace(self._part, self.path)

    def _start(self, width: int, height: int) -> subprocess.Popen[bytes]:
        program = shutil.which("ffmpeg")
        if program is None:
            raise CannotWrite(tr("MP4 needs the program ffmpeg, which this machine does not have."))
        # both sides even and colours at half resolution: what every player can show
        command: Sequence[str] = (
            program, "-loglevel", "error", "-y", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size",
            f"{width}x{height}", "-framerate", f"{self.rate:g}", "-i", "-", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2",
            "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", os.fspath(self._part),
        )
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._said)

    def _refuse(self) -> None:
        assert self._process is not None
        self._process.wait()
        self._said.seek(0)
        said = self._said.read(SAID).decode("utf-8", "replace").strip()
        text = tr("{path} cannot be written: ffmpeg says {said}.")
        raise CannotWrite(text.format(path=self.path, said=said.rstrip(".") or tr("nothing")))


FILM_FORMATS = {row.suffix: row for row in (
    FilmFormat(".apng", "Animated PNG", "Every pixel as in the window; browsers and most slide programs play it.",
               lambda path, rate: _Pictures(path, rate, "PNG"), 3),
    FilmFormat(".gif", "GIF", "Plays everywhere; 256 colours in all.",
               lambda path, rate: _Pictures(path, rate, "GIF"), 3),
    FilmFormat(".png", "Numbered PNG images", "A file for each frame, numbered from 0001.",
               _Numbered, 0),
    FilmFormat(".mp4", "MP4 film", "The smallest file, for talks and web pages; needs ffmpeg on this machine.",
               _Movie, 0, lambda: shutil.which("ffmpeg") is not None),
)}


def numbered(path: Path, number: int) -> Path:
    """The file of one frame.

    >>> numbered(Path("xor.png"), 7).name
    'xor-0007.png'
    """
    return path.with_name(f"{path.stem}-{number:04d}{path.suffix}")


def older_frames(path: Path, frames: int) -> list[Path]:
    """The images of an older film of this name beyond so many: those that follow from the first without a gap."""
    number = 1
    while os.path.isfile(numbered(path, number)) and not os.path.islink(numbered(path, number)):
        number += 1
    return [numbered(path, older) for older in range(frames + 1, number)]


def most_frames(form: FilmFormat, width: int, height: int) -> int | None:
    """How many frames of a size a file may have; None where there is no limit."""
    return MOST_BYTES // (form.kept * width * height) if form.kept else None

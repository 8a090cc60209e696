"""The command line: what the window does, for scripts, for servers, for whoever would rather type.

Each row of `COMMANDS` is one command.  What a command needs is imported when it runs, so that help comes at once; Qt
is imported by the window and by `render` alone.

Exit status: 0 done; 1 the answer is no, or training became non-finite; 2 wrong use, a refused input, a place that
cannot be written; 130 stopped with Ctrl+C.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nnviz import __version__
from nnviz.errors import ChoiceRefused, FileMissing, NnvizError, Refused, did_you_mean, nearest
from nnviz.exchange.terminal import Interruption, ProgressBar, open_output, print_line, say, set_stdout_aside
from nnviz.words import tr

if TYPE_CHECKING:
    from nnviz.gui.settings import Setting
    from nnviz.session.change import Change
    from nnviz.session.document import Document
    from nnviz.session.session import Session

DONE, NO, REFUSED, STOPPED = 0, 1, 2, 130
LARGEST_COUNT = 2**53
LARGEST_SIDE = 16_384      # pixels
FILE_HELP = "a path, or the name of a bundled example"
SLICE = 0.1                # seconds of training between two looks at the clock


@dataclass(frozen=True)
class Command:
    """One command: `add` declares its arguments, `run` does it and returns the exit status."""

    name: str
    help: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one sentence, with a suggestion where an option is misspelt."""

    def __init__(self, prog: str, description: str, epilog: str = "") -> None:
        super().__init__(
            prog=prog, description=description, epilog=epilog, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        raise Refused(message, self.prog, self._see_help())

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """The arguments in `words`; `Refused` where they make no sense."""
        known, extra = self.parse_known_args(words)
        if not extra:
            return known
        word = extra[0].partition("=")[0]
        if not word.startswith("-"):
            text = tr("{word!r} is one argument too many").format(word=word)
            raise Refused(text, self.prog, self._see_help())
        options = [option for action in self._actions for option in action.option_strings]
        raise ChoiceRefused.unknown("option", word[:60], options, self.prog)

    def _see_help(self) -> str:
        return tr("See: {command} --help").format(command=self.prog)


# --- arguments --------------------------------------------------------------------------------------------------


def _whole(minimum: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", text) or not minimum <= int(text) <= LARGEST_COUNT:
            refusal = tr("must be a whole number of at least {low}, not {text!r}")
            raise argparse.ArgumentTypeError(refusal.format(low=minimum, text=text[:40]))
        return int(text)

    return read


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,9})[xX×]([0-9]{1,9})", text)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        refusal = tr("must be WIDTHxHEIGHT in pixels, each from 1 to {most}, like 1200x800, not {text!r}")
        raise argparse.ArgumentTypeError(refusal.format(most=LARGEST_SIDE, text=text[:40]))
    return width, height


def _add_document(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=tr(FILE_HELP))


def _add_changes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed", metavar="S", type=_whole(0), help=tr("another seed than the document's; explicit parameters stay")
    )
    parser.add_argument(
        "--set", metavar="PATH=VALUE", action="append", default=[], dest="settings",
        help=tr("another value in the document, such as optimiser.name=adam or layers.0.activation=relu; repeatable"),
    )


def _add_examples(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=tr("as JSON, for programs"))


def _add_train(parser: argparse.ArgumentParser) -> None:
    _add_document(parser)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", metavar="N", type=_whole(0), help=tr("training steps (default: the document's)"))
    length.add_argument("--epochs", metavar="N", type=_whole(0), help=tr("passes through the training set"))
    _add_changes(parser)
    parser.add_argument("-o", "--output", metavar="OUT", help=tr("save the trained network"))


def _add_export(parser: argparse.ArgumentParser) -> None:
    from nnviz.exchange.formats import FORMATS
    from nnviz.exchange.tables import TABLES

    _add_document(parser)
    parser.add_argument("--table", metavar="NAME", required=True, help=", ".join(TABLES))
    parser.add_argument("--steps", metavar="N", type=_whole(0), default=1, help=tr("training steps to run (default 1)"))
    parser.add_argument(
        "--every", metavar="K", type=_whole(1), default=1, help=tr("write only steps 1, 1+K, ... and the last")
    )
    parser.add_argument(
        "--state", action="store_true",
        help=tr("in parameters: what the optimiser remembers, and effective learning rates, in columns at the end"),
    )
    _add_changes(parser)
    parser.add_argument("--format", metavar="NAME", default="csv", help=tr("{names} (default csv)").format(
        names=", ".join(FORMATS)))
    parser.add_argument("-o", "--output", metavar="OUT.csv", help=tr("write to a file instead of standard output"))


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_document(parser)
    _add_changes(parser)


def _add_predict(parser: argparse.ArgumentParser) -> None:
    _add_document(parser)
    parser.add_argument(
        "--data", metavar="IN.csv", required=True, help=tr("the inputs: a header with their names, a row an example")
    )
    parser.add_argument("-o", "--output", metavar="OUT.csv", help=tr("write to a file instead of standard output"))


def _add_render(parser: argparse.ArgumentParser) -> None:
    from nnviz.gui.theme import THEMES

    _add_document(parser)
    parser.add_argument(
        "-o", "--output", metavar="OUT", required=True,
        help=tr("the picture; its ending says the format: .png, .svg, .pdf"),
    )
    parser.add_argument("--steps", metavar="N", type=_whole(0), default=1, help=tr("training steps to run (default 1)"))
    themes = tr("{names} (default light)").format(names=", ".join(THEMES))
    parser.add_argument("--theme", metavar="NAME", default="light", help=themes)
    for option, row in _colour_settings().items():
        names = tr("{names} (default {default})").format(
            names=", ".join(value for value, _ in row.choices), default=row.default)
        parser.add_argument(
            f"--{option}", metavar="NAME", default=row.default, help=f"{tr(row.label).lower()}: {names}")
    parser.add_argument("--size", metavar="WxH", type=_size, default=(1200, 800), help=tr("pixels (default 1200x800)"))
    parser.epilog = _help_of_measures()


def _help_of_measures() -> str:
    """What every row of the table of edge measures says of itself."""
    from nnviz.report.edge_measures import MEASURES

    width = max(map(len, MEASURES))
    rows = [textwrap.fill(tr(row.help), 79, initial_indent=f"  {row.name:<{width}}  ",
                          subsequent_indent=" " * (width + 4)) for row in MEASURES.values()]
    title = tr("what the colour of an edge can tell (--colour; for error the drawn step is checked):")
    return "\n".join([title, *rows])


def _colour_settings() -> Mapping[str, Setting]:
    """What can be chosen about the colours of a picture, by option: the window's own settings."""
    from nnviz.gui.settings import BY_KEY

    return {"colour": BY_KEY["edge_colour"], "map": BY_KEY["colour_map"], "scale": BY_KEY["colour_scale"]}


def _add_info(parser: argparse.ArgumentParser) -> None:
    what = tr("a document or a bundled example: say what it is, and what its scaling was fitted to")
    parser.add_argument("file", metavar="FILE", nargs="?", help=what)
    _add_changes(parser)


def _open(arguments: argparse.Namespace) -> Document:
    """The document that is meant, with the changes that are asked for."""
    from nnviz.session.document import apply_settings
    from nnviz.session.examples import open_document

    document = apply_settings(open_document(arguments.file), arguments.settings)
    return document if arguments.seed is None else document.with_value("seed", arguments.seed)


# --- commands ---------------------------------------------------------------------------------------------------


def _examples(arguments: argparse.Namespace) -> int:
    from nnviz.session.examples import list_examples

    examples = [(example.name, example.description) for example in list_examples()]
    if arguments.json:
        import json

        listed = [{"name": name, "description": description} for name, description in examples]
        print_line(json.dumps(listed, ensure_ascii=False, indent=2))
        return DONE
    width = max(len(name) for name, _ in examples)
    for name, description in examples:
        print_line(f"{name:<{width}}  {tr(description)}")
    return DONE


def _train(arguments: argparse.Namespace) -> int:
    from nnviz.session.session import Session

    document = _open(arguments)
    session = Session(document)
    _explain_pairing(arguments, session)
    steps = document.steps if arguments.steps is None else arguments.steps
    if arguments.epochs is not None:
        steps = _steps_of(session, arguments.epochs)
    with Interruption() as interruption, contextlib.ExitStack() as stack:
        # The place is tried before the work is done, and left alone should the work be stopped.
        save = stack.enter_context(open_output(arguments.output)) if arguments.output is not None else None
        change = _advance(session, steps, interruption)
        if interruption.asked:
            raise KeyboardInterrupt
        if save is not None:
            save(session.document_now().placed_in(Path(arguments.output).parent).to_bytes())
    print_line(_last_line(session))
    if change is not None:
        say(change.message)
        return NO
    return DONE


def _explain_pairing(arguments: argparse.Namespace, session: Session) -> None:
    """Says what comes of a loss or an output activation that `--set` chose and that does not fit the targets."""
    if not arguments.settings:
        return
    from nnviz.report.pairing import chosen_mismatch
    from nnviz.session.examples import open_document

    problem = session.problem
    note = chosen_mismatch(open_document(arguments.file).network, problem.network, problem.targets)
    if note:
        say(tr("Note: {sentence}").format(sentence=note))


def _steps_of(session: Session, epochs: int) -> int:
    """How many steps end `epochs` epochs, the one that is running counted as the first."""
    return session.steps_to_epoch_end() + (epochs - 1) * session.problem.batches.per_epoch if epochs else 0


def _advance(session: Session, steps: int, interruption: Interruption) -> Change | None:
    """Trains `steps` steps on; the change that says why where a step is not finite."""
    first = session.updates_done
    goal = first + steps
    with ProgressBar() as bar:
        while session.updates_done < goal and not interruption.asked:
            change = session.advance_steps(goal - session.updates_done, SLICE)
            if change.diverged:
                return change
            bar.show(session.updates_done - first, steps, _step_text(session.updates_done, goal))
    return None


def _step_text(step: int, total: int) -> str:
    return tr("step {step} of {total}").format(step=step, total=total)


def _last_line(session: Session) -> str:
    """`step N  loss X`: the loss over the training set after update N."""
    from nnviz.exchange.csv_writer import write_cell
    from nnviz.report.metrics import Survey

    state, problem = session.state, session.problem
    survey = Survey(problem, state.parameters(problem), session.segment.data)
    return f"step {state.step}  loss {write_cell(survey.training_loss).decode()}"


def _export(arguments: argparse.Namespace) -> int:
    from nnviz.exchange.formats import find_format
    from nnviz.exchange.tables import find_table, prepare_export

    find_table(arguments.table)
    form = find_format(arguments.format)
    export = prepare_export(_open(arguments), arguments.table, arguments.steps, arguments.every, state=arguments.state)
    beside_rows = arguments.output is None and sys.stdout is not None and sys.stdout.isatty()
    with Interruption() as interruption, open_output(arguments.output) as write, ProgressBar(not beside_rows) as bar:
        outcome = export.run(
            write,
            lambda done, total: bar.show(done, total, _step_text(export.first + done - 1, export.first + total - 1)),
            lambda: interruption.asked,
            form,
        )
        if outcome.cancelled:
            raise KeyboardInterrupt
    if outcome.divergence is not None:
        say(outcome.divergence.sentence())
        return NO
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    from nnviz.engine.check import check_gradients
    from nnviz.report.checking import checked_text
    from nnviz.session.session import Session

    session = Session(_open(arguments))
    record, total = session.record, session.problem.network.parameter_count
    with Interruption() as interruption, ProgressBar() as bar:
        note = tr("{total} parameters").format(total=total)
        check = check_gradients(
            session.problem, record.parameters, record.rows, lambda done, most: bar.show(done, most, note),
            lambda: interruption.asked,
        )
    if check is None:
        raise KeyboardInterrupt
    print_line(checked_text(check, session.document.labels))
    return DONE if check.holds else NO


def _predict(arguments: argparse.Namespace) -> int:
    from nnviz.exchange.predictions import predict_file
    from nnviz.session.examples import open_document
    from nnviz.session.session import Session

    session = Session(open_document(arguments.file))
    with Interruption() as interruption, open_output(arguments.output) as write:
        if not predict_file(session, arguments.data, write, lambda: interruption.asked, say):
            raise KeyboardInterrupt
    return DONE


def _render(arguments: argparse.Namespace) -> int:
    from nnviz.gui.preflight import check_display
    from nnviz.gui.theme import THEMES
    from nnviz.session.examples import open_document

    if arguments.theme not in THEMES:
        raise ChoiceRefused.unknown("theme", arguments.theme, THEMES)
    for option, row in _colour_settings().items():
        known = [value for value, _ in row.choices]
        if getattr(arguments, option) not in known:
            raise ChoiceRefused.unknown(row.label.lower(), getattr(arguments, option), known, f"--{option}")
    document = open_document(arguments.file)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")   # Qt's painter is up to 40 times faster without its threads
    check_display(os.environ, sys.platform).close()
    from nnviz.gui.rendering import Colours, render_to_file

    colours = Colours(arguments.colour, arguments.map, arguments.scale == "linear")
    diverged = render_to_file(
        document, arguments.steps, arguments.theme, arguments.size, Path(arguments.output), colours)
    if diverged:
        say(diverged)
        return NO
    return DONE


def _info(arguments: argparse.Namespace) -> int:
    from nnviz.information import information

    if arguments.file is None:
        if arguments.settings or arguments.seed is not None:
            raise Refused(tr("there is nothing to set"), hint=tr("Name a FILE, like nnviz info xor"))
        print_line(information())
        return DONE
    from nnviz.exchange.summary import summary
    from nnviz.session.session import Session

    print_line(summary(Session(_open(arguments))))
    return DONE


COMMANDS: Mapping[str, Command] = {
    row.name: row
    for row in (
        Command("examples", "list the bundled examples", _add_examples, _examples),
        Command("train", "train a network and print its loss", _add_train, _train),
        Command("export", "train and write a table of every step as CSV", _add_export, _export),
        Command("check", "compare every gradient with a numerical derivative", _add_check, _check),
        Command("predict", "compute the outputs for inputs in a CSV file", _add_predict, _predict),
        Command("render", "draw a network as the window would", _add_render, _render),
        Command("info", "versions, folders, and what the system lacks; with a FILE, what that is", _add_info, _info),
    )
}


# --- starting ---------------------------------------------------------------------------------------------------


def _help_of_commands() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {row.name:<{width}}  {tr(row.help)}" for row in COMMANDS.values()]
    more = tr("Each has help of its own: nnviz train --help. A file that is called like a command is meant by ./train.")
    return "\n".join([tr("commands:"), *lines, "", more])


def _open_window(words: Sequence[str]) -> int:
    """`nnviz [FILE]`."""
    parser = Parser("nnviz", tr("Opens the window, on the gallery of examples or on FILE."), _help_of_commands())
    parser.add_argument("--version", action="version", version=f"nnviz {__version__}")
    parser.add_argument("file", metavar="FILE", nargs="?", help=tr(FILE_HELP))
    plain = [word for word in words if not word.startswith("-")]
    if len(plain) > 1 and plain[0] == words[0]:
        raise ChoiceRefused.unknown("command", plain[0][:60], COMMANDS)
    name: str | None = parser.parse(words).file
    if name is not None:
        _refuse_misspelt_command(name)
    from nnviz.gui.application import run

    return run(name)


def _refuse_misspelt_command(name: str) -> None:
    """`nnviz exmaples` is no file that is missing."""
    if os.sep in name or "\0" in name or os.path.lexists(name) or not nearest(name[:60], COMMANDS):
        return
    from nnviz.session.examples import example_names

    if name not in example_names() and nearest(name[:60], [*COMMANDS, *example_names()]) in COMMANDS:
        text = tr("there is no command, file or example {name!r}").format(name=name[:60])
        raise ChoiceRefused(text, hint=did_you_mean(name[:60], COMMANDS))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _run(words: Sequence[str]) -> int:
    command = COMMANDS.get(words[0]) if words else None
    if command is None:
        return _open_window(words)
    parser = Parser(f"nnviz {command.name}", _sentence(tr(command.help)))
    command.add(parser)
    return command.run(parser.parse(words[1:]))


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status. What goes wrong is one sentence on standard error."""
    try:
        try:
            status = _run(sys.argv[1:] if words is None else words)
        except SystemExit as leaving:    # argparse, after --help and --version
            status = leaving.code if isinstance(leaving.code, int) else DONE
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError as error:
        set_stdout_aside()               # whoever read us has read enough
        return STOPPED if isinstance(error.__context__, KeyboardInterrupt) else DONE
    except FileMissing as error:
        way = tr("Put it there, or name its place, such as --set {key}=PATH.").format(key=error.key)
        say(f"{error} {way}" if error.key else str(error))
        return REFUSED
    except NnvizError as error:
        say(str(error))
        return REFUSED
    except MemoryError:
        say(tr("There is not enough memory for this. Choose a smaller network, batch or data set."))
        return REFUSED

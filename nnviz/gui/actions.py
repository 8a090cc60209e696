"""Everything that can be done, in one table: menus, toolbars, keys, tooltips and the shortcut sheet follow from it.

A new command is a new row, and a function of the same name where the window is put together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QToolBar, QToolButton, QWidget

from nnviz.gui.colour_maps import COLOUR_MAPS
from nnviz.gui.icons import icon
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.edge_measures import MEASURES

Kind = Literal["command", "check", "radio", "submenu"]


@dataclass(frozen=True)
class Row:
    """One command.

    `menu` is the path of the menu that holds it; a new `group` in a menu draws a line above it. `shortcuts` act in
    the whole window, `picture_keys` only while the picture has the keyboard. `needs` names the condition under which
    the row can be used (see `ActionSet.set_conditions`), empty for always. A submenu is filled by others.
    """

    name: str
    text: str
    menu: str
    group: str
    icon: str
    tooltip: str
    status: str
    shortcuts: tuple[str, ...] = ()
    picture_keys: tuple[str, ...] = ()
    toolbar: str = ""
    needs: str = ""
    kind: Kind = "command"


MENUS = {"File": "&File", "Edit": "&Edit", "Run": "&Run", "View": "&View", "Tools": "&Tools", "Help": "&Help",
         "Run/Step by": "Step b&y", "View/Theme": "&Theme", "View/Colours": "Colours of &edges",
         "Edit/Units": "U&nits", "Edit/Layer": "&Layer"}
CORNER = "window"     # the toolbar at the end of the menu bar, where it takes no room from the others
TOOLBARS = {"document": "Document", "run": "Run", CORNER: "Window"}
#: The conditions a row may need.
CONDITIONS = frozenset({"network", "weights", "undo", "redo", "past", "behind", "ahead", "examples", "epochs",
                        "plane", "trial"})

ACTIONS: tuple[Row, ...] = (
    Row("new", "&New network…", "File", "open", "new", "New network", "Choose layers, loss, optimiser and data of a "
        "new network", ("Ctrl+N",), toolbar="document"),
    Row("new_surface", "New s&urface", "File", "open", "new-surface", "New surface", "Begin a surface of your own: "
        "write its formula of x and y above the map", ("Ctrl+Shift+N",)),
    Row("new_graph", "Ne&w graph", "File", "open", "new-graph", "New computation graph", "Begin a computation graph of "
        "your own: write its formula above the picture", ("Ctrl+Shift+G",)),
    Row("open", "&Open…", "File", "open", "open", "Open a file", "Open a network from a file", ("Ctrl+O",),
        toolbar="document"),
    Row("import_data", "&Import data…", "File", "open", "import", "Import data", "Make a network that learns from a "
        "CSV or IDX file of yours", ("Ctrl+I",)),
    Row("gallery", "Example &gallery", "File", "open", "gallery", "Example gallery", "Show the bundled examples",
        ("Ctrl+G",), toolbar="document"),
    Row("open_recent", "Open &recent", "File", "open", "recent", "Open a recent file", "Open a file that was open "
        "before", kind="submenu"),
    Row("save", "&Save", "File", "save", "save", "Save", "Save the network and its training to its file",
        ("Ctrl+S",), toolbar="document", needs="network"),
    Row("save_as", "Save &as…", "File", "save", "save-as", "Save to another file", "Save the network and its training "
        "to another file", ("Ctrl+Shift+S",), needs="network"),
    Row("export_tables", "&Export tables…", "File", "export", "export", "Export tables", "Write gradients, "
        "parameters, units, the trace or the metrics as CSV tables", ("Ctrl+E",), toolbar="document",
        needs="network"),
    Row("export_picture", "Export &picture…", "File", "export", "export-picture", "Export the picture", "Write the "
        "picture of the network as PNG, SVG or PDF", ("Ctrl+Shift+E",), toolbar="document", needs="network"),
    Row("export_film", "Export &film…", "File", "export", "film", "Export a film", "Write the pass of this step, "
        "or the training run, as an animated PNG, GIF, numbered images or MP4", ("Ctrl+Alt+E",), needs="network"),
    Row("copy_picture", "&Copy picture", "File", "export", "copy", "Copy the picture", "Put the picture of the network "
        "on the clipboard", ("Ctrl+Shift+C",), needs="network"),
    Row("quit", "&Quit", "File", "quit", "quit", "Quit nnviz", "Close the window and leave nnviz", ("Ctrl+Q",)),

    Row("undo", "&Undo", "Edit", "undo", "undo", "Undo the last change", "Take back the last change of the network",
        ("Ctrl+Z",), toolbar="document", needs="undo"),
    Row("redo", "&Redo", "Edit", "undo", "redo", "Redo the change", "Make the change again that was taken back",
        ("Ctrl+Shift+Z", "Ctrl+Y"), toolbar="document", needs="redo"),
    Row("edit_in_place", "&Name or value…", "Edit/Units", "name", "", "Type the name or the value", "Type another name "
        "for the selected unit, or a value for the selected weight or bias, in its place", picture_keys=("F2",),
        needs="weights"),
    Row("set_to_zero", "Set to &0", "Edit/Units", "name", "", "Set to 0", "Give the selected weights and biases the "
        "value 0", picture_keys=("0",), needs="weights"),
    Row("duplicate_units", "D&uplicate", "Edit/Units", "units", "", "Duplicate the units", "Put a copy beside each "
        "selected unit, with half its outgoing weights each: the network computes what it did", picture_keys=("D",),
        needs="weights"),
    Row("remove_units", "&Remove", "Edit/Units", "units", "", "Remove the units", "Take the selected units out of "
        "their hidden layer", picture_keys=("Del",), needs="weights"),
    Row("freeze", "&Frozen", "Edit/Units", "held", "", "Freeze, or no longer", "Let training leave the selected "
        "weights and biases as they are, of a unit all that lead into it", picture_keys=("F",), needs="weights",
        kind="check"),
    Row("disable", "&Disabled", "Edit/Units", "held", "", "Disable, or enable", "Make the selected weights and biases "
        "0, of a unit all that lead out of it, until they are enabled", picture_keys=("X",), needs="weights",
        kind="check"),
    Row("select_layer", "Select the &layer", "Edit/Units", "selection", "", "Select all units of the layer", "Select "
        "all units of the layer that something is selected in", picture_keys=("Ctrl+A",), needs="weights"),
    Row("tidy", "&Tidy up", "Edit/Units", "selection", "", "Tidy up", "Put every unit back where the picture puts it "
        "by itself", picture_keys=("T",), needs="weights"),
    Row("add_unit", "Add a &unit", "Edit/Layer", "units", "", "Add a unit", "Add a unit at the end of the hidden layer "
        "in which something is selected", picture_keys=("Ins",), needs="weights"),
    Row("remove_last_unit", "Remove the last u&nit", "Edit/Layer", "units", "", "Remove the last unit", "Take the last "
        "unit out of the hidden layer in which something is selected", picture_keys=("Ctrl+Del",), needs="weights"),
    Row("add_layer_before", "Add a layer be&fore it", "Edit/Layer", "layers", "", "Add a layer before", "Add a hidden "
        "layer before the one in which something is selected", picture_keys=("Alt+Ins",), needs="weights"),
    Row("add_layer", "Add a layer &behind it", "Edit/Layer", "layers", "", "Add a layer behind", "Add a hidden layer "
        "behind the one in which something is selected", picture_keys=("Shift+Ins",), needs="weights"),
    Row("copy_layer", "&Copy it", "Edit/Layer", "layers", "", "Copy the layer", "Put a copy of the hidden layer behind "
        "it", picture_keys=("Shift+D",), needs="weights"),
    Row("remove_layer", "&Remove it", "Edit/Layer", "layers", "", "Remove the layer", "Take the hidden layer out of "
        "the network", picture_keys=("Shift+Del",), needs="weights"),
    Row("freeze_layer", "Fro&zen", "Edit/Layer", "held", "", "Freeze the layer, or no longer", "Let training leave "
        "everything that leads into the layer as it is", picture_keys=("Shift+F",), needs="weights", kind="check"),
    Row("disable_layer", "&Disabled", "Edit/Layer", "held", "", "Disable the layer, or enable it", "Make every weight "
        "that leads out of the layer 0 until it is enabled", picture_keys=("Shift+X",), needs="weights", kind="check"),
    Row("layer_menu", "&More…", "Edit/Layer", "more", "", "Menu of the layer", "Choose activation, initialiser and "
        "bias of the layer in which something is selected, and more", picture_keys=("L",), needs="weights"),
    Row("keep_learned", "&Keep what was learned", "Edit/Layer", "more", "", "Keep what was learned", "Add units and "
        "layers so that the network computes what it did, and training goes on; otherwise it starts anew",
        kind="check"),
    Row("preferences", "&Preferences…", "Edit", "preferences", "settings", "Preferences", "Choose theme, digits, speed "
        "and more", ("Ctrl+,",)),

    Row("play", "&Play", "Run", "play", "play", "Play or pause the training", "Train continuously, or stop and look",
        ("F5",), ("Space",), "run", "network"),
    Row("play_back", "Play bac&kwards", "Run", "play", "play-back", "Play backwards", "Play the training back to its "
        "start at the chosen speed, or stop and look", ("Shift+F5",), toolbar="run", needs="behind"),
    Row("faster", "&Faster", "Run", "play", "faster", "Play faster", "Play the training at the next higher speed",
        ("Ctrl+Up",), needs="network"),
    Row("slower", "S&lower", "Run", "play", "slower", "Play slower", "Play the training at the next lower speed",
        ("Ctrl+Down",), needs="network"),
    Row("step_back", "Step &back", "Run", "step", "step-back", "Step back one operation", "Go back one operation; at "
        "the start of a pass, into the end of the step before", ("F9", "PgUp"), toolbar="run", needs="past"),
    Row("step", "&Step", "Run", "step", "step", "Step one operation", "Do the next operation of the pass: a net input, "
        "an activation, a gradient, an update", ("F10", "PgDown"), toolbar="run", needs="network"),
    Row("phase", "P&hase", "Run", "step", "phase", "To the end of this phase", "Finish the forward pass, the backward "
        "pass or the update", ("F8",), toolbar="run", needs="network"),
    Row("training_step", "&Training step", "Run", "step", "training-step", "One training step", "Finish this training "
        "step: forward, backward, update", ("F7",), toolbar="run", needs="network"),
    Row("epoch", "&Epoch", "Run", "step", "epoch", "One epoch", "Train until every example has been used once more",
        ("F6",), toolbar="run", needs="epochs"),
    Row("to_start", "To the start", "Run", "step", "to-start", "To the start", "Go back to the start of the training; "
        "nothing is lost", ("Alt+Home",), needs="past"),
    Row("to_newest", "To the ne&west step", "Run", "step", "to-newest", "To the newest step", "Go on to the newest "
        "step that was ever taken on this branch", ("Alt+End",), needs="ahead"),
    Row("step_by_automatic", "&Automatic", "Run/Step by", "", "", "Step by unit in small networks, by layer in large "
        "ones", "Step goes unit by unit up to 64 units, layer by layer above", kind="radio"),
    Row("step_by_unit", "One &unit", "Run/Step by", "", "", "Step by unit", "Step does the operation of one unit",
        kind="radio"),
    Row("step_by_layer", "One &layer", "Run/Step by", "", "", "Step by layer", "Step does the operations of a whole "
        "layer", kind="radio"),
    Row("reset", "&Reset to start", "Run", "start", "reset", "Reset to the start", "Go back to the same start, before "
        "the first update", ("Ctrl+Home",), toolbar="run", needs="network"),
    Row("random_start", "&New random start", "Run", "start", "random-start", "New random start", "Start again from "
        "other random weights", ("Ctrl+R",), toolbar="run", needs="weights"),
    Row("layers", "L&ayers and loss…", "Run", "settings", "", "Layers and loss", "Choose activation, its numbers and "
        "initialiser of every layer, and the loss, of the open network", ("Ctrl+L",), needs="weights"),
    Row("optimiser", "&Optimiser…", "Run", "settings", "settings", "Optimiser settings", "Choose the optimiser with "
        "its numbers, penalties and clipping, in the middle of the training", ("Ctrl+Shift+O",), needs="network"),
    Row("schedule", "Learnin&g rate schedule…", "Run", "settings", "", "Learning rate schedule", "Choose how the "
        "learning rate changes while training runs, and see its course first", needs="network"),
    Row("data", "&Data and scaling…", "Run", "settings", "", "Data and scaling", "Choose what the network learns from, "
        "the part kept for testing, engineered inputs and their scaling", ("Ctrl+D",), needs="weights"),
    Row("configuration", "&Configuration", "Run", "settings", "", "Configuration", "Bring up the form of all settings: "
        "data, layers, loss, optimiser, schedule, penalties, batch size, seed", ("F3",), needs="network"),
    Row("data_by_hand", "Data by hand", "Run", "settings", "", "Data by hand", "Put examples on a plane, edit them "
        "as a table, paste them from a spreadsheet, set noise, samples, test fraction and seed", ("Ctrl+Shift+D",),
        needs="weights"),
    Row("previous_example", "Pre&vious example", "Run", "example", "previous", "Previous example", "Show the values "
        "of the example before this one", picture_keys=("Left",), needs="examples"),
    Row("next_example", "Ne&xt example", "Run", "example", "next", "Next example", "Show the values of the example "
        "after this one", picture_keys=("Right",), needs="examples"),
    Row("batch_mean", "&Mean of the batch", "Run", "example", "batch-mean", "Mean of the batch", "Show values and "
        "gradients averaged over the batch instead of one example's", ("Ctrl+M",), needs="examples", kind="check"),

    Row("try_example", "Try an example of yo&ur own…", "Run", "own", "", "Try an example of your own", "Type or draw "
        "an example that is in no data set and step it through the network; nothing is learned from it",
        ("Ctrl+Shift+X",), needs="weights"),
    Row("end_trial", "Back to the training", "Run", "own", "", "Back to the training", "Leave your own example and "
        "show again where training stands (Esc)", needs="trial"),

    Row("larger_text", "&Larger text", "View", "size", "zoom-in", "Larger text", "Make all text larger, for a "
        "projector", ("Ctrl++", "Ctrl+=")),
    Row("smaller_text", "&Smaller text", "View", "size", "zoom-out", "Smaller text", "Make all text smaller",
        ("Ctrl+-",)),
    Row("normal_text", "&Normal text", "View", "size", "zoom-fit", "Normal text size", "Make all text as large as on "
        "the first day", ("Ctrl+Shift+0",)),
    Row("fit", "&Fit the picture", "View", "size", "zoom-fit", "Fit the whole network", "Zoom and move the picture so "
        "that the whole network is seen", ("Ctrl+0",), toolbar="run", needs="network"),
    Row("zoom_in", "Loo&k closer", "View", "size", "zoom-in", "Look closer", "Zoom into the picture: names, then "
        "values, then gradients on edges appear", picture_keys=("+", "="), needs="network"),
    Row("zoom_out", "Look from further a&way", "View", "size", "zoom-out", "Look from further away", "Zoom out of "
        "the picture", picture_keys=("-",), needs="network"),
    Row("zoom_selection", "&Zoom to the selection", "View", "size", "", "Zoom to what is selected", "Fill the "
        "picture with the selected unit and its edges, once more: with the unit; or with an edge and both its ends",
        picture_keys=("Z",), needs="network"),
    Row("minimap", "O&verview when zoomed in", "View", "size", "", "Overview when zoomed in", "While the picture is "
        "zoomed in, show all of it in a corner, with a frame that can be dragged", picture_keys=("M",), kind="check"),
    Row("fold", "Fold layer", "View", "size", "", "Fold or unfold the layer", "Show the layer of what is selected as "
        "one narrow bar, or each of its units again; with nothing selected, all hidden layers", ("Ctrl+J",),
        needs="weights"),
    Row("open_neuron", "&Open neuron", "View", "size", "", "Open the selected neuron", "Show the selected unit as its "
        "own graph of gates with live numbers, or go back to the network", ("Ctrl+Return", "Ctrl+Enter"),
        needs="weights", kind="check"),
    Row("heat_maps", "&Heat maps", "View", "maps", "", "Heat maps", "Show each unit's output over the plane of the two "
        "inputs, and the decision surface with the examples on it", ("Ctrl+H",), needs="plane", kind="check"),
    Row("discretise", "Discretise heat m&aps", "View", "maps", "", "Discretise the heat maps", "Only show on which "
        "side of its middle an output is, or which class is ahead", ("Ctrl+Shift+H",), needs="plane", kind="check"),
    Row("theme_system", "As the &system", "View/Theme", "", "theme-system", "Theme of the system", "Light or dark, as "
        "the desktop is", kind="radio"),
    Row("theme_light", "&Light", "View/Theme", "", "sun", "Light theme", "Dark ink on light ground", kind="radio"),
    Row("theme_dark", "&Dark", "View/Theme", "", "moon", "Dark theme", "Light ink on dark ground", kind="radio"),
    *(Row(f"edge_colour_{row.name}", row.label, "View/Colours", "measure", "", row.label, row.help, needs="weights",
          kind="radio") for row in MEASURES.values()),
    Row("next_edge_colour", "&Next", "View/Colours", "next", "", "Next meaning of colours", "Let the colours of edges "
        "tell the next of their meanings: gradient, update, weight, …", ("F4",), needs="weights"),
    Row("previous_edge_colour", "&Previous", "View/Colours", "next", "", "Previous meaning of colours", "Let the "
        "colours of edges tell what they told before this meaning", ("Shift+F4",), needs="weights"),
    Row("colour_scale_logarithmic", "&Logarithmic", "View/Colours", "scale", "", "Logarithmic colours", "Every decade "
        "of a number takes the same stretch of the colours: small ones are seen beside large ones", kind="radio"),
    Row("colour_scale_linear", "L&inear", "View/Colours", "scale", "", "Linear colours", "Colours grow in proportion: "
        "twice as far along for twice the number", kind="radio"),
    *(Row(f"colour_map_{row.name}", row.label, "View/Colours", "map", "", row.label, row.help, kind="radio")
      for row in COLOUR_MAPS.values()),
    Row("conventions", "&Conventions…", "View", "words", "", "Conventions", "Choose the lecture's words, letters and "
        "signs, ½ or none, the digits shown, and the decimals of a calculation by hand", ("Ctrl+T",)),
    Row("by_hand", "Round l&ike the slide", "View", "words", "", "Round like the slide", "Also work through the shown "
        "step with every result rounded, as by hand", ("Ctrl+B",), kind="check"),
    Row("full_screen", "F&ull screen", "View", "window", "full-screen", "Full screen", "Fill the whole screen, or "
        "return to a window", ("F11",), toolbar=CORNER, kind="check"),
    Row("timeline", "Ti&meline", "View", "window", "timeline", "Timeline", "Show every step of the training on a line "
        "below the picture", kind="check"),
    Row("panels", "&Panels", "View", "window", "panels", "Panels", "Choose which panels are shown", kind="submenu"),
    Row("reset_layout", "&Reset layout", "View", "window", "reset", "Reset the layout", "Put every panel back to its "
        "first place and size"),

    Row("check_gradients", "&Check gradients", "Tools", "check", "check-gradients", "Check gradients", "Compare every "
        "gradient of the shown step with a numerical derivative", ("Ctrl+K",), needs="network"),

    Row("shortcuts", "&Keyboard shortcuts", "Help", "help", "keyboard", "Keyboard shortcuts", "Show every key and what "
        "it does", ("F1", "?")),
    Row("panel_help", "&What this panel shows", "Help", "help", "help", "What this panel shows", "Explain the panel "
        "that has the keyboard: what it shows and how to read it", ("Shift+F1",)),
    Row("about", "&About nnviz", "Help", "about", "info", "About nnviz", "Version, libraries and licence"),
)
BY_NAME: Mapping[str, Row] = {row.name: row for row in ACTIONS}

#: Icon and text of the play button, by whether the training plays.
PLAY = {False: ("play", BY_NAME["play"].text), True: ("pause", "&Pause")}

#: What else can be done in the picture, most of it with the mouse; for the shortcut sheet.
GESTURES: tuple[tuple[str, str], ...] = (
    ("Zoom", "Wheel"),
    ("Move the picture", "Drag"),
    ("Move the picture by keyboard", "Ctrl+Shift and the arrow keys"),
    ("See every number of it", "Hover"),
    ("Select", "Click"),
    ("See a unit's heat map large", "Hover"),
    ("Run a point through the network", "Click or drag on its decision surface"),
    ("Change a weight", "Drag an edge"),
    ("Change it ten times finer", "Shift+drag"),
    ("Change a weight in a large layer", "Alt+drag"),
    ("Turn a weight or bias", "Ctrl+wheel, or Up and Down once it is selected"),
    ("Select one more, or one fewer", "Ctrl+click"),
    ("Select everything in a rectangle", "Shift+drag on the background"),
    ("Move a unit", "Drag it"),
    ("Move the selected units", "Shift and the arrow keys, with Alt a little"),
    ("What can be done with it", "Right click, Menu or Shift+F10"),
    ("Cancel a drag", "Esc"),
    ("Open a unit as gates", "Double click or Enter"),
    ("Back from an opened unit", "Esc"),
    ("Back from your own example to the training", "Esc"),
    ("Choose what colours mean", "Click on the colour bar"),
    ("Select the next element", "Alt+Right"),
    ("Select the element before", "Alt+Left"),
    ("Go through the cells of the weight matrices", "Arrow keys in their panel"),
    ("Follow the wires of a graph", "Arrow keys in its picture"),
    ("Change a leaf of a graph", "Drag it, or double click it"),
    ("Type a value for the chosen leaf", "F2, Enter or a digit"),
    ("Go a step back or on", "Left or Right in the timeline"),
    ("Go a tenth of the training back or on", "Page Up or Page Down in the timeline"),
    ("Go to the start or to the newest step", "Home or End in the timeline"),
    ("Start a surface's descent there", "Click or drag on its map"),
    ("Move that start a little", "Arrow keys in the map"),
    ("Choose a surface's formula from a list", "Down in its formula"),
    ("Put an example down", "Click or Enter on the plane of Data"),
    ("Choose class or tool of it", "1 to 9; A, S, V on the plane of Data"),
    ("Move selected examples", "Drag them or arrow keys on the plane of Data"),
    ("Take an example away", "Right click or Delete on the plane of Data"),
    ("Draw, or erase, an image of your own", "Left, or right, drag on the drawing pad"),
    ("Draw it by keyboard", "Arrow keys and Space on the drawing pad"),
    ("Clear it, or run it through the network", "Delete, or Enter on the drawing pad"),
    ("Move the map", "Right drag or Shift+drag"),
    ("Zoom the map", "Wheel or + and −"),
)


def plain(text: str) -> str:
    """A menu text without its mnemonic and its ellipsis.

    >>> plain("Save &as…")
    'Save as'
    """
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")


def _with_picture_key(row: Row) -> str:
    """The text in the menu, with the key where that is the picture's alone; Qt itself shows those of the window."""
    if row.shortcuts or not row.picture_keys:
        return tr(row.text)
    return f"{tr(row.text)}\t{QKeySequence(row.picture_keys[0]).toString(QKeySequence.SequenceFormat.NativeText)}"


class ActionSet:
    """The table made alive: one QAction a row, in the menus and toolbars of a window."""

    def __init__(self, window: QMainWindow, callbacks: Mapping[str, Callable[..., object]], theme: Theme) -> None:
        self.window = window
        self.theme = theme
        self.actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        self.toolbars: dict[str, QToolBar] = {}
        self._groups: dict[tuple[str, str], QActionGroup] = {}
        self._playing = False
        self._reasons: dict[str, str] = {}       # why rows cannot be used now, by name
        self._fill(callbacks)
        self.set_theme(theme)
        self.set_conditions(())

    def __getitem__(self, name: str) -> QAction:
        return self.actions[name]

    def menu(self, name: str) -> QMenu:
        """A menu by its path ("View/Theme"), or a submenu by its row's name ("open_recent", "panels")."""
        return self.menus[name]

    def first_row(self) -> list[QToolBar]:
        """The toolbars below the menu bar."""
        return [bar for key, bar in self.toolbars.items() if key != CORNER]

    def set_conditions(self, conditions: Collection[str]) -> None:
        """Enable the rows whose `needs` is among `conditions`, and those that need nothing; disable all others."""
        for row in ACTIONS:
            self.actions[row.name].setEnabled(not row.needs or row.needs in conditions)

    def enable(self, names: Iterable[str], enabled: bool = True) -> None:
        """Enable or disable rows by name, until the conditions are set the next time."""
        for name in names:
            self.actions[name].setEnabled(enabled)

    def explain(self, name: str, reason: str) -> None:
        """Say of a row why it cannot be used now; without a reason, what it does."""
        if reason == self._reasons.get(name, ""):
            return
        self._reasons[name] = reason
        row = BY_NAME[name]
        self._explain(row, self.actions[name])
        # a row that cannot be used has no other place to say it, for the status bar only tells of those that can
        explained = any(why and BY_NAME[other].menu == row.menu for other, why in self._reasons.items())
        self._menu(row.menu).setToolTipsVisible(explained)

    def set_playing(self, playing: bool) -> None:
        """Show Pause while the training plays, else Play."""
        if playing != self._playing:
            self._playing = playing
            self._dress_play()

    def choose(self, name: str) -> None:
        """Mark a radio row as the chosen one of its menu, without calling anything."""
        self.check(name, True)

    def check(self, name: str, checked: bool) -> None:
        """Mark a check row, without calling anything."""
        self.actions[name].setChecked(checked)

    def set_theme(self, theme: Theme) -> None:
        """Draw every icon in the ink of `theme`."""
        self.theme = theme
        for row in ACTIONS:
            if row.icon:
                self.actions[row.name].setIcon(icon(row.icon, theme))
        self._dress_play()
        self._hold_play_width()

    def set_icon_size(self, pixels: int) -> None:
        """Make the toolbars' icons `pixels` logical pixels wide, to go with the text size."""
        for toolbar in self.toolbars.values():
            toolbar.setIconSize(QSize(pixels, pixels))
        layout = self.toolbars[CORNER].layout()
        assert layout is not None
        layout.setContentsMargins(0, 0, 0, 0)       # the menu bar stays as low as its words
        self._hold_play_width()

    def add_picture_keys(self, picture: QWidget, names: Collection[str] | None = None) -> None:
        """Let `picture` answer to the keys that act only while it has the keyboard; of all rows, or those of `names`.
        """
        for row in ACTIONS:
            for keys in row.picture_keys if names is None or row.name in names else ():
                shortcut = QShortcut(QKeySequence(keys), picture)
                shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
                shortcut.activated.connect(self.actions[row.name].trigger)

    def _fill(self, callbacks: Mapping[str, Callable[..., object]]) -> None:
        wanted = {row.name for row in ACTIONS if row.kind != "submenu"}
        if wanted != callbacks.keys():
            raise ValueError(f"no function for {sorted(wanted - callbacks.keys())}, no row for "
                             f"{sorted(callbacks.keys() - wanted)}")
        for key, title in TOOLBARS.items():
            toolbar = QToolBar(tr(title), self.window)
            toolbar.setObjectName(f"toolbar {key}")
            toolbar.setAccessibleName(tr(title))
            toolbar.setIconSize(QSize(20, 20))
            if key == CORNER:
                self.window.menuBar().setCornerWidget(toolbar)
            else:
                self.window.addToolBar(toolbar)
            self.toolbars[key] = toolbar
        last: dict[str, str] = {}
        for row in ACTIONS:
            menu = self._menu(row.menu)
            if last.setdefault(row.menu, row.group) != row.group:
                menu.addSeparator()
                last[row.menu] = row.group
            action = self._submenu(row, menu) if row.kind == "submenu" else self._action(row, callbacks[row.name])
            self.actions[row.name] = action
            if row.kind != "submenu":
                menu.addAction(action)
            if row.toolbar:
                self._put_in_toolbar(row, action)

    def _menu(self, path: str) -> QMenu:
        if path not in self.menus:
            parent, _, _ = path.rpartition("/")
            title = tr(MENUS[path])
            menu = self._menu(parent).addMenu(title) if parent else self.window.menuBar().addMenu(title)
            self.menus[path] = menu
        return self.menus[path]

    def _submenu(self, row: Row, parent: QMenu) -> QAction:
        menu = parent.addMenu(tr(row.text))
        self.menus[row.name] = menu
        action = menu.menuAction()
        self._explain(row, action)
        return action

    def _action(self, row: Row, callback: Callable[..., object]) -> QAction:
        action = QAction(_with_picture_key(row), self.window)
        action.setObjectName(row.name)
        action.setShortcuts([QKeySequence(keys) for keys in row.shortcuts])
        self._explain(row, action)
        if row.kind == "radio":
            action.setActionGroup(self._groups.setdefault((row.menu, row.group), QActionGroup(self.window)))
        action.setCheckable(row.kind in ("check", "radio"))
        action.setIconVisibleInMenu(not action.isCheckable())       # its place is where the tick is seen
        if row.kind == "check":
            action.triggered.connect(lambda checked: callback(checked))
        else:
            action.triggered.connect(lambda _checked=False: callback())
        return action

    def _explain(self, row: Row, action: QAction) -> None:
        keys = [QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
                for key in (*row.shortcuts, *row.picture_keys)]
        reason = self._reasons.get(row.name, "")
        told = f"{tr(row.tooltip)}  ({', '.join(keys)})" if keys else tr(row.tooltip)
        action.setToolTip(f"{told}\n{reason}".rstrip())
        action.setStatusTip(reason or tr(row.status))
        action.setWhatsThis(f"{tr(row.status)}\n{reason}".rstrip())

    def _put_in_toolbar(self, row: Row, action: QAction) -> None:
        toolbar = self.toolbars[row.toolbar]
        before = [other.objectName() for other in toolbar.actions() if not other.isSeparator()]
        if before and (BY_NAME[before[-1]].menu, BY_NAME[before[-1]].group) != (row.menu, row.group):
            toolbar.addSeparator()
        toolbar.addAction(action)
        button = toolbar.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setObjectName(row.name)
        button.setAccessibleName(plain(tr(row.text)))
        # Only reachable by Tab like this; toolbar buttons otherwise take no focus at all.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _dress_play(self) -> None:
        action = self.actions["play"]
        name, text = PLAY[self._playing]
        action.setText(tr(text))
        button = self.toolbars["run"].widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setAccessibleName(plain(tr(text)))
        action.setIcon(icon(name, self.theme, "accent"))

    def _hold_play_width(self) -> None:
        """As wide as the longer of its two texts: the toolbar stands still when Play becomes Pause."""
        button = self.toolbars["run"].widgetForAction(self.actions["play"])
        if not isinstance(button, QToolButton):
            return
        button.setMinimumWidth(0)
        widths = []
        for _, text in PLAY.values():
            button.setText(plain(tr(text)))
            widths.append(button.sizeHint().width())
        button.setText(plain(self.actions["play"].text()))
        button.setMinimumWidth(max(widths))


def build_actions(window: QMainWindow, callbacks: Mapping[str, Callable[..., object]], theme: Theme) -> ActionSet:
    """Fill a window's menu bar and toolbars. `callbacks` has one function a row that is not a submenu, by name.

    A check row's function gets whether it is now checked; all others get nothing. ValueError for a row without a
    function or a function without a row, so that no menu entry is ever dead.
    """
    return ActionSet(window, callbacks, theme)


def text_size_changed(app: QApplication, actions: ActionSet) -> None:
    """Make the toolbars' icons as tall as the application's text wants them."""
    actions.set_icon_size(max(16, round(QFontMetrics(app.font()).height() * 1.2)))

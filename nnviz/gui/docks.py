"""The panels around the picture: docks that can be moved, closed and remembered, refreshed only while they are seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter

import numpy as np
from PySide6.QtCore import QByteArray, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QMenu, QTabBar, QToolButton, QWidget

from nnviz.gui.icons import icon
from nnviz.gui.panels.panel import Panel
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.session.change import Changed

LAYOUT_VERSION = 1
# of the window's height that a panel takes by itself, by that height in pixels: in a low one the picture needs it
HIGHEST = ((640, 0.26), (800, 0.34), (1080, 0.45))
NARROWEST = 480         # pixels: where the picture is less wide, panels at the right make way for one at the left
LOWEST, LOWEST_SHARE = 190, 0.25      # the panels below are at first so many pixels high, in a low window such a share
HELD = -1               # for no text size: the key of sizes that are kept for a moment
SETTLED = 60            # milliseconds after which rows of controls have found their places
AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


def highest(window_height: int) -> int:
    """How high a panel may make itself, in pixels, in a window that is so high."""
    heights, shares = zip(*HIGHEST, strict=True)
    return round(window_height * float(np.interp(window_height, heights, shares)))


def within(place: QRect, screen: QRect) -> QRect:
    """`place` moved, and where it is too large made smaller, so that all of it lies on `screen`."""
    size = place.size().boundedTo(screen.size())
    left = min(max(place.left(), screen.left()), screen.left() + screen.width() - size.width())
    top = min(max(place.top(), screen.top()), screen.top() + screen.height() - size.height())
    return QRect(QPoint(left, top), size)


class _Dock(QDockWidget):
    """A dock with an edge while it floats: Qt draws none around a title bar that is not its own."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isFloating():
            return
        painter = QPainter(self)
        try:
            painter.setClipRect(self.rect())
            painter.setPen(self.palette().color(QPalette.ColorRole.Dark))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        finally:
            painter.end()


class _TitleBar(QWidget):
    """The name of a panel, with buttons to explain, to float and to close it."""

    def __init__(self, dock: QDockWidget, panel: Panel, theme: Theme) -> None:
        super().__init__(dock)
        self.label = QLabel(tr(panel.title))
        self.label.setProperty("heading", True)
        self.help = self._button(tr("What this panel shows"), tr("Explain this panel (Shift+F1)"))
        self.float = self._button(tr("Take this panel out of the window"), tr("Take out of the window, or put back"))
        self.close_button = self._button(tr("Close this panel"), tr("Close this panel; View > Panels brings it back"))
        self.float.clicked.connect(lambda: self._float(dock))
        self.close_button.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 4, 3)
        row.setSpacing(2)
        row.addWidget(self.label, 1)
        for button in (self.help, self.float, self.close_button):
            row.addWidget(button)
        self.set_theme(theme)

    @staticmethod
    def _float(dock: QDockWidget) -> None:
        """Out of the window, a little aside so that one sees it, but never off the screen; or back."""
        dock.setFloating(not dock.isFloating())
        if dock.isFloating():
            place = dock.geometry().translated(-36, 36)
            place.setHeight(max(place.height(), dock.widget().sizeHint().height()))
            dock.setGeometry(within(place, dock.screen().availableGeometry()))

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("quiet", True)
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def set_theme(self, theme: Theme) -> None:
        for button, name in ((self.help, "help"), (self.float, "float"), (self.close_button, "close")):
            button.setIcon(icon(name, theme, "muted"))


class PanelDocks(QObject):
    """All panels of a window. `created` is False until `create` was called, once the window has been painted."""

    help_requested = Signal(object)      # a Panel
    said = Signal(str)

    def __init__(self, window: QMainWindow, theme: Theme) -> None:
        super().__init__(window)
        self.window, self.theme = window, theme
        self.docks: dict[str, QDockWidget] = {}
        self.panels: dict[str, Panel] = {}
        self._dirty: set[str] = set()
        self._refreshed: dict[str, float] = {}
        self._view: View | None = None
        self._showing = False
        self._sized = False
        self._on_screen: set[str] = set()
        self._open: dict[str, bool] = {}
        self._sizes: dict[int, dict[str, QSize]] = {}
        self._given_room: set[str] = set()
        self._lent: dict[str, int] = {}          # the heights that panels were given for as long as they are open
        self._own_height = 0                     # and what their docks had before
        self._at_left: set[str] = set()          # panels open at the left
        self._made_way: dict[str, int] = {}      # panels that left these the room, and how wide they were
        self._fronts: list[str] = []             # panels that were looked at in this layout, the newest last
        self._settling = QTimer(self)            # rows of controls above are changing places
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLED)
        self._settling.timeout.connect(lambda: self.bring_back_sizes(HELD))
        window.tabifiedDockWidgetActivated.connect(self._tab_chosen)

    @property
    def created(self) -> bool:
        return bool(self.docks)

    def create(self, panels: Sequence[type[Panel]]) -> None:
        """Builds every panel in its dock, at its first place."""
        for kind in panels:
            panel = kind()
            dock = _Dock(tr(kind.title), self.window)
            dock.setObjectName(f"dock {kind.name}")
            dock.setAccessibleName(tr(kind.title))
            dock.setWidget(panel)
            title = _TitleBar(dock, panel, self.theme)
            title.help.clicked.connect(lambda _checked=False, panel=panel: self.help_requested.emit(panel))
            dock.setTitleBarWidget(title)
            panel.set_theme(self.theme)
            dock.visibilityChanged.connect(lambda shown, name=kind.name: self._seen(name, shown))
            self.docks[kind.name], self.panels[kind.name] = dock, panel
        self._dirty = set(self.panels)
        self.reset_layout()

    def reset_layout(self) -> None:
        """Every panel at its first place and size."""
        previous: dict[str, QDockWidget] = {}
        self._made_way, self._fronts = {}, []
        for name, dock in self.docks.items():
            panel = self.panels[name]
            dock.setFloating(False)
            self.window.addDockWidget(AREAS[panel.area], dock)
            if panel.area in previous and panel.area == "bottom":
                self.window.tabifyDockWidget(previous[panel.area], dock)
            previous[panel.area] = dock
            dock.setVisible(self._showing and panel.shown_at_first)
        self._sized = False
        if self._showing:
            self._size()
        self._fronts = [name for name in self.docks if self._is_seen(name)]

    def _size(self) -> None:
        """First sizes; they only take hold of docks that are on screen."""
        self._sized = True
        width, height = self.window.width(), self.window.height()
        at = {area: [dock for name, dock in self.docks.items() if self.panels[name].area == area] for area in AREAS}
        for area, share in (("left", 0.22), ("right", 0.25)):
            self.window.resizeDocks(at[area], [max(320, round(width * share))] * len(at[area]),
                                    Qt.Orientation.Horizontal)
            self.window.resizeDocks(at[area], [round(height * 0.4)] * len(at[area]), Qt.Orientation.Vertical)
        bottom = max(min(LOWEST, round(height * LOWEST_SHARE)), round(height * 0.24),
                     9 * self.window.fontMetrics().height())
        self.window.resizeDocks(at["bottom"][:1], [bottom], Qt.Orientation.Vertical)
        if at["bottom"]:
            at["bottom"][0].raise_()

    def save_layout(self) -> str:
        """The present layout as a text for the settings."""
        self._come_back()
        return bytes(self.window.saveState(LAYOUT_VERSION).toBase64().data()).decode()

    def restore_layout(self, text: str) -> bool:
        """Puts a remembered layout in force; False where it is of another version or damaged."""
        fronts, self._fronts = self._fronts, []
        restored = bool(text) and self.window.restoreState(QByteArray.fromBase64(text.encode()), LAYOUT_VERSION)
        if restored:
            self._sized = True
            self._open = {name: not dock.isHidden() for name, dock in self.docks.items()}
            if not self._showing:
                titles = {bar.tabText(bar.currentIndex()) for bar in self._tab_bars()}
                self._fronts = [name for name, dock in self.docks.items() if dock.windowTitle() in titles]
                for dock in self.docks.values():
                    dock.hide()
        else:
            self._fronts = fronts
        return restored

    def fill_menu(self, menu: QMenu) -> None:
        """An entry to show and hide each panel."""
        for name, dock in self.docks.items():
            action = dock.toggleViewAction()
            action.setToolTip(tr("Show or hide this panel"))
            action.setStatusTip(tr("Show or hide the panel {0}").format(tr(self.panels[name].title)))
            action.triggered.connect(lambda shown, name=name: self._bring_forward(name) if shown else None)
            menu.addAction(action)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for name, panel in self.panels.items():
            panel.set_theme(theme)
            title = self.docks[name].titleBarWidget()
            if isinstance(title, _TitleBar):
                title.set_theme(theme)
        self._dirty = set(self.panels)
        self.refresh(Changed.EVERYTHING, self._view)

    def set_showing(self, showing: bool) -> None:
        """Hides the docks while the gallery fills the window, and brings back those that were open."""
        if showing == self._showing or not self.docks:
            self._showing = showing
            return
        self._showing = showing
        if showing:
            fronts = list(self._fronts)
            for name, dock in self.docks.items():
                dock.setVisible(self._open.get(name, self.panels[name].shown_at_first))
            self._raise_in_turn(fronts)
            if not self._sized:
                QTimer.singleShot(0, self, self._size)
        else:
            self._open = {name: not dock.isHidden() for name, dock in self.docks.items()}
            for dock in self.docks.values():
                dock.hide()

    def sample(self, passed: Iterator[View], seconds: float) -> bool:
        """Lets every panel look at moments that playing has passed, for so long; False where some may be left."""
        until = perf_counter() + seconds
        while perf_counter() < until:
            view = next(passed, None)
            if view is None:
                return True
            for panel in self.panels.values():
                if not panel.nothing_of(view):
                    panel.sample(view)
        return False

    def refresh(self, changed: Changed, view: View | None, due: bool = True, numbers: bool = True) -> None:
        """Marks the panels that watch `changed`, and refreshes those of them that are seen.

        While the network plays fast, panels that tell the picture's own numbers go with those, where `numbers` says
        so, and of the others only one is refreshed at a time, where it is `due`; at a speed that the eye can follow
        all panels go with the picture.
        """
        self._view = view
        watching = [name for name, panel in self.panels.items() if panel.watches & changed]
        self._dirty.update(watching)
        flows = view is not None and view.flows
        if flows and numbers:
            for name in watching:
                if self.panels[name].beside_picture and self._is_seen(name):
                    self._refresh(name)
        if flows and not due:
            return
        if view is not None:
            for name in watching:
                if not self._is_seen(name) and not self.panels[name].nothing_of(view):
                    self.panels[name].collect(view)
        waiting = [name for name in self._dirty if self._is_seen(name)]
        if flows:
            waiting = [name for name in waiting if not self.panels[name].beside_picture]
            waiting = sorted(waiting, key=lambda name: self._refreshed.get(name, 0.0))[:1]
        for name in waiting:
            self._refresh(name)

    def _refresh(self, name: str) -> None:
        self._dirty.discard(name)
        self._refreshed[name] = perf_counter()
        self.panels[name].show_view(self._view)

    def bring(self, name: str) -> Panel:
        """Shows a panel in front of those it shares its place with, up to date."""
        self._refresh(name)
        self.docks[name].show()
        self._bring_forward(name)
        return self.panels[name]

    def _bring_forward(self, name: str) -> None:
        """In front of the panels it shares its place with, and as high as it would like to be."""
        self.docks[name].raise_()
        QTimer.singleShot(0, self, lambda: self._give_room(name))       # once it has its place among the others

    def _raise_in_turn(self, names: Sequence[str]) -> None:
        """Of panels that share a place the last of `names` comes to the front."""
        for name in names:
            if not self.docks[name].isHidden():
                self.docks[name].raise_()

    def _uncover(self, name: str) -> None:
        """A panel in front was closed: the one that was in front before it is so again, and not just a neighbour."""
        beside = self.window.tabifiedDockWidgets(self.docks[name])
        before = [other for other in self._fronts if self.docks[other] in beside and not self.docks[other].isHidden()]
        self._raise_in_turn(before[-1:])

    def _tab_chosen(self, dock: QDockWidget) -> None:
        """The first time that a panel is looked at it gets the height it would like; then it has what its user gave."""
        name = next((name for name, other in self.docks.items() if other is dock), "")
        if name and name not in self._given_room and self._showing:
            self._give_room(name)

    def _give_room(self, name: str) -> None:
        self._given_room.add(name)
        dock, panel = self.docks[name], self.panels[name]
        wanted = min(panel.wanted_lines * panel.fontMetrics().lineSpacing(), highest(self.window.height()))
        if dock.isVisible() and not dock.isFloating() and dock.height() < wanted:
            if self.window.tabifiedDockWidgets(dock):
                if dock.height() != max(self._lent.values(), default=-1):
                    self._lent, self._own_height = {}, dock.height()
                self._lent[name] = wanted
            self.window.resizeDocks([dock], [wanted + self._tabs_below(dock)], Qt.Orientation.Vertical)
            if name in self._lent:
                QTimer.singleShot(0, self, lambda: self._note_height(name))

    def _note_height(self, name: str) -> None:
        """What a panel really got: a small window has less to give."""
        if name in self._lent:
            self._lent[name] = self.docks[name].height()

    def _take_back(self, name: str) -> None:
        """A panel that is closed gives back the height that it was given, unless its user has set another since."""
        others = [dock for key, dock in self.docks.items() if key != name and not dock.isHidden()
                  and not dock.isFloating() and self.panels[key].area == self.panels[name].area]
        if name not in self._lent or not others:
            return
        shown = next((dock for key, dock in self.docks.items() if dock in others and self._is_seen(key)),
                     self.docks[name])
        lent = max(self._lent.values())
        del self._lent[name]
        if abs(shown.height() - lent) > 1:
            self._lent = {}
            return
        height = max(self._lent.values(), default=self._own_height)
        QTimer.singleShot(0, self, lambda: self.window.resizeDocks(
            others[:1], [height + self._tabs_below(others[0])], Qt.Orientation.Vertical))

    def _share_width(self, name: str, shown: bool) -> None:
        """In a narrow window the panels at the right make way for one at the left, and come back when it is closed."""
        dock, left = self.docks[name], Qt.DockWidgetArea.LeftDockWidgetArea
        if shown:
            self._made_way.pop(name, None)
        if shown and name not in self._at_left and not dock.isFloating() and self.window.dockWidgetArea(dock) == left:
            self._at_left.add(name)
            QTimer.singleShot(0, self, self._make_way)       # once the picture has the width that is left to it
        elif not shown and name in self._at_left and dock.isHidden():
            self._at_left.discard(name)
            if not self._at_left and self._showing:
                self._come_back()

    def _make_way(self) -> None:
        picture, right = self.window.centralWidget(), Qt.DockWidgetArea.RightDockWidgetArea
        if not self._at_left or not self._showing or picture is None or picture.width() >= NARROWEST:
            return
        for name, dock in self.docks.items():
            if not dock.isHidden() and not dock.isFloating() and self.window.dockWidgetArea(dock) == right:
                self._made_way[name] = dock.width()
        for name in self._made_way:
            self.docks[name].hide()
        if self._made_way:
            names = ", ".join(tr(self.panels[name].title) for name in self._made_way)
            self.said.emit(tr("{panels}: back when the panel at the left is closed").format(panels=names))

    def _come_back(self) -> None:
        """The panels that made way for one at the left are open again."""
        made_way, self._made_way = self._made_way, {}
        if not made_way:
            return
        self.said.emit("")          # what was said of them is over
        fronts = [name for name in self._fronts if name in made_way]
        for name in made_way:
            self.docks[name].show()
        self._raise_in_turn(fronts)
        self.window.resizeDocks([self.docks[name] for name in made_way], list(made_way.values()),
                                Qt.Orientation.Horizontal)

    def width_changed(self) -> None:
        """A window that is wide enough again has room for the panels on both sides."""
        picture = self.window.centralWidget()
        if self._made_way and picture is not None and picture.width() >= NARROWEST + max(self._made_way.values()):
            self._come_back()

    def _tabs_below(self, dock: QDockWidget) -> int:
        """How high the tabs below a dock are, in pixels; Qt counts them when it resizes docks."""
        if not self.window.tabifiedDockWidgets(dock):
            return 0
        return max((bar.sizeHint().height() for bar in self._tab_bars() if bar.isVisible()), default=0)

    def _tab_bars(self) -> list[QTabBar]:
        return self.window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)

    def _name_tabs_whole(self) -> None:
        """Names of panels are read whole; where there is no room for all of them, arrows go through them."""
        for bar in self._tab_bars():
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setUsesScrollButtons(True)

    def keep_sizes(self, key: int) -> None:
        """Remembers under `key`, the text size in force, how large the docks are."""
        self._sizes[key] = {name: dock.size() for name, dock in self.docks.items() if self._is_seen(name)}

    def hold_sizes(self) -> None:
        """Rows of controls above change places: afterwards the docks are as large as they are now.

        Rows wrap only once they have been seen, so the last word is spoken when they have settled.
        """
        if not self._settling.isActive():
            self.keep_sizes(HELD)
        QTimer.singleShot(0, self, lambda: self.bring_back_sizes(HELD))
        self._settling.start()

    def bring_back_sizes(self, key: int) -> None:
        """Makes the docks as large again as they were under `key`; nothing where that is not known."""
        kept = {self.docks[name]: size for name, size in self._sizes.get(key, {}).items()
                if not self.docks[name].isFloating()}
        layout = self.window.layout()
        if layout is not None:
            layout.activate()       # bars and panels as high as the new text makes them
        heights = [size.height() + self._tabs_below(dock) for dock, size in kept.items()]
        self.window.resizeDocks(list(kept), [size.width() for size in kept.values()], Qt.Orientation.Horizontal)
        self.window.resizeDocks(list(kept), heights, Qt.Orientation.Vertical)

    def _is_seen(self, name: str) -> bool:
        """Whether a panel is on screen, and not behind another tab."""
        return name in self._on_screen and self.panels[name].isVisible()

    def _seen(self, name: str, shown: bool) -> None:
        was_seen = name in self._on_screen
        (self._on_screen.add if shown else self._on_screen.discard)(name)
        self.panels[name].set_seen(shown)
        self._share_width(name, shown)
        if shown:
            if not self.docks[name].isFloating():
                self._fronts = [*(other for other in self._fronts if other != name), name]
            QTimer.singleShot(0, self, self._name_tabs_whole)
        elif self._showing and self.docks[name].isHidden():
            self._take_back(name)
            if was_seen and name not in self._made_way:
                self._uncover(name)
        if shown and name in self._dirty and self._showing:
            self._refresh(name)

    def panel_with_focus(self) -> Panel | None:
        """The panel that has the keyboard."""
        focus = self.window.focusWidget()
        for panel in self.panels.values():
            if focus is not None and (focus is panel or panel.isAncestorOf(focus)):
                return panel
        return None

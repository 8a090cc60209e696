"""Dress the application in a theme: a palette for every control, and a little polish on top.

Fusion looks the same on every system, and the palette gives it our colours; the stylesheet only adds what a
palette cannot say: rounded corners, quiet borders, room to breathe.
"""

from __future__ import annotations

from PySide6.QtCore import QDir, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from nnviz.gui.fonts import apply_font
from nnviz.gui.theme import DARK, LIGHT, Theme, mixed
from nnviz.places import resource

#: What the property "writing" of a control may say: its size in that of ordinary text, and what else it is.
WRITING: dict[str, tuple[float, str]] = {
    "title": (2.1, "font-weight: 600;"),
    "section": (1.5, "font-weight: 600;"),
    "small": (0.9, ""),
    "code": (0.95, 'font-family: "DejaVu Sans Mono";'),
}
_DRESSED = "nnviz dressed in Fusion"
_Group, _Role = QPalette.ColorGroup, QPalette.ColorRole


def system_theme(app: QApplication) -> Theme:
    """The theme that the system asks for; light where it does not say."""
    return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply_theme(app: QApplication, theme: Theme, percent: int | None = None) -> None:
    """Dress every control, open or still to come, in `theme`, with text of `percent` of the system's size.

    Without `percent` the text keeps its size. A font given to a control by `setFont` is forgotten when the theme or
    the text size changes; say what the text is instead: `label.setProperty("writing", "title")`, see `WRITING`.
    """
    if not app.property(_DRESSED):          # the style cannot be asked: a stylesheet hides it behind its own
        app.setStyle("Fusion")
        app.setProperty(_DRESSED, True)
    QDir.setSearchPaths("nnvizicons", [str(resource("icons"))])
    app.setStyleSheet("")       # controls that are dressed by a stylesheet would keep their old font
    if percent is not None:
        apply_font(app, percent)
    app.setPalette(palette(theme))
    app.setStyleSheet(stylesheet(theme, app.font().pointSizeF()))


def plot_colours(theme: Theme) -> dict[str, object]:
    """pyqtgraph's options for plots in `theme`, for `pyqtgraph.setConfigOptions(**plot_colours(theme))`."""
    return {"background": theme.canvas, "foreground": theme.muted, "antialias": True}


def palette(theme: Theme) -> QPalette:
    """The theme's roles as Qt's, for controls that are active, inactive and disabled."""
    faded = mixed(theme.muted, theme.window, 0.5)
    everywhere = {
        _Role.Window: theme.window, _Role.WindowText: theme.ink, _Role.Base: theme.base,
        _Role.AlternateBase: mixed(theme.base, theme.line, 0.25), _Role.Text: theme.ink,
        _Role.PlaceholderText: theme.muted, _Role.Button: theme.raised, _Role.ButtonText: theme.ink,
        _Role.BrightText: theme.warning, _Role.Highlight: theme.accent, _Role.HighlightedText: theme.on_accent,
        _Role.Accent: theme.accent, _Role.Link: theme.accent, _Role.LinkVisited: theme.active,
        _Role.ToolTipBase: theme.raised, _Role.ToolTipText: theme.ink,
        # The shades that Fusion draws its edges with, from bright to dark.
        _Role.Light: mixed(theme.raised, "#ffffff", 0.08 if theme.dark else 0.5),
        _Role.Midlight: mixed(theme.window, theme.line, 0.4), _Role.Mid: mixed(theme.line, theme.muted, 0.25),
        _Role.Dark: mixed(theme.line, theme.muted, 0.5), _Role.Shadow: mixed(theme.window, "#000000", 0.6),
    }
    disabled = {
        _Role.WindowText: faded, _Role.Text: faded, _Role.ButtonText: faded, _Role.PlaceholderText: faded,
        _Role.Base: theme.window, _Role.Button: mixed(theme.raised, theme.window, 0.6), _Role.Link: faded,
        _Role.Highlight: theme.line, _Role.HighlightedText: theme.muted, _Role.Accent: theme.line,
    }
    drawn = QPalette()
    for group in (_Group.Active, _Group.Inactive, _Group.Disabled):
        for role, colour in {**everywhere, **(disabled if group is _Group.Disabled else {})}.items():
            drawn.setColor(group, role, QColor(colour))
    return drawn


def stylesheet(theme: Theme, points: float = 10.0) -> str:
    """What a palette cannot say, where ordinary text is `points` high."""
    window, line, ink = theme.window, theme.line, theme.ink
    colours = {
        "window": window, "base": theme.base, "raised": theme.raised, "ink": ink, "muted": theme.muted,
        "line": line, "accent": theme.accent, "on_accent": theme.on_accent, "name": theme.name,
        "faded": mixed(theme.muted, window, 0.5),
        "hover": mixed(window, ink, 0.07), "pressed": mixed(window, ink, 0.14),
        "chosen": mixed(window, theme.accent, 0.24), "tinted": mixed(window, theme.accent, 0.14),
        "edge": mixed(line, theme.muted, 0.3), "thumb": mixed(line, theme.muted, 0.35),
        "lifted": mixed(theme.raised, ink, 0.05), "soft": mixed(window, line, 0.6),
        "accent_hover": mixed(theme.accent, ink, 0.14),
    }
    text = _SHEET
    for name, colour in sorted(colours.items(), key=lambda item: -len(item[0])):
        text = text.replace(f"@{name}", colour)
    for name, (size, more) in WRITING.items():
        text += f'*[writing="{name}"] {{ font-size: {points * size:.2f}pt; {more} }}\n'
    return text


_SHEET = """
QMainWindow::separator { background: @window; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: @accent; }

QMenuBar { background: @window; border: none; padding: 2px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: @hover; }
QMenuBar::item:pressed { background: @pressed; }
QMenu { background: @raised; border: 1px solid @line; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 9px; border-radius: 5px; border: none; }
QMenu::item:selected { background: @chosen; color: @ink; }
QMenu::item:disabled { color: @faded; }
QMenu::item:disabled:selected { background: @hover; color: @faded; }
QMenu::icon { padding-left: 8px; }
QMenu::indicator { width: 16px; height: 16px; padding-left: 7px; }
QMenu::indicator:checked { image: url(nnvizicons:tick-@name.svg); }
QMenu::separator { height: 1px; background: @line; margin: 5px 8px; }

QToolBar { background: @window; border: none; padding: 3px 6px; spacing: 2px; }
QToolBar#trial { background: @tinted; }
QToolBar::separator { background: @line; width: 1px; margin: 6px 6px; }
QToolBar::handle { width: 0px; }
QToolBar QToolButton, QToolButton[quiet="true"] { border: 1px solid transparent; border-radius: 6px; padding: 4px; }
/* Qt gives the button of a toolbar that is too long no more than 16 pixels, whatever it asks for. */
QToolBar QToolButton#qt_toolbar_ext_button { image: url(nnvizicons:chevron-down-@name.svg); icon-size: 1px;
    min-width: 14px; max-width: 14px; padding: 0; }
QToolButton:hover { background: @hover; }
QToolButton:pressed { background: @pressed; }
QToolBar QToolButton:checked, QToolButton[choice="true"]:checked { background: @chosen; border: 1px solid @accent; }
QToolBar QToolButton:focus, QToolButton[quiet="true"]:focus { border-color: @accent; }
QToolBar QToolButton#play { background: @tinted; padding: 4px 12px 4px 8px; }
QToolBar QToolButton#play:hover { background: @chosen; }
QToolBar QToolButton#play:disabled { background: @soft; color: @faded; }
QMenuBar QToolBar { padding: 0px 4px; }
QMenuBar QToolBar QToolButton { padding: 1px 4px; margin: 0px; }

QDockWidget { border: 1px solid @edge; }
QDockWidget::title { background: @window; text-align: left; padding: 6px 8px; }

QTabBar::tab { padding: 5px 12px; border: none; border-bottom: 2px solid transparent; color: @muted; }
QTabBar::tab:hover { color: @ink; background: @hover; }
QTabBar::tab:selected { color: @ink; border-bottom-color: @accent; }
QTabWidget::pane { border: 1px solid @line; border-radius: 6px; }

QStatusBar { background: @window; border-top: 1px solid @line; }
QStatusBar::item { border: none; }

QToolTip { background: @raised; color: @ink; border: 1px solid @edge; padding: 5px 7px; }

QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton { background: @raised; border: 1px solid @edge; border-radius: 6px; padding: 5px 14px; }
QPushButton:hover { background: @lifted; border-color: @muted; }
QPushButton:pressed { background: @pressed; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled { color: @faded; border-color: @line; background: @window; }
QPushButton:default, QPushButton[primary="true"] {
    background: @accent; color: @on_accent; border-color: @accent; font-weight: 600; }
QPushButton:default:disabled { background: @window; color: @faded; border-color: @line; }
QPushButton:default:hover, QPushButton[primary="true"]:hover { background: @accent_hover; }
QPushButton:default:focus, QPushButton[primary="true"]:focus { border-color: @ink; }
QPushButton[link="true"] { border: none; background: transparent; color: @accent; padding: 3px 6px; text-align: left; }
QPushButton[link="true"]:hover { background: @hover; }
QPushButton[link="true"]:focus { background: @hover; }

QLineEdit, QComboBox, QAbstractSpinBox {
    background: @base; border: 1px solid @edge; border-radius: 6px; padding: 4px 8px;
    selection-background-color: @accent; selection-color: @on_accent; }
QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover { border-color: @muted; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { border-color: @accent; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {
    background: @window; color: @faded; border-color: @line; }
QComboBox { padding-right: 2px; }
QComboBox::drop-down { border: none; width: 24px; subcontrol-origin: border; subcontrol-position: center right; }
QComboBox::down-arrow { image: url(nnvizicons:chevron-down-@name.svg); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; padding: 4px; outline: none; }
QAbstractSpinBox { padding-right: 22px; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { background: transparent; border: none; padding: 0; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right;
    width: 20px; border: none; margin: 2px 1px 0 0; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right;
    width: 20px; border: none; margin: 0 1px 2px 0; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: @hover; border-radius: 4px; }
QAbstractSpinBox::up-arrow { image: url(nnvizicons:chevron-up-@name.svg); width: 11px; height: 11px; }
QAbstractSpinBox::down-arrow { image: url(nnvizicons:chevron-down-@name.svg); width: 11px; height: 11px; }
QTableView QLineEdit, QTableView QComboBox, QTableView QAbstractSpinBox { border-radius: 0; padding: 0 2px; }

QHeaderView { background: @window; border: none; }
QHeaderView::section { background: @window; color: @muted; border: none; border-right: 1px solid @line;
    border-bottom: 1px solid @line; padding: 5px 8px; font-weight: 600; }
QHeaderView::section:hover { color: @ink; background: @hover; }
QTableView, QTreeView, QListView, QPlainTextEdit, QTextEdit {
    background: @base; border: 1px solid @line; border-radius: 6px;
    selection-background-color: @accent; selection-color: @on_accent; }
QTableView, QTreeView, QListView { selection-background-color: @chosen; selection-color: @ink; }
QTableView { gridline-color: @soft; }
QTableView:focus, QTreeView:focus, QListView:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: @accent; }
QTableCornerButton::section { background: @window; border: none; }

QGroupBox { border: 1px solid @line; border-radius: 8px; margin-top: 1.1em; padding: 8px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; color: @muted; }
QCheckBox, QRadioButton { spacing: 8px; }
QCheckBox::indicator, QTableView::indicator, QListView::indicator, QTreeView::indicator {
    width: 16px; height: 16px; border: 1px solid @edge; border-radius: 4px; background: @base; }
QCheckBox::indicator:hover { border-color: @accent; }
QCheckBox::indicator:checked, QTableView::indicator:checked, QListView::indicator:checked,
QTreeView::indicator:checked {
    background: @accent; border-color: @accent; image: url(nnvizicons:check-@name.svg); }
QCheckBox::indicator:disabled { background: @window; border-color: @line; }
QCheckBox::indicator:checked:disabled { background: @faded; }
QCheckBox:focus, QRadioButton:focus { color: @accent; }
QRadioButton::indicator { width: 8px; height: 8px; border: 1px solid @edge; border-radius: 9px; background: @base;
    padding: 4px; }
QRadioButton::indicator:hover { border-color: @accent; }
QRadioButton::indicator:checked { background: @base; border: 5px solid @accent; padding: 0; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @line; }
QSlider::sub-page:horizontal { border-radius: 2px; background: @accent; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -5px 0; border-radius: 7px; background: @raised;
    border: 1px solid @muted; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { border-color: @accent; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: @thumb; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QProgressBar { background: @soft; border: none; border-radius: 4px; text-align: center; min-height: 8px; }
QProgressBar::chunk { background: @accent; border-radius: 4px; }

QFrame[card="true"] { background: @raised; border: 1px solid @line; border-radius: 10px; }
QFrame[rule="true"] { background: @line; border: none; max-height: 1px; min-height: 1px; }
QLabel[second="true"] { color: @muted; }
QLabel[heading="true"] { font-weight: 600; }
QLabel[key="true"] { background: @window; color: @ink; border: 1px solid @edge; border-bottom-width: 2px;
    border-radius: 5px; padding: 1px 6px; }
"""

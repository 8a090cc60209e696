"""Changing the open network by what is asked of the user: data, layers, optimiser, schedule; each one undoable edit.

Where training has to start over for an edit, the user is asked first; what an edit made it forget is said afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from nnviz.engine.losses import TABLE as LOSSES
from nnviz.errors import NnvizError
from nnviz.gui.controller import Controller
from nnviz.gui.dialogs import unsaved
from nnviz.gui.messages import Kind
from nnviz.gui.translation import tr
from nnviz.session.forgetting import forgotten

if TYPE_CHECKING:
    from nnviz.gui.dialogs.data import DataDialog
    from nnviz.gui.dialogs.layers import LayersDialog
    from nnviz.gui.main_window import MainWindow


class Edits(QObject):
    """The edits of the network in `window`. `settled` follows each of them, made or refused."""

    settled = Signal()

    def __init__(self, window: MainWindow, controller: Controller) -> None:
        super().__init__(window)
        self.window, self.controller = window, controller

    def make(self, values: dict[str, Any], label: str, told: bool = False) -> None:
        """Changes settings of the network; asks first where training has to start over, unless that was `told`."""
        session = self.controller.session
        if session is None:
            return
        self.window.strip.withdraw_information()
        with self.controller.held():
            if told or self._may_make(values):
                before, trained = session.document, session.updates_done > 0
                self.controller.edit(values, label)
                if trained:
                    self._say(forgotten(before, session.document), "info")
        self.settled.emit()

    def refuse(self, sentence: str) -> None:
        """Says why an edit is not made; "" takes that back."""
        self._say(sentence, "error")

    def choose_data(self) -> None:
        """Asks for the examples, their inputs and the scaling, and goes on with them; one undoable edit."""
        from nnviz.gui.dialogs.data import DataDialog

        with self.controller.held():
            if self.controller.session is not None:
                self._make_by(DataDialog(self.window.theme, self.controller.session, self.window))

    def choose_layers(self) -> None:
        """Asks for the activations and initialisers of all layers and the loss; one undoable edit."""
        from nnviz.gui.dialogs.layers import LayersDialog

        with self.controller.held():
            session, view = self.controller.session, self.controller.view
            if session is None or view is None:
                return
            dialog = LayersDialog(self.window.theme, session.document, view.data.targets, session.reset_reason,
                                  self.window)
            if view.selection is not None and view.selection.layer:
                dialog.show_layer(view.selection.layer)
            self._make_by(dialog)

    def choose_optimiser(self) -> None:
        """Asks for the optimiser and its numbers, and goes on with them."""
        from nnviz.gui.dialogs.optimiser import OptimiserDialog

        session = self.controller.session
        if session is None:
            return
        document = session.document
        dialog = OptimiserDialog(document.optimiser, self.window, may_have_none=document.graph is not None,
                                 has_none=not document.is_trained)
        if dialog.exec() and dialog.values():
            self.make(dialog.values(), dialog.label())
        dialog.deleteLater()

    def choose_conventions(self) -> None:
        """Asks for the lecture's words and signs, and whether the squared error has a ½, which is an edit."""
        from nnviz.gui.dialogs.conventions import ConventionsDialog

        session, window = self.controller.session, self.window
        dialog = ConventionsDialog(window.settings, None if session is None else session.document, window)
        if dialog.exec() and dialog.loss():
            label = tr(LOSSES[dialog.loss()].label)
            self.make({"loss": dialog.loss()}, f"{tr('loss')} {label}")
            if session is not None and session.document.network.loss.name == dialog.loss():
                self._say(tr("The loss of this network is {loss} now; Undo takes it back.").format(loss=label), "info")
        dialog.deleteLater()

    def choose_schedule(self) -> None:
        """Asks how the learning rate is to change while training runs, and shows it first; one undoable edit."""
        from nnviz.gui.dialogs.schedule import schedule_dialog

        view = self.controller.view
        if view is None:
            return
        document = view.document
        memory = view.moment.record.schedule_memory
        dialog = schedule_dialog(self.window, self.window.theme)
        dialog.show_rate(document.learning_rate, document.schedule, view.problem.batches.per_epoch, document.steps,
                         view.updates_done, memory.get("divisions", 0.0))
        if dialog.ask(self.window):
            self.make({"optimiser.learning_rate": dialog.tree()}, dialog.label())

    def _make_by(self, dialog: DataDialog | LayersDialog) -> None:
        """Makes the edit that a dialog says, which has told already whether training starts over."""
        if dialog.exec() and dialog.values():
            self.make(dialog.values(), dialog.label(), told=bool(dialog.told_reason))
        dialog.deleteLater()

    def _may_make(self, values: dict[str, Any]) -> bool:
        """Whether an edit is acceptable, and the user agrees where it resets the training."""
        session = self.controller.session
        assert session is not None
        try:
            reason = session.reset_reason(values)
        except NnvizError as error:
            self.refuse(str(error))
            return False
        return not reason or self.may_start_over(reason)

    def may_start_over(self, reason: str) -> bool:
        """Whether training may start over, which it has to for a `reason`; asks where steps would be lost."""
        session = self.controller.session
        if session is None:
            return True
        only_looked = session.last_step <= 1 and session.updates_done == 0       # at the first step, which is shown
        if only_looked or not session.document.is_trained or not self.window.settings.flag("confirm_reset"):
            return True
        answer = unsaved.confirm_reset(self.window, reason)
        if answer and not answer.ask_again:
            self.window.settings.change(confirm_reset=False)
        return bool(answer)

    def _say(self, sentence: str, kind: Kind) -> None:
        """Says a sentence in the place of what was said of the edit before; "" says nothing."""
        if sentence:
            self.window.strip.show_message("edit", sentence, kind)
        else:
            self.window.strip.withdraw("edit")

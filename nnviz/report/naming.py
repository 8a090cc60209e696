"""What the number of a quantity is called in words that can be read aloud: `net h1`, `∂E/∂w5`, `target o1`."""

from __future__ import annotations

from nnviz.engine.record import Record
from nnviz.report.conventions import Conventions
from nnviz.report.elements import Parameter, Unit
from nnviz.report.labels import Labels
from nnviz.report.quantities import Quantity
from nnviz.words import tr


def name_of(quantity: Quantity, labels: Labels, record: Record, conventions: Conventions) -> str:
    """The name of a number, and of which example it is where the batch has several."""
    element, kind = quantity.element, quantity.kind
    if isinstance(element, Parameter):
        name = labels.name(element)
        loss = "f" if labels.network.kind == "surface" else "E"
        forms = {"gradient": f"∂{loss}/∂{name}", "update": tr("update of {name}"), "new value": tr("new {name}"),
                 "memory": tr("{memory} of {name}"), "new memory": tr("{memory} of {name}")}
        return forms.get(kind, "{name}").format(name=name, memory=tr(quantity.name.replace("_", " ")))
    text = "E"
    if isinstance(element, Unit):
        network, word = labels.network, conventions.output
        unit = network.names(element.layer)[element.unit]
        net = unit if quantity.place is None or quantity.name else f"{unit}[{quantity.place}]"
        other = network.names(element.layer)[quantity.place or 0] if quantity.name == "of" else unit
        text = {
            "net": f"net {net}", "out": f"{word} {unit}" if element.layer else unit,
            "target": f"{conventions.target} {unit}", "term": f"E {unit}", "out gradient": f"∂E/∂{word} {unit}",
            "delta": f"∂E/∂net {net}", "slope": f"∂{word} {other}/∂net {net}",
        }.get(kind, unit)
    if quantity.example is not None and len(record.rows) > 1:
        return tr("{number} of example {example}").format(number=text, example=int(record.rows[quantity.example]))
    return text

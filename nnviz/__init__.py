"""See every number of backpropagation.

Scripts and notebooks have without a window what the window has:

>>> import nnviz
>>> session = nnviz.load("mazur-2-2-2")
>>> session.record.loss
0.2983711087600027
>>> change = session.advance_steps(100)
>>> nnviz.rows(session, "parameters")[0][:4]
(100, 100, 'W1[0,0]', 'w1')
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz.errors import NnvizError
    from nnviz.exchange.notebook import answers, arrays, check, export, load, predict, rows, save
    from nnviz.session.examples import example_names
    from nnviz.session.session import Session

__version__ = "0.1.0"

# The same bits everywhere ask for one thread, and small networks are faster with it.  NumPy reads this only once.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Where each public name lives: it is imported when it is first asked for, so that `import nnviz` costs nothing.
_PUBLIC = {
    "NnvizError": "nnviz.errors",
    "Session": "nnviz.session.session",
    "answers": "nnviz.exchange.notebook",
    "arrays": "nnviz.exchange.notebook",
    "check": "nnviz.exchange.notebook",
    "example_names": "nnviz.session.examples",
    "export": "nnviz.exchange.notebook",
    "load": "nnviz.exchange.notebook",
    "predict": "nnviz.exchange.notebook",
    "rows": "nnviz.exchange.notebook",
    "save": "nnviz.exchange.notebook",
}

__all__ = [
    "NnvizError", "Session", "__version__", "answers", "arrays", "check", "example_names", "export", "load", "predict",
    "rows", "save",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'nnviz' has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})

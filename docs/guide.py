"""nnviz in a script or a notebook: everything the window knows, as values.

Run it with `python docs/guide.py`, or open it as a notebook: editors take `# %%` for the beginning of a cell.
"""

# %% A worked example, number by number
# `load` takes a bundled example's name or a path; a session stands at a moment of training.
import tempfile
from pathlib import Path

import numpy as np

import nnviz

print("bundled examples:", ", ".join(nnviz.example_names()))
session = nnviz.load("mazur-2-2-2")
print(f"E before the first update: {session.record.loss:.12f}")
assert abs(session.record.loss - 0.298371108760) < 5e-13

# %% Step, and look at what the step did
session.advance_step()
table = nnviz.arrays(session, "parameters")
for label, gradient, new_value in zip(table["label"], table["gradient"], table["new_value"], strict=True):
    print(f"{label:3} ∂E/∂w = {gradient: .12f}   after the step {new_value:.12f}")
w5 = table["label"].tolist().index("w5")
assert abs(table["gradient"][w5] - 0.082167040564) < 5e-13
assert abs(table["new_value"][w5] - 0.358916479718) < 5e-13

# %% The whole step, operation by operation: formula, formula with its numbers, value
for row in nnviz.rows(session, "trace")[:3]:
    print(row)

# %% One operation at a time, as the window's Step does
slow = nnviz.load("mazur-2-2-2")
for _ in range(4):
    slow.advance()
moment = slow.moment()
net, known = moment.net(1)
print("net inputs of the hidden units:", net, "known:", known)
assert known.all()

# %% Go anywhere in the past, exactly
session.advance_steps(999)
after_1000 = session.record.loss
session.seek(1)
assert abs(session.record.loss - 0.298371108760) < 5e-13
session.seek(1000)
assert session.record.loss == after_1000
print(f"E of step 1000: {after_1000:.12f}")

# %% Edits can be undone, and begin a branch of their own
session.edit({"optimiser.learning_rate": 5.0}, "faster")
session.advance_steps(500)
faster = session.record.loss
session.undo()
assert session.step == 1000 and session.record.loss == after_1000
print(f"500 steps later at η = 5: {faster:.12f}")

# %% Whose wish is it? A gradient for every example, and their mean
xor = nnviz.load("xor")
xor.advance_steps(20)
wishes = nnviz.arrays(xor, "examples")
first = wishes["parameter"] == "W1[0,0]"
for example, gradient in zip(wishes["example"][first], wishes["gradient"][first], strict=True):
    print(f"example {example:4} wants ∂E/∂W1[0,0] = {gradient: .6f}")
of_examples, mean = wishes["gradient"][first][:-1], wishes["gradient"][first][-1]
assert np.isclose(of_examples.mean(), mean, rtol=1e-12)

# %% How it learns
xor.advance_steps(1980)
print(f"XOR after 2000 steps: loss {xor.record.loss:.6f}, "
      f"accuracy {nnviz.arrays(xor, 'metrics')['accuracy'][0]:.0%}")

# %% Is every gradient right? The formula against a numerical derivative, parameter by parameter
check = nnviz.check(xor)
print(f"{len(check.errors)} gradients by {check.method}: the largest relative error is {check.largest_error:.0e}")
assert check.holds
worst = check.worst(1)[0]
assert check.errors[worst] == check.largest_error

# %% Ask the trained network for inputs of your own
outputs = nnviz.predict(xor, [[0, 0], [0, 1], [0.9, 0.1]])
print("XOR of (0, 0), (0, 1) and (0.9, 0.1):", np.round(outputs[:, 0], 2))
assert outputs.shape == (3, 1) and outputs[0, 0] < 0.5 < outputs[1, 0]

# %% What it answers on examples that it was never shown
iris = nnviz.load("iris")
iris.advance_steps(500)
unseen = nnviz.answers(iris, "test")
assert unseen is not None
print("rows: the true species, columns: the answer\n", unseen.confusion())

# %% What is not possible is said in a sentence
try:
    nnviz.load("mazr-2-2-2")
except nnviz.NnvizError as refused:
    print(refused)

# %% A surface: two weights whose loss is a formula, and the way that optimisers take on it
for name in ("sgd", "momentum", "adam"):
    ravine = nnviz.load("surface-ravine")
    ravine.edit({"optimiser.name": name}, name)
    ravine.advance_steps(100)
    x, y = nnviz.arrays(ravine, "parameters")["new_value"]
    print(f"{name:8} after 100 steps at x = {x: .4f}, y = {y: .4f}, height {ravine.record.loss:.2e}")

# %% Save, open again, go on: bit for bit
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "xor.json"
    nnviz.save(xor, path)
    again = nnviz.load(path)
    again.advance_steps(10)
    xor.advance_steps(10)
    assert again.state.vector.tobytes() == xor.state.vector.tobytes()

    # The same tables as the window exports, byte for byte
    out = Path(folder) / "parameters.csv"
    nnviz.export(nnviz.load("mazur-2-2-2"), "parameters", out, steps=10)
    print(out.read_text(encoding="utf-8").splitlines()[0])

    # and as Parquet, for data frames, where pyarrow is installed
    try:
        written = nnviz.export(nnviz.load("mazur-2-2-2"), "parameters", Path(folder) / "parameters.parquet", steps=10)
        print(written.rows, "rows as Parquet")
    except nnviz.NnvizError as refused:
        print(refused)

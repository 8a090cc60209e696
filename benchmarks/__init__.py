"""What was promised in numbers, measured: `python -m benchmarks` prints every table."""

import os

# Before anything imports NumPy, which reads it once: one thread, here as in the program's own measurements.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

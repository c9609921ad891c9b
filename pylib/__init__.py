"""Lectern's browser side: plain Python that Pyodide, MicroPython and CPython all run."""

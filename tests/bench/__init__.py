"""The benchmarks: `make bench`, or `make bench ARGS="pickers --largest 100000"` for some of them.

To add one, write a function that yields figures in a module of its own and name it in registry.py.
"""

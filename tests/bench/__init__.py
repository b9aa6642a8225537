"""The benchmarks: `make bench`, or `make bench ARGS="pickers --largest 100000"` for some of them.

To add one, write a function that yields figures in a new module and add it to registry.py.
"""

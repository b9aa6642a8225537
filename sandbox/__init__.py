"""A local stand-in for the ChartMogul REST API, to try the product and to test it against.

It uses the standard library only and imports none of the other apps. `server.SandboxServer` runs inside a test or
under `manage.py sandbox`. "Recorded 2023-10" in a docstring means: seen in real traffic of that month.
See docs/sandbox.md.
"""

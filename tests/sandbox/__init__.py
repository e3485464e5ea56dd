"""Local stand-in for the vendors' clouds, steered over HTTP.

One process serves the vendor's own addresses (``/zoom/...``) and a control API (``/control/...``) with
which a test, a benchmark or a person moves the clock, injects faults, seeds a world and lets things happen
"at the vendor". The package imports nothing from the addons, so that it can be wrong only by itself and the
contract tests can hold it to the vendor's published samples.
"""

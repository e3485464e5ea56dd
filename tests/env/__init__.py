"""Brings Odoo, PostgreSQL and the Python packages onto a machine, starts and stops them.

Only the standard library is used: this package runs on the system's ``python3`` (3.10 or newer)
before anything else is installed. Command line: ``python3 -m tests.env --help``.
"""

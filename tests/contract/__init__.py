"""Holds the sandbox to the vendor's samples, and real clients to the sandbox."""

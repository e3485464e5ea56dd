"""Vendor-neutral parts: clock, faults, call recorder, delivery engine, paging, quotas, generated files."""

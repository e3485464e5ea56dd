"""Everything that is tested or started from outside Odoo."""

"""Own database cursors: for what must survive a rollback of the work around it."""

from contextlib import contextmanager

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import api
from odoo.sql_db import Cursor


@contextmanager
def own_cursor(env, *, read_committed=True, lock_timeout=5.0):
    """Open a cursor of its own; commit when the block ends well, roll back when it raises.

    :param env: any environment of the database
    :param read_committed: see what others committed while the transaction runs, and never fail
        because a row changed since it began (for counters, claims and states). False keeps Odoo's
        repeatable read, which business code expects.
    :param lock_timeout: seconds to wait for a row lock before ``LockNotAvailable``. The caller's
        own transaction may hold the very lock that is waited for, so never wait for ever.
    """
    with env.registry.cursor() as cr:
        # Under a test cursor there is only one real transaction, whose level is fixed already.
        if isinstance(cr, Cursor):
            if read_committed:
                cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
            cr.execute(
                "SELECT set_config('lock_timeout', %s, false)", (f"{int(lock_timeout * 1000)}ms",)
            )
        yield cr
        if cr.transaction is not None:
            # The commit would only flush environments that somebody still holds.
            api.Environment(cr, env.uid, {}).flush_all()

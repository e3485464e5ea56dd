from odoo.addons.connector_base.tests.common import sandbox

from . import test_access
from . import test_attendance
from . import test_calendar
from . import test_order
from . import test_people
from . import test_screens
from . import test_sync
from . import test_webhook

if sandbox():
    from . import test_sandbox

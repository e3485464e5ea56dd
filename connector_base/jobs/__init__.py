from . import connector_drain
from . import connector_watchdog

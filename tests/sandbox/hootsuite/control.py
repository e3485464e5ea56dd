"""Control routes of the Hootsuite half, all together."""

from .world_control import WorldControl


class HootsuiteControl(WorldControl):
    """Handlers of /control/hootsuite/*."""

from . import connector_drain, connector_drain_batch, connector_sync, connector_watchdog

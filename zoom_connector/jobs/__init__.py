from . import zoom_sync
from . import zoom_sync_steps
from . import zoom_import
from . import zoom_fetch

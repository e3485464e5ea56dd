# isort: skip_file
# Models are registered in the order of this list: extensions follow what they extend.
from . import zoom_sync
from . import zoom_sync_steps
from . import zoom_sync_held
from . import zoom_import
from . import zoom_fetch

# isort: skip_file
# Models are registered in the order of this list: extensions follow what they extend.
from . import zoom_sync
from . import zoom_sync_steps
from . import zoom_sync_held
from . import zoom_import
from . import zoom_fetch
from . import zoom_reconcile
from . import zoom_reconcile_words
from . import zoom_reconcile_planned
from . import zoom_reconcile_held
from . import zoom_reconcile_files
from . import zoom_reconcile_out
from . import zoom_reconcile_judge
from . import zoom_heal
from . import zoom_wipe
from . import zoom_wipe_base
from . import zoom_download
from . import zoom_storage

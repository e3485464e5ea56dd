# isort: skip_file
# The frame first: the runs inherit it.
from . import hootsuite_sync
from . import hootsuite_mirror
from . import hootsuite_post_fetch
from . import hootsuite_post_pull
from . import hootsuite_figures
from . import hootsuite_first_figures
from . import hootsuite_post_jobs

# isort: skip_file
# The frame first: the runs inherit it.
from . import hootsuite_sync
from . import hootsuite_mirror

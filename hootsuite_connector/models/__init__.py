# isort: skip_file
# Models are registered in the order of this list: extensions follow what they extend.
from . import hootsuite_integration
from . import hootsuite_integration_secrets
from . import hootsuite_integration_connector
from . import hootsuite_integration_events
from . import hootsuite_integration_oauth
from . import hootsuite_integration_status
from . import hootsuite_integration_inbox
from . import hootsuite_lookup
from . import hootsuite_history
from . import hootsuite_mirrored
from . import hootsuite_organization
from . import hootsuite_team
from . import hootsuite_member
from . import hootsuite_profile
from . import connector_metric
from . import res_groups

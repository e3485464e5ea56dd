# isort: skip_file
# Models are registered in the order of this list: extensions follow what they extend.
from . import zoom_integration
from . import zoom_integration_connector
from . import zoom_integration_events
from . import zoom_integration_status
from . import zoom_user
from . import zoom_meeting_template
from . import zoom_budget
from . import zoom_integration_out
from . import zoom_meeting
from . import zoom_meeting_upsert
from . import zoom_meeting_calendar
from . import zoom_meeting_instance
from . import zoom_participant
from . import zoom_participant_upsert
from . import zoom_recording
from . import zoom_registrant
from . import calendar_event
from . import calendar_event_out
from . import zoom_push
from . import zoom_meeting_out
from . import zoom_push_send
from . import res_partner
from . import res_groups

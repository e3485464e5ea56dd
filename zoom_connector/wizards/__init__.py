from . import zoom_meeting_visibility, zoom_user_rule_test

from odoo.addons.connector_base.tests.common import sandbox

from . import (
    test_access,
    test_attendance,
    test_attendance_table,
    test_calendar,
    test_concurrency,
    test_confidential,
    test_conflict,
    test_conflict_screen,
    test_deauthorized,
    test_followup,
    test_frequency,
    test_oauth,
    test_order,
    test_people,
    test_people_rules,
    test_recording_hold,
    test_recording_storage,
    test_screens,
    test_sync,
    test_transcript,
    test_visibility,
    test_watch,
    test_webhook,
)

if sandbox():
    from . import (
        test_consistency,
        test_push,
        test_push_commit,
        test_push_conflict,
        test_push_recurrence,
        test_push_series,
        test_push_trouble,
        test_reconcile,
        test_reconcile_large,
        test_reconcile_out,
        test_recording_download,
        test_registrants,
        test_sandbox,
    )

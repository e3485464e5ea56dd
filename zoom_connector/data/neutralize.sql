-- A copy of a database knows no account: nothing is read, nothing is accepted.
UPDATE zoom_integration SET state = 'draft', state_message = NULL, active = false, client_id = NULL,
    account_id = NULL, sandbox_url = NULL, redirect_uri = NULL, token_expires_at = NULL,
    webhook_key = md5(random()::text || clock_timestamp()::text || id::text);
UPDATE zoom_meeting SET needs_read = false WHERE needs_read;
UPDATE queue_job SET state = 'cancelled' WHERE state IN ('pending', 'enqueued', 'wait_dependencies')
    AND model_name LIKE 'zoom.%';
-- The archive belongs to the original: a copy must neither write to it nor delete from it.
UPDATE zoom_integration SET archive_url = NULL, download_hosts = NULL;
UPDATE zoom_recording SET archive_location = NULL, archive_sha256 = NULL, restore_asked = false,
    storage_work = NULL, download_state = CASE WHEN download_state IN ('waiting', 'running')
    THEN 'none' ELSE download_state END;

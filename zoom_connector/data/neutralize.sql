-- A copy of a database knows no account: nothing is read, nothing is accepted.
UPDATE zoom_integration SET state = 'draft', state_message = NULL, active = false, client_id = NULL,
    account_id = NULL, sandbox_url = NULL, redirect_uri = NULL, token_expires_at = NULL,
    webhook_key = md5(random()::text || clock_timestamp()::text || id::text);
UPDATE zoom_meeting SET needs_read = false WHERE needs_read;
UPDATE queue_job SET state = 'cancelled' WHERE state IN ('pending', 'enqueued', 'wait_dependencies')
    AND model_name LIKE 'zoom.%';

-- A copy of a database knows no account: nothing is read, nothing is published, nothing is accepted.
UPDATE hootsuite_integration SET state = 'draft', state_message = NULL, active = false,
    client_id = NULL, organization_ref = NULL, member_ref = NULL, sandbox_url = NULL,
    redirect_uri = NULL, token_expires_at = NULL, platform_scheme = 'closed',
    webhook_key = md5(random()::text || clock_timestamp()::text || id::text);
UPDATE queue_job SET state = 'cancelled' WHERE state IN ('pending', 'enqueued', 'wait_dependencies')
    AND model_name LIKE 'hootsuite.%';

UPDATE hootsuite_post SET wanted = 'nothing', push_state = 'idle', attempts = NULL
    WHERE push_state <> 'idle';
DELETE FROM hootsuite_post_hint;

-- Files that strangers named are not fetched by a copy.
UPDATE hootsuite_message_file SET state = 'refused' WHERE state = 'waiting';

-- A copy of a database must not act on the real accounts: it knows no secret and no token, and
-- nothing that was waiting is sent or handled there.
DELETE FROM connector_secret;
DELETE FROM connector_breaker;
UPDATE connector_event SET state = 'ignored', note = 'Neutralized copy of a database.',
    next_try_at = NULL, claimed_at = NULL WHERE state IN ('received', 'processing', 'retry');
UPDATE queue_job SET state = 'cancelled' WHERE state IN ('pending', 'enqueued', 'wait_dependencies')
    AND model_name LIKE 'connector.%';

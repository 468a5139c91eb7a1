-- A scheduled run that began and did not end is made up for. What was taken by then counts as done.
ALTER TABLE job_runs ADD COLUMN done_at BIGINT; -- when it had ended; null: it has not
UPDATE job_runs SET done_at = taken_at;

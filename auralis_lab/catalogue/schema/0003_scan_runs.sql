-- A run without finished_at was interrupted or is under way. Files found unchanged or skipped are
-- counted in their run and have no row among the outcomes.

CREATE SEQUENCE scan_run_ids;

CREATE TABLE scan_runs (
    id BIGINT PRIMARY KEY,
    root_id BIGINT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    cancelled BOOLEAN,
    problem VARCHAR,
    files_found BIGINT,
    files_new BIGINT,
    files_changed BIGINT,
    files_unchanged BIGINT,
    files_moved BIGINT,
    files_missing BIGINT,
    files_failed BIGINT,
    files_skipped BIGINT
);

CREATE TABLE scan_outcomes (
    run_id BIGINT NOT NULL,
    path VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    reason VARCHAR
);

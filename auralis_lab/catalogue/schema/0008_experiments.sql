-- What was tried on which audio, and what was measured of it. A trial is one variant on one range
-- of one content; its key stands for all that the result depends on, so equal trials of several
-- experiments are one.

CREATE TABLE experiments (
    name VARCHAR PRIMARY KEY,
    first_run_at TIMESTAMP NOT NULL,
    last_run_at TIMESTAMP NOT NULL
);

CREATE TABLE experiment_trials (
    experiment VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    variant VARCHAR NOT NULL,
    track_id BIGINT NOT NULL,
    PRIMARY KEY (experiment, key, variant, track_id)
);

CREATE TABLE trials (
    key VARCHAR PRIMARY KEY,
    content_key VARCHAR NOT NULL,
    start_s DOUBLE NOT NULL,
    stop_s DOUBLE,
    parameters_json VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    seed BIGINT NOT NULL,
    made_at TIMESTAMP NOT NULL
);

CREATE TABLE trial_results (
    key VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    value DOUBLE,
    unit VARCHAR NOT NULL,
    PRIMARY KEY (key, metric)
);

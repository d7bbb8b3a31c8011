-- Changes of tags: what was to be done is recorded before a file is touched, so that it can be
-- undone whatever happened in between.

CREATE SEQUENCE edit_ids;

CREATE TABLE edits (
    id BIGINT PRIMARY KEY,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    state VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    undoes BIGINT
);

CREATE TABLE edit_files (
    edit_id BIGINT NOT NULL,
    track_id BIGINT,
    path VARCHAR NOT NULL,
    before_json VARCHAR NOT NULL,
    after_json VARCHAR NOT NULL
);

-- Changes of tags. An edit is recorded before a file is touched, so that it can be undone whatever
-- happens: 'begun' while files may be old or new (what is new is put back), 'written' when all are
-- new and their rows are to be read, 'done', or 'failed' when all are as they were. The token is in
-- the names of what is set aside. Pictures lie beside the catalogue, named by their keys.

CREATE SEQUENCE edit_ids;

CREATE TABLE edits (
    id BIGINT PRIMARY KEY,
    token VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    undoes BIGINT,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    reason VARCHAR
);

CREATE TABLE edit_files (
    edit_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    track_id BIGINT NOT NULL,
    path VARCHAR NOT NULL,
    file_bytes BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    before_json VARCHAR,
    after_json VARCHAR NOT NULL,
    picture_keys VARCHAR[] NOT NULL
);

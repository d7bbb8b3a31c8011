-- What listeners do. Plays are only ever appended; what is counted from them stands in marks, which
-- has rows only for tracks that were played, rated or liked.

CREATE SEQUENCE play_ids;

CREATE TABLE plays (
    id BIGINT PRIMARY KEY,
    track_id BIGINT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    heard_s DOUBLE NOT NULL,
    finished BOOLEAN NOT NULL,
    counted BOOLEAN NOT NULL,
    preset VARCHAR,
    intensity DOUBLE
);

CREATE TABLE marks (
    track_id BIGINT PRIMARY KEY,
    plays BIGINT NOT NULL,
    heard_s DOUBLE NOT NULL,
    last_played_at TIMESTAMP,
    favourite_since TIMESTAMP,
    rating INTEGER
);

CREATE SEQUENCE playlist_ids;

CREATE TABLE playlists (
    id BIGINT PRIMARY KEY,
    name VARCHAR NOT NULL,
    filter VARCHAR,
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);

CREATE SEQUENCE playlist_entry_ids;

CREATE TABLE playlist_entries (
    id BIGINT PRIMARY KEY,
    playlist_id BIGINT NOT NULL,
    position DOUBLE NOT NULL,
    track_id BIGINT NOT NULL
);

CREATE SEQUENCE playlist_step_ids;

CREATE TABLE playlist_steps (
    id BIGINT PRIMARY KEY,
    playlist_id BIGINT NOT NULL,
    done_at TIMESTAMP NOT NULL,
    action VARCHAR NOT NULL,
    undo_json VARCHAR NOT NULL
);

CREATE TABLE queues (
    name VARCHAR PRIMARY KEY,
    state_json VARCHAR NOT NULL,
    changed_at TIMESTAMP NOT NULL
);

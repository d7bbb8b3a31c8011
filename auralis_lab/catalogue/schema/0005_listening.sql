-- What listeners do. Plays are only ever appended; what is counted from them stands in marks, which
-- has rows only for tracks that were played, rated or liked. A rating is 1 to 10 half stars.

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

-- A playlist with a filter is a smart one and has no entries. name_key is what no two playlists
-- share, unless one of them was removed; name_order is what they are listed by, and then name_key.

CREATE SEQUENCE playlist_ids;

CREATE TABLE playlists (
    id BIGINT PRIMARY KEY,
    name VARCHAR NOT NULL,
    name_key VARCHAR NOT NULL,
    name_order VARCHAR NOT NULL,
    filter VARCHAR,
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    removed_at TIMESTAMP
);

CREATE SEQUENCE playlist_entry_ids;

CREATE TABLE playlist_entries (
    id BIGINT PRIMARY KEY,
    playlist_id BIGINT NOT NULL,
    position DOUBLE NOT NULL,
    track_id BIGINT NOT NULL
);

-- What was done to a playlist, so that it can be undone and done again: a step and the places that
-- entries had before and after it (NULL where they were not in the playlist).

CREATE SEQUENCE playlist_step_ids;

CREATE TABLE playlist_steps (
    id BIGINT PRIMARY KEY,
    playlist_id BIGINT NOT NULL,
    done_at TIMESTAMP NOT NULL,
    action VARCHAR NOT NULL,
    undone BOOLEAN NOT NULL,
    changes BIGINT NOT NULL,
    name_before VARCHAR,
    name_after VARCHAR,
    filter_before VARCHAR,
    filter_after VARCHAR
);

CREATE TABLE playlist_changes (
    step_id BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    track_id BIGINT NOT NULL,
    position_before DOUBLE,
    position_after DOUBLE
);

-- No two saves have the same version; past_json holds earlier states that can be had back.

CREATE SEQUENCE queue_versions;

CREATE TABLE queues (
    name VARCHAR PRIMARY KEY,
    version BIGINT NOT NULL,
    entries_json VARCHAR NOT NULL,
    past_json VARCHAR NOT NULL,
    current_id BIGINT,
    position_s DOUBLE NOT NULL,
    repeat VARCHAR NOT NULL,
    changed_at TIMESTAMP NOT NULL
);

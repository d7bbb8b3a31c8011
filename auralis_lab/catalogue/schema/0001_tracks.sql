-- Times are UTC. Paths are text as catalogue/text.py writes it. What derives from the other columns
-- (year, title_sort, artist_order, album_order, search_text) is made by catalogue/reading.py. Only
-- primary keys are indexed, and nothing references anything.

CREATE SEQUENCE root_ids;

CREATE TABLE roots (
    id BIGINT PRIMARY KEY,
    path VARCHAR NOT NULL,
    added_at TIMESTAMP NOT NULL
);

CREATE SEQUENCE track_ids;

CREATE TABLE tracks (
    id BIGINT PRIMARY KEY,
    root_id BIGINT NOT NULL,
    path VARCHAR NOT NULL,
    file_bytes BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    content_key VARCHAR NOT NULL,

    format VARCHAR NOT NULL,
    subtype VARCHAR NOT NULL,
    lossy BOOLEAN NOT NULL,
    rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    bits_per_sample INTEGER,
    frames BIGINT,
    frames_is_estimate BOOLEAN NOT NULL,

    title VARCHAR,
    artists VARCHAR[] NOT NULL,
    album VARCHAR,
    album_artist VARCHAR,
    date VARCHAR,
    year INTEGER,
    genres VARCHAR[] NOT NULL,
    track_number INTEGER,
    track_total INTEGER,
    disc_number INTEGER,
    disc_total INTEGER,
    composer VARCHAR,
    comment VARCHAR,
    bpm DOUBLE,
    compilation BOOLEAN NOT NULL,
    tag_problem VARCHAR,
    has_artwork BOOLEAN NOT NULL,

    title_sort VARCHAR NOT NULL,
    artist_order VARCHAR NOT NULL,
    album_order VARCHAR NOT NULL,
    search_text VARCHAR NOT NULL,

    added_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    missing_since TIMESTAMP
);

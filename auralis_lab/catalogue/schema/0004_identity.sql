-- A content key now names the audio payload, so that a change of tags keeps it. Known files are read
-- again by the next scan, which fills the columns that are new. The columns from sub_bass to
-- plr_db are copies of the profile's, so that filters and orders need no join.
--
-- What every search and every order reads of all rows is kept uncompressed, which reads twice as
-- fast. The prefixes are the first bytes of title_sort, artist_order and album_order as a number,
-- the bigrams a summary of search_text; their defaults only cost time (catalogue/querykeys.py).

CREATE SEQUENCE album_ids;

CREATE TABLE albums (
    id BIGINT PRIMARY KEY,
    key VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    artist VARCHAR,
    title_order VARCHAR NOT NULL,
    artist_order VARCHAR NOT NULL,
    added_at TIMESTAMP NOT NULL
);

CREATE TABLE new_tracks (
    id BIGINT PRIMARY KEY,
    root_id BIGINT NOT NULL,
    path VARCHAR USING COMPRESSION uncompressed NOT NULL,
    file_bytes BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    content_key VARCHAR USING COMPRESSION uncompressed NOT NULL,

    format VARCHAR NOT NULL,
    subtype VARCHAR NOT NULL,
    lossy BOOLEAN NOT NULL,
    rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    bits_per_sample INTEGER,
    frames BIGINT,
    frames_is_estimate BOOLEAN NOT NULL,

    title VARCHAR USING COMPRESSION uncompressed,
    artist VARCHAR,
    artists VARCHAR[] USING COMPRESSION uncompressed NOT NULL,
    featured VARCHAR[] NOT NULL,
    album VARCHAR,
    album_artist VARCHAR,
    album_id BIGINT,
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
    lyrics VARCHAR,
    lyrics_synced BOOLEAN NOT NULL,
    mb_recording_id VARCHAR,
    mb_track_id VARCHAR,
    mb_album_id VARCHAR,
    mb_release_group_id VARCHAR,
    mb_artist_ids VARCHAR[] NOT NULL,
    mb_album_artist_ids VARCHAR[] NOT NULL,
    rg_track_gain_db FLOAT,
    rg_track_peak FLOAT,
    rg_album_gain_db FLOAT,
    rg_album_peak FLOAT,
    tag_problem VARCHAR,
    picture_key VARCHAR,

    title_sort VARCHAR USING COMPRESSION uncompressed NOT NULL,
    artist_order VARCHAR USING COMPRESSION uncompressed NOT NULL,
    album_order VARCHAR USING COMPRESSION uncompressed NOT NULL,
    search_text VARCHAR USING COMPRESSION uncompressed NOT NULL,
    title_prefix BIGINT NOT NULL DEFAULT 0,
    artist_prefix BIGINT NOT NULL DEFAULT 0,
    album_prefix BIGINT NOT NULL DEFAULT 0,
    bigrams_0 BIGINT NOT NULL DEFAULT -1,
    bigrams_1 BIGINT NOT NULL DEFAULT -1,
    bigrams_2 BIGINT NOT NULL DEFAULT -1,
    bigrams_3 BIGINT NOT NULL DEFAULT -1,
    artists_folded VARCHAR NOT NULL DEFAULT '',
    album_folded VARCHAR NOT NULL DEFAULT '',
    album_artist_folded VARCHAR NOT NULL DEFAULT '',
    genres_folded VARCHAR NOT NULL DEFAULT '',
    composer_folded VARCHAR NOT NULL DEFAULT '',

    measured_version INTEGER,
    sub_bass FLOAT,
    bass FLOAT,
    low_mid FLOAT,
    mid FLOAT,
    upper_mid FLOAT,
    presence FLOAT,
    air FLOAT,
    loudness_lufs FLOAT,
    crest_db FLOAT,
    bass_mid_db FLOAT,
    tempo_bpm FLOAT,
    rhythm_stability FLOAT,
    onset_density_hz FLOAT,
    silence_ratio FLOAT,
    centroid_hz FLOAT,
    rolloff_hz FLOAT,
    flatness FLOAT,
    harmonic_ratio FLOAT,
    pitch_stability FLOAT,
    chroma_strength FLOAT,
    dynamic_range_variation_db FLOAT,
    loudness_variation_db FLOAT,
    peak_consistency FLOAT,
    stereo_width FLOAT,
    phase_correlation FLOAT,
    true_peak_dbtp FLOAT,
    lra_lu FLOAT,
    plr_db FLOAT,

    added_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    missing_since TIMESTAMP
);

CREATE TEMP MACRO first_bytes(folded) AS
    CAST(
        CAST(CAST('0x' || rpad(left(hex(encode(folded)), 16), 16, '0') AS UBIGINT) AS HUGEINT)
        - 9223372036854775808
    AS BIGINT);

INSERT INTO new_tracks BY NAME
SELECT * EXCLUDE (has_artwork) REPLACE (-1 AS mtime_ns),
    array_to_string(nullif(artists, []), ', ') AS artist,
    CAST([] AS VARCHAR[]) AS featured,
    CAST([] AS VARCHAR[]) AS mb_artist_ids,
    CAST([] AS VARCHAR[]) AS mb_album_artist_ids,
    false AS lyrics_synced,
    first_bytes(title_sort) AS title_prefix,
    first_bytes(artist_order) AS artist_prefix,
    first_bytes(album_order) AS album_prefix,
    coalesce(chr(1) || lower(array_to_string(nullif(artists, []), chr(1))) || chr(1), '')
        AS artists_folded,
    coalesce(chr(1) || lower(array_to_string(nullif(genres, []), chr(1))) || chr(1), '')
        AS genres_folded,
    coalesce(lower(album), '') AS album_folded,
    coalesce(lower(album_artist), '') AS album_artist_folded,
    coalesce(lower(composer), '') AS composer_folded
FROM tracks;

DROP MACRO first_bytes;
DROP TABLE tracks;
ALTER TABLE new_tracks RENAME TO tracks;

-- Measurements were stored under keys that no file has any more.
DROP TABLE profiles;
CREATE TABLE profiles (
    content_key VARCHAR PRIMARY KEY,
    version INTEGER NOT NULL,
    profile_json VARCHAR NOT NULL,
    measured_at TIMESTAMP NOT NULL,
    sub_bass FLOAT,
    bass FLOAT,
    low_mid FLOAT,
    mid FLOAT,
    upper_mid FLOAT,
    presence FLOAT,
    air FLOAT,
    loudness_lufs FLOAT,
    crest_db FLOAT,
    bass_mid_db FLOAT,
    tempo_bpm FLOAT,
    rhythm_stability FLOAT,
    onset_density_hz FLOAT,
    silence_ratio FLOAT,
    centroid_hz FLOAT,
    rolloff_hz FLOAT,
    flatness FLOAT,
    harmonic_ratio FLOAT,
    pitch_stability FLOAT,
    chroma_strength FLOAT,
    dynamic_range_variation_db FLOAT,
    loudness_variation_db FLOAT,
    peak_consistency FLOAT,
    stereo_width FLOAT,
    phase_correlation FLOAT,
    true_peak_dbtp FLOAT,
    lra_lu FLOAT,
    plr_db FLOAT
);

ALTER TABLE scan_runs ADD COLUMN files_retagged BIGINT;
ALTER TABLE scan_runs ADD COLUMN files_returned BIGINT;
ALTER TABLE scan_runs ADD COLUMN files_duplicate BIGINT;

-- Numbers that grow with every change of their kind, for those who keep something made from it.
CREATE TABLE revisions (
    name VARCHAR PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO revisions VALUES ('tracks', 0), ('features', 0), ('marks', 0), ('playlists', 0);

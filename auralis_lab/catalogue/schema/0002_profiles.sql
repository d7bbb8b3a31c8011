-- A measurement belongs to a content, not to a track: copies share it, a moved file keeps it.

CREATE TABLE profiles (
    content_key VARCHAR PRIMARY KEY,
    version INTEGER NOT NULL,
    profile_json VARCHAR NOT NULL,
    measured_at TIMESTAMP NOT NULL,
    integrated_lufs DOUBLE,
    true_peak_dbtp DOUBLE,
    lra_lu DOUBLE
);

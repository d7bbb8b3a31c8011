-- Named weights of the fingerprint's dimensions, as JSON.

CREATE TABLE similarity_weights (
    name VARCHAR PRIMARY KEY,
    weights_json VARCHAR NOT NULL,
    saved_at TIMESTAMP NOT NULL
);

-- The length that was counted while measuring: what a file announces may be wrong.
ALTER TABLE profiles ADD COLUMN duration_s DOUBLE;

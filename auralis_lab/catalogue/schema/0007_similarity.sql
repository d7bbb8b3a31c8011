-- Named weights of the fingerprint's dimensions, as JSON.

CREATE TABLE similarity_weights (
    name VARCHAR PRIMARY KEY,
    weights_json VARCHAR NOT NULL,
    saved_at TIMESTAMP NOT NULL
);

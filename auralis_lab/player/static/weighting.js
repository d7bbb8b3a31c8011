/**
 * The K-weighting of ITU-R BS.1770-5 at any rate, and the weights of channels, as derived in
 * auralis_lab/dsp/k_weighting.py. A biquad is [b0, b1, b2, a1, a2], with a0 = 1.
 */

const STANDARD_RATE = 48000;
const LEAST_RATE = 4000; // below it the shelf does not fit under the Nyquist frequency
const SHELF = [
  1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585,
];
const HIGH_PASS = [1, -2, 1, -1.99004745483398, 0.99007225036621];

// L R, then C, then LFE, then surrounds.
const SURROUND = 1.41;
const CHANNEL_WEIGHTS = {
  4: [1, 1, SURROUND, SURROUND],
  5: [1, 1, 1, SURROUND, SURROUND],
  6: [1, 1, 1, 0, SURROUND, SURROUND],
  7: [1, 1, 1, 0, 1, SURROUND, SURROUND],
  8: [1, 1, 1, 0, 1, 1, SURROUND, SURROUND],
};

/** @returns {Float64Array} what each channel's power counts for */
export function channelWeights(channels) {
  return Float64Array.from(CHANNEL_WEIGHTS[channels] ?? new Array(channels).fill(1));
}

/** @returns {{shelf: Float64Array, highPass: Float64Array} | null} null below 4 kHz */
export function kWeighting(rate) {
  if (rate < LEAST_RATE) return null;
  return { shelf: atRate(SHELF, rate), highPass: atRate(HIGH_PASS, rate) };
}

/** Coefficients of 1, s and s² for a polynomial in 1/z. */
const analogue = (c0, c1, c2) => [c0 + c1 + c2, 2 * (c0 - c2), c0 - c1 + c2];

/** Coefficients of 1, 1/z and 1/z² for a polynomial in s, with s replaced by scale * s. */
function digital([p0, s1, s2], scale) {
  const p1 = s1 * scale;
  const p2 = s2 * scale * scale;
  return [p0 + p1 + p2, 2 * (p0 - p2), p0 - p1 + p2];
}

function atRate([b0, b1, b2, a1, a2], rate) {
  const bottom = analogue(1, a1, a2);
  const omega = Math.sqrt(bottom[0] / bottom[2]);
  const scale = omega / Math.tan((Math.atan(omega) * STANDARD_RATE) / rate);
  const above = digital(analogue(b0, b1, b2), scale);
  const below = digital(bottom, scale);
  return Float64Array.from([...above, below[1], below[2]], (value) => value / below[0]);
}

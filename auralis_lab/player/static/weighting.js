/**
 * The K-weighting of ITU-R BS.1770-5 at any rate, and the weights of channels, as derived in
 * auralis_lab/dsp/k_weighting.py. A biquad is [b0, b1, b2, a1, a2], with a0 = 1.
 */

const STANDARD_RATE = 48000;
const MATCHED_HZ = 997; // where the standard calibrates
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
  const shelf = (rate < STANDARD_RATE ? matched : atRate)(SHELF, rate);
  return { shelf, highPass: atRate(HIGH_PASS, rate) };
}

/** Square of a biquad's response. */
function power([b0, b1, b2, a1, a2], hz, rate) {
  const angle = (2 * Math.PI * hz) / rate;
  const [c1, c2] = [Math.cos(angle), Math.cos(2 * angle)];
  const square = (p, q, r) => p * p + q * q + r * r + 2 * q * (p + r) * c1 + 2 * p * r * c2;
  return square(b0, b1, b2) / square(1, a1, a2);
}

/** A biquad with complex poles at a lower rate, its response that at 0 Hz, 997 Hz and Nyquist. */
function matched(standard, rate) {
  const [, , , s1, s2] = standard;
  const radius = Math.sqrt(s2) ** (STANDARD_RATE / rate);
  const angle = (Math.acos(-s1 / (2 * Math.sqrt(s2))) * STANDARD_RATE) / rate;
  const [a1, a2] = [-2 * radius * Math.cos(angle), radius * radius];
  const [still, fastest, between] = [0, rate / 2, MATCHED_HZ].map((hz) => power(standard, hz, STANDARD_RATE));
  const x = Math.sin((Math.PI * MATCHED_HZ) / rate) ** 2;
  const below = [(1 + a1 + a2) ** 2, (1 - a1 + a2) ** 2, -4 * a2];
  const above = [below[0] * still, below[1] * fastest];
  const shares = [1 - x, x, 4 * x * (1 - x)];
  const wanted = between * shares.reduce((sum, share, n) => sum + share * below[n], 0);
  const last = (wanted - above[0] * shares[0] - above[1] * shares[1]) / shares[2];
  const [low, high] = [Math.sqrt(above[0]), Math.sqrt(above[1])];
  const half = (low + high) / 2;
  const b0 = (half + Math.sqrt(half * half + last)) / 2;
  return Float64Array.from([b0, (low - high) / 2, -last / (4 * b0), a1, a2]);
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

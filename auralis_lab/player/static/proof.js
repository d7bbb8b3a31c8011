/**
 * The proof of what the audio thread took: the hash described in auralis_lab/stream/integrity.py.
 */

export const HASH_SEED = 0x811c9dc5;
const FACTOR = 0x01000193;

/**
 * Fold frames of a block into a hash; allocates nothing.
 * @param {number} hash of the frames before
 * @param {{words: Uint32Array, frames: number, rows: number}} block
 * @param {number} start first frame
 * @param {number} count
 */
export function prove(hash, { words, frames, rows }, start, count) {
  let h = hash;
  for (let i = start; i < start + count; i += 1) {
    for (let place = i; place < rows * frames; place += frames) {
      let k = Math.imul(words[place], 0xcc9e2d51);
      k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
      h = (Math.imul(h, FACTOR) + k) | 0;
    }
  }
  return h >>> 0;
}

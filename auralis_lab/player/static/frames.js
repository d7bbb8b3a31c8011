/**
 * The frames in which everything of ours is drawn: all of it in the same ones, and no more of them
 * than the eye needs. What is asked for in between waits, so the page's thread is free for sound.
 */

const FRAMES_PER_S = 30;
const EARLY_MS = 2; // asked so early, the frame that is due is met

/** One for the page, however many bundles bring this module along. */
const frames = (globalThis[Symbol.for("auralis.frames")] ??= { due: new Set(), last: 0, asked: false });

/** @param {(ms: number) => void} draw called once, in the next frame, however often it is asked for */
export function inNextFrame(draw) {
  frames.due.add(draw);
  if (frames.asked) return;
  frames.asked = true;
  const wait = frames.last + 1000 / FRAMES_PER_S - performance.now() - EARLY_MS;
  if (wait > 0) setTimeout(() => requestAnimationFrame(run), wait);
  else requestAnimationFrame(run);
}

/** @param {(ms: number) => void} draw no longer to be called */
export const notInNextFrame = (draw) => frames.due.delete(draw);

function run(now) {
  frames.last = performance.now(); // a frame may come later than it says
  frames.asked = false;
  const due = [...frames.due];
  frames.due.clear();
  for (const draw of due) {
    try {
      draw(now);
    } catch (error) {
      reportError(error); // one that fails leaves the others be
    }
  }
}

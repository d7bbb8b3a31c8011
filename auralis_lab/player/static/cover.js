/** Where a track has no picture: a colour and a letter of its own. */

/** A hue that stays the same for the same text. @param {string} text @returns {number} degrees */
export function hueOf(text) {
  let hash = 0;
  for (const sign of text) hash = (hash * 31 + sign.codePointAt(0)) % 3600;
  return Math.round(hash / 10);
}

/** @param {string} text @returns {string} its first letter, also of an emoji or a rare script */
export function initialOf(text) {
  return (Array.from(text.trim())[0] ?? "?").toLocaleUpperCase();
}

const READ_FOR_MS = 10000;

/** Give a picture's address back once whatever was told it has surely read it. */
export function forgetPicture(url) {
  if (url) setTimeout(() => URL.revokeObjectURL(url), READ_FOR_MS);
}

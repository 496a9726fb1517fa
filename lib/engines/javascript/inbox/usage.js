/** How much waits in the inbox, and how full that makes it. */

/** How full something is. It counts as full until it is half empty. */
const LOW = 0;
/** More than half full. */
const MEDIUM = 1;
const HIGH = 2;

/** @typedef {{ count: number, bytes: number }} Usage */

/** Whether the count or the bytes have reached the maximum. @param {Usage} usage @param {Usage} max */
function reaches(usage, max) {
  return usage.count >= max.count || usage.bytes >= max.bytes;
}

/**
 * Whether neither the count nor the bytes exceed the maximum divided by `divisor`.
 *
 * @param {Usage} usage
 * @param {Usage} max
 * @param {number} divisor
 */
function isWithin(usage, max, divisor) {
  return usage.count <= Math.floor(max.count / divisor) && usage.bytes <= Math.floor(max.bytes / divisor);
}

/** @param {Usage} usage @param {Usage} max */
function pressure(usage, max) {
  if (reaches(usage, max)) return HIGH;
  return isWithin(usage, max, 2) ? LOW : MEDIUM;
}

export { HIGH, isWithin, LOW, MEDIUM, pressure, reaches };

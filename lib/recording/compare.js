/** Whether two sessions have done the same, where one had other texts and numbers of users. */

/** Members whose values say what a session does. */
const EXACT = new Set(['kind', 'state', 'code', 'orderly', 'recovered', 'attempt', 'retryIn', 'subscriptionId']);
/** What is counted in bytes or is a time. */
const LOOSE = new Set(['bytesReceived', 'bytesSent', 'bytes', 'since', 'until', 'deadline', 'sentBefore']);
/** What an error says besides, for people. It is not in a recording. */
const FOR_PEOPLE = new Set(['cause', 'remediation']);
/** The start of a frame: its kind and its name. */
const FRAME_START = /^\d*(?:\/-,)?(?:[[{]"?(?:type":")?[\w:]*)?/;

/**
 * Whether the outcomes of a call mean the same.
 *
 * @param {any} a
 * @param {any} b
 * @param {string} [member]
 * @returns {boolean}
 */
function isAlike(a, b, member = '') {
  if (LOOSE.has(member)) return typeof a === typeof b;
  if (typeof a !== typeof b || (a === null) !== (b === null)) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, at) => isAlike(item, b[at]));
  if (typeof a === 'string')
    return member === 'frame' ? FRAME_START.exec(a)?.[0] === FRAME_START.exec(b)?.[0] : !EXACT.has(member) || a === b;
  if (typeof a !== 'object' || a === null) return member === 'result' || a === b;
  // What a server said is an object of any members.
  if (member === 'result' || a.bytes || a.zeros !== undefined) return true;
  const [names, others] = [a, b].map((object) =>
    Object.keys(object).filter((name) => object[name] !== undefined && !FOR_PEOPLE.has(name)),
  );
  return names.length === others.length && names.every((name) => isAlike(a[name], b[name], name));
}

export { isAlike };

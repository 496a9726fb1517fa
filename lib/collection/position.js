/**
 * Positions in the write-ahead log of Postgres, as its texts: `16/B374D848`, two hexadecimal
 * numbers. They do not compare as texts.
 */

/** @param {unknown} text @returns {bigint | undefined} */
function parsePosition(text) {
  const [, high, low] = (typeof text === 'string' && /^([\da-f]{1,8})\/([\da-f]{1,8})$/i.exec(text)) || [];
  return high === undefined ? undefined : (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export { parsePosition };

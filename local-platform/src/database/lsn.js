/**
 * Log sequence numbers: positions in the write-ahead log. As text they are as Postgres writes them,
 * `0/16B3748`, and do not compare; as bigints they do.
 */

/** @param {string} text with or without leading zeros @returns {bigint} */
export function parseLsn(text) {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** @param {bigint} lsn */
export const formatLsn = (lsn) => `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;

/** The same position, without the leading zeros that other programs write. @param {string} text */
export const normalizeLsn = (text) => formatLsn(parseLsn(text));

/** @param {bigint} number */
const hex = (number) => number.toString(16).toUpperCase();

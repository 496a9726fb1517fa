/** What a check of `realtime doctor` finds out. */

/**
 * @typedef {object} Finding
 * @property {'ok' | 'warning' | 'failed' | 'skipped'} outcome
 * @property {string} detail what was found
 * @property {string} [advice] what to do about it
 */

/** @param {string} detail @returns {Finding} */
export const ok = (detail) => ({ outcome: 'ok', detail });
/** @param {string} detail @param {string} advice @returns {Finding} */
export const warning = (detail, advice) => ({ outcome: 'warning', detail, advice });
/** @param {string} detail @param {string} advice @returns {Finding} */
export const failed = (detail, advice) => ({ outcome: 'failed', detail, advice });
/** @param {string} detail @returns {Finding} */
export const skipped = (detail) => ({ outcome: 'skipped', detail });

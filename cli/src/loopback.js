/** Whether an address is on this machine. */

const LOOPBACK = /^(?:(?:[a-z0-9_-]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** @param {string} url */
export const isLoopback = (url) => LOOPBACK.test(new URL(url).hostname);

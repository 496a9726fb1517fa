/** A link for each code, see `advice.d.ts`. */

const GUIDE = 'https://unpkg.com/@smarterservices/realtime/docs/errors/';
const RETRYABLE =
  /^((PROXY_ERROR|UPGRADE_REFUSED)(?!\/4(?!08|21|25|29))|NETWORK_ERROR|TIMEOUT|TLS_ERROR|TOKEN_PROVIDER_FAILED|RATE_LIMITED|CONNECT_REFUSED|RECONNECT_FAILED|PROTOCOL_ERROR|SUBSCRIBE_UNCONFIRMED|SERVER_ERROR|OUTBOX_FULL|EXPIRED|SLOW_CONSUMER|REPLAY_STORE_FULL)\//;

/**
 * By its form: the codes that an engine reports are those of the table, and whatever else it throws
 * has a number or nothing.
 *
 * @type {typeof import('./advice.js').isCode}
 */
export function isCode(code) {
  return /^[A-Z_]+$/.test(code);
}

/** @type {typeof import('./advice.js').isRetryable} */
export function isRetryable(code, status) {
  return RETRYABLE.test(`${code}/${status}`);
}

/** @type {typeof import('./advice.js').remedy} */
export function remedy(code) {
  return `See ${docs(code)}`;
}

/** @type {typeof import('./advice.js').docs} */
export function docs(code) {
  return `${GUIDE}${code}.md`;
}

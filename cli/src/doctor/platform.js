/** What answers at the address: the platform, its transports, the token, the clock. */

import { randomBytes } from 'node:crypto';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { printable } from '../output.js';
import { post } from '../requests.js';
import { loadSdk } from '../sdk.js';
import { failed, ok, skipped, warning } from './finding.js';
import { probe } from './probe.js';

/** @import { Connection } from '../configuration.js' */
/** @import { Finding } from './finding.js' */
/** @import { Answer } from './probe.js' */

const TIMEOUT = 10_000;
/** Clocks of machines differ by this much without harm, in ms. */
const FEW_MILLISECONDS = 5000;
/** Webhooks that are older than this are refused by default. */
const WEBHOOK_TOLERANCE = 300_000;
/** Tokens that end within this many ms deserve a warning. */
const SOON = 60_000;

/** @param {Connection} connection @param {string} path */
const at = ({ url }, path) => new URL(url + path);
/** @param {Connection} connection @returns {Record<string, string>} */
const authorization = ({ token }) => (token === undefined ? {} : { authorization: `Bearer ${token}` });

/**
 * @param {Connection} connection
 * @returns {Promise<Finding & { answer?: Answer }>} with the answer, which has the server's time
 */
export async function checkHealth(connection) {
  const answer = await probe(at(connection, '/health'), { timeout: TIMEOUT }).catch(messageOf);
  if (typeof answer === 'string') return failed(answer, 'The port is open, but no HTTP server answers there.');
  if (answer.status === 200 && /"status"\s*:\s*"ok"/.test(answer.body))
    return { ...ok('the platform is well'), answer };
  const { status } = answer;
  if (status >= 300 && status < 400) {
    const target = printable(answer.headers.location ?? 'nowhere');
    return { ...failed(`HTTP ${status} to ${target}`, 'Use the address that it redirects to in --url.'), answer };
  }
  const advice =
    status >= 500
      ? 'A proxy or the platform itself has a problem: look into its log.'
      : 'Something else than the platform answers. Check the path in --url: the platform may be below a prefix.';
  return { ...failed(`GET /health: HTTP ${status}`, advice), answer };
}

/** @param {Connection} connection @returns {Promise<Finding>} */
export async function checkUpgrade(connection) {
  const headers = {
    ...authorization(connection),
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  const url = at(connection, '/socket.io/?EIO=4&transport=websocket');
  const answer = await probe(url, { headers, timeout: TIMEOUT }).catch(messageOf);
  if (typeof answer === 'string') return failed(answer, 'A proxy may drop upgrades. The SDK falls back to polling.');
  if (answer.status === 101) return ok('WebSockets get through');
  if (answer.status === 401 || answer.status === 403) {
    return failed(`HTTP ${answer.status}`, 'The platform refuses the token: see the check of the token.');
  }
  return failed(
    `HTTP ${answer.status}`,
    'A proxy does not forward upgrades: let it pass the headers Upgrade and Connection. The SDK falls back to polling.',
  );
}

/** @param {Connection} connection @returns {Promise<Finding>} */
export async function checkPolling(connection) {
  const url = at(connection, '/socket.io/?EIO=4&transport=polling');
  const answer = await probe(url, { headers: authorization(connection), timeout: TIMEOUT }).catch(messageOf);
  if (typeof answer === 'string') return failed(answer, 'Long-polling needs answers that take up to 25 seconds.');
  if (answer.status === 200 && answer.body.startsWith('0{')) return ok('long-polling works');
  return failed(
    `HTTP ${answer.status}`,
    'No Socket.IO server answers below /socket.io/: let the proxy forward this path to the platform.',
  );
}

/** @param {Connection} connection @returns {Promise<Finding>} */
export async function checkToken(connection) {
  const { token } = connection;
  if (token === undefined) {
    return failed('there is none', 'Pass --token or set REALTIME_TOKEN. `realtime token mint` makes a token.');
  }
  const { decodeToken } = loadSdk();
  let claims;
  try {
    ({ claims } = decodeToken(token));
  } catch {
    return failed('it is not a JWT', 'A token has three parts between dots. Was it cut off, or is it an API key?');
  }
  const { sub = '(nobody)', permissions = [], exp } = claims;
  const left = exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000 - Date.now();
  const detail = printable(`${sub}, permissions ${permissions.join(', ') || '(none)'}`);
  if (left <= 0) return failed(`${detail}, expired ${spanOf(-left)} ago`, 'Make a new one: `realtime token mint`.');
  try {
    await post(connection, '/auth/verify', { token });
  } catch (error) {
    // A deployment may keep this route to itself.
    if (exitCodeOf(error) !== EXIT.refused) return warning(detail, `Not verified: ${messageOf(error)}.`);
    return failed(detail, `${messageOf(error)} Make a token for this platform: \`realtime token mint\`.`);
  }
  const end = left === Number.POSITIVE_INFINITY ? 'does not expire' : `expires in ${spanOf(left)}`;
  return left < SOON ? warning(`${detail}, ${end}`, 'Make a new one soon.') : ok(`${detail}, ${end}`);
}

/** @param {Answer | undefined} answer @returns {Finding} */
export function checkClock(answer) {
  const server = Date.parse(answer?.headers.date ?? '');
  if (answer === undefined || Number.isNaN(server)) return skipped('the server does not tell its time');
  // The header has whole seconds: half a second more is the best guess.
  const offset = server + 500 - (answer.sent + answer.received) / 2;
  const detail = `this machine is ${spanOf(Math.abs(offset))} ${offset > 0 ? 'behind' : 'ahead'}`;
  if (Math.abs(offset) <= FEW_MILLISECONDS) return ok('both clocks agree');
  const advice = 'Set the clock, or let NTP do it: tokens and webhooks are judged by time.';
  return Math.abs(offset) > WEBHOOK_TOLERANCE ? failed(detail, advice) : warning(detail, advice);
}

/** The whole way, as a program goes it. @param {Connection} connection @returns {Promise<Finding>} */
export async function checkSession(connection) {
  const { token } = connection;
  if (token === undefined) return skipped('it needs a token');
  const { RealtimeClient } = loadSdk();
  const client = new RealtimeClient({ ...connection, token, reconnection: false });
  client.on('error', () => {});
  try {
    await client.ready({ timeout: TIMEOUT });
    const { transport } = client.stats();
    const detail = `connected over ${transport} with the ${client.engine} engine`;
    return transport === 'polling' ? warning(detail, 'WebSockets do not get through: see the upgrade.') : ok(detail);
  } catch (error) {
    return failed(messageOf(error), 'See the first check that failed.');
  } finally {
    client.destroy();
  }
}

/** @param {unknown} error @returns {string} */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));
/** A span in the unit that people would use. @param {number} ms */
function spanOf(ms) {
  if (ms >= 2 * 86_400_000) return `${Math.round(ms / 86_400_000)} days`;
  return ms >= 2 * 3_600_000 ? `${Math.round(ms / 3_600_000)} hours` : `${Math.round(ms / 1000)} s`;
}

/**
 * Why the database cannot be used, with the setting or statement that mends it. By the codes of
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */

import { PlatformError } from '../error.js';
import { quoted } from './catalogue.js';

/** @import { Address } from './address.js' */

/** @typedef {Error & { code?: string, errors?: readonly Error[] }} DatabaseError */

/** The oldest version that sends logical messages with `pgoutput`. */
export const MIN_VERSION = 14;

/** Errors of the network, and what to look at. @type {Record<string, string>} */
const NETWORK = {
  ECONNREFUSED: 'Nothing listens there: start Postgres, or correct host and port.',
  ENOTFOUND: 'There is no such host: correct its name.',
  EAI_AGAIN: 'The name of the host cannot be looked up now.',
  ETIMEDOUT: 'It does not answer: check host, port and firewall.',
  EHOSTUNREACH: 'There is no route to the host.',
  ECONNRESET: 'It closed the connection.',
  ENOENT: 'There is no such socket file: start Postgres, or correct the path.',
};

/** @type {Record<string, (address: Address, message: string) => string>} */
const BY_CODE = {
  '28P01': () => 'Correct user and password in the URL.',
  28000: () => 'Correct the user in the URL, or let it in: see pg_hba.conf.',
  '3D000': ({ database }) => `Run: CREATE DATABASE ${quoted(database)};`,
  53300: () => 'Raise max_wal_senders or max_connections in postgresql.conf, and restart Postgres.',
  53400: () =>
    'Raise max_replication_slots in postgresql.conf and restart Postgres, or drop a slot that nobody uses: ' +
    'SELECT slot_name FROM pg_replication_slots WHERE NOT active; SELECT pg_drop_replication_slot(name);',
  55000: () => 'Set wal_level = logical in postgresql.conf, and restart Postgres.',
  42501: (address, message) => permissionFor(address, message),
  57000: () => 'Try again later.',
  '57P03': () => 'It is starting or stopping.',
};

/** @param {Address} address @param {string} message */
function permissionFor({ user, database }, message) {
  const role = quoted(user);
  if (/WAL sender|replication slot/i.test(message)) return `Run as a superuser: ALTER ROLE ${role} REPLICATION;`;
  if (/database/i.test(message)) return `Run as its owner: GRANT CREATE ON DATABASE ${quoted(database)} TO ${role};`;
  const table = /\b(?:table|relation) (\S+)/.exec(message)?.[1] ?? 'the table';
  if (/owner/i.test(message)) return `Publishing a table needs its owner. Run: ALTER TABLE ${table} OWNER TO ${role};`;
  if (/row-level security/i.test(message)) return `Run as a superuser: ALTER ROLE ${role} BYPASSRLS;`;
  return `Run as the owner: GRANT SELECT ON ${table} TO ${role};`;
}

/**
 * @param {unknown} error
 * @param {Address} address
 * @returns {string} never with the password
 */
export function explain(error, address) {
  if (error instanceof PlatformError) return error.message;
  const { code = '', message, errors } = /** @type {DatabaseError} */ (error);
  // Node tries several addresses of a name, and collects their errors.
  const said = message || errors?.map((each) => each.message).join(', ') || code;
  const advice = NETWORK[code] ?? BY_CODE[code]?.(address, said) ?? '';
  return `${address.label}: ${address.hide(said.replace(/\.$/, ''))}. ${advice}`.trim();
}

/** @param {string} level @param {number} version such as 150004 @throws {PlatformError} */
export function requireServer(level, version) {
  if (Math.floor(version / 10_000) < MIN_VERSION) {
    throw new PlatformError(
      'UnavailableError',
      `Postgres ${Math.floor(version / 10_000)} is too old: use ${MIN_VERSION} or newer.`,
    );
  }
  if (level !== 'logical') {
    throw new PlatformError(
      'UnavailableError',
      `wal_level is '${level}'. Run ALTER SYSTEM SET wal_level = logical; and restart Postgres.`,
    );
  }
}

/** A failure of the database as a refusal. @param {unknown} error @param {Address} address */
export const refusalOf = (error, address) =>
  error instanceof PlatformError ? error : new PlatformError('UnavailableError', explain(error, address));

/** `realtime token`: makes, reads and checks tokens. */

import { createHmac } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { readAuthenticatedConnection, readConnection, readSecret } from '../configuration.js';
import { CommandError, EXIT, usageError } from '../exit-codes.js';
import { parseCount } from '../input.js';
import { Output, printable } from '../output.js';
import { post } from '../requests.js';
import { loadSdk } from '../sdk.js';

/** @typedef {import('../configuration.js').ConnectionOptions & { json?: boolean, color?: boolean }} Options */
/** @typedef {{ sub: string, expiresIn: string, kid: string, issuer?: string }} Claims */

/** @param {Options & Claims & { permission?: string[], secret?: string }} options */
export async function mint(options) {
  const permissions = options.permission ?? ['client'];
  const secret = readSecret(options.secret, 'REALTIME_SECRET', options);
  const connection = readConnection(options);
  const minted =
    secret === undefined
      ? await post(connection, '/auth/token', {
          ...(connection.applicationId && { applicationId: connection.applicationId }),
          permissions,
        })
      : signToken(secret, claimsOf(options, permissions, connection.applicationId));
  // The token alone in a pipe too, for $(realtime token mint).
  const output = new Output({ ...options, json: options.json ?? false });
  output.line(minted, printable(minted.token));
  output.note(`It expires in ${Math.round((minted.expiresAt - Date.now()) / 1000)} s.`);
}

/** @param {Claims} options @param {string[]} permissions @param {string} [applicationId] */
function claimsOf({ sub, expiresIn, kid, issuer }, permissions, applicationId = 'local') {
  const iat = Math.floor(Date.now() / 1000);
  const exp = iat + parseCount(expiresIn, '--expires-in', 1);
  return { sub, aud: applicationId, ...(issuer && { iss: issuer }), iat, exp, kid, permissions };
}

/** @param {string} secret @param {{ exp: number, kid: string }} claims */
function signToken(secret, claims) {
  const encode = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT', kid: claims.kid })}.${encode(claims)}`;
  const signature = createHmac('sha256', secret).update(signed).digest('base64url');
  return { token: `${signed}.${signature}`, expiresAt: claims.exp * 1000 };
}

/** @param {string | undefined} given @param {Options} options */
export async function decode(given, options) {
  const token = await tokenOf(given, options);
  const { decodeToken, getTokenExpiresIn } = loadSdk();
  const { header, claims } = decodeToken(token);
  const output = new Output(options);
  output.value({ header, claims });
  if (claims.exp === undefined) output.note('It does not expire.');
  else {
    const seconds = Math.round(getTokenExpiresIn(token) / 1000);
    const expired = Math.round(Date.now() / 1000 - claims.exp);
    output.note(seconds > 0 ? `It expires in ${seconds} s.` : `It expired ${expired} s ago.`);
  }
}

/** @param {string | undefined} given @param {Options} options */
export async function check(given, options) {
  const token = await tokenOf(given, options);
  const output = new Output(options);
  const answer = await post({ ...readConnection(options), token }, '/auth/verify', { token });
  if (answer.valid === false) throw new CommandError(EXIT.refused, 'POST /auth/verify: the token is not valid.');
  output.line(answer, `${output.styled('green', 'accepted')}`);
}

/** @param {string | undefined} given @param {Options} options */
async function tokenOf(given, options) {
  if (given === undefined) return readAuthenticatedConnection(options).token;
  const token = (given === '-' ? await text(process.stdin) : given).trim();
  if (token === '') throw usageError('<token>: expected a token, got an empty text.');
  return token;
}

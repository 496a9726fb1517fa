/**
 * Issues and checks tokens. A JWT library checks them. Issuing takes a few lines of `node:crypto`,
 * which makes it synchronous, so that a test can call `platform.token()` without an `await`.
 */

import { createHmac } from 'node:crypto';
import { jwtVerify } from 'jose';
import { adviseName, kindOf, requireOptions } from '../arguments.js';
import { invalid, PlatformError } from '../error.js';
import { ISSUER, KEY_ID, ROLES, SCOPE_HEADERS } from '../vocabulary.js';
import { Identity } from './identity.js';

/** @import { IncomingMessage } from 'node:http' */
/** @import { JWTPayload } from 'jose' */
/** @import { TokenOptions } from '../../index.js' */
/** @import { PeerRequest } from '../json.js' */

const TOKEN_OPTIONS = ['sub', 'permissions', 'expiresIn', 'applicationId'];
/** @type {string[]} */
const WORDS = Object.values(ROLES).flatMap(({ words }) => words);

export class Tokens {
  #secret;
  #applicationId;

  /** @param {{ secret: string, applicationId: string }} options */
  constructor({ secret, applicationId }) {
    this.#secret = secret;
    this.#applicationId = applicationId;
  }

  /** @param {TokenOptions} [wanted] @returns {string} a JWT, HS256 */
  issue(wanted) {
    return this.#sign(this.#claims(requireOptions(wanted, TOKEN_OPTIONS, "{ permissions: ['service'] }")));
  }

  /**
   * Issues a token for this platform's application only, and reports when it expires.
   *
   * @param {{ readonly [member: string]: unknown }} request
   */
  grant({ applicationId = this.#applicationId, permissions }) {
    if (applicationId !== this.#applicationId) throw this.#otherApplication(applicationId);
    const claims = this.#claims({ permissions });
    return { token: this.#sign(claims), expiresAt: claims.exp * 1000 };
  }

  /**
   * @param {unknown} token
   * @returns {Promise<JWTPayload & { sub: string, exp: number }>} the claims. Their key ID may be
   *   in the header, in the claims, or in both.
   */
  async verify(token) {
    if (typeof token !== 'string' || token === '') throw unauthorized('No token was sent.');
    const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(this.#secret), {
      algorithms: ['HS256'],
      audience: this.#applicationId,
      requiredClaims: ['sub', 'exp'],
    }).catch((error) => {
      throw unauthorized(`Token refused: ${error.message}.`);
    });
    for (const kid of new Set([protectedHeader.kid ?? payload.kid, payload.kid ?? protectedHeader.kid])) {
      if (kid !== KEY_ID) throw unauthorized('Token refused: "kid" does not name a key of this platform.');
    }
    return /** @type {JWTPayload & { sub: string, exp: number }} */ (payload);
  }

  /**
   * @param {unknown} token
   * @param {PeerRequest} [scope] application and environment that the caller names
   */
  async identify(token, scope) {
    const { applicationId = this.#applicationId, environment } = scope ?? {};
    const { sub, permissions, exp } = await this.verify(token);
    if (environment !== undefined && typeof environment !== 'string') throw invalid('environment: expected a string.');
    if (applicationId !== this.#applicationId) throw this.#otherApplication(applicationId);
    return new Identity({
      sub,
      permissions,
      applicationId: this.#applicationId,
      environment,
      expiresAt: exp * 1000,
    });
  }

  /**
   * Identifies a caller by the headers of its request.
   *
   * @param {Pick<IncomingMessage, 'headers'>} request
   * @param {string} [token] the token of a request without `Authorization`
   */
  identifyRequest({ headers }, token) {
    const { authorization } = headers;
    const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    return this.identify(authorization === undefined ? token : bearer, {
      applicationId: headers[SCOPE_HEADERS.applicationId],
      environment: headers[SCOPE_HEADERS.environment],
    });
  }

  /** @param {{ [Name in keyof TokenOptions]: unknown }} wanted */
  #claims({ sub = 'local-user', permissions = ['client'], expiresIn = 3600, applicationId = this.#applicationId }) {
    if (typeof sub !== 'string' || sub === '') throw invalid('sub: expected a non-empty string.');
    if (typeof applicationId !== 'string' || applicationId === '')
      throw invalid('applicationId: expected a non-empty string.');
    if (!Array.isArray(permissions)) {
      throw invalid(`permissions: expected an array of ${WORDS.join(', ')}, got ${kindOf(permissions)}.`);
    }
    for (const word of permissions) {
      if (WORDS.includes(word)) continue;
      const advice = typeof word === 'string' ? adviseName(word, WORDS) : `Known: ${WORDS.join(', ')}.`;
      throw invalid(`permissions: ${typeof word === 'string' ? `'${word}'` : kindOf(word)} is unknown. ${advice}`);
    }
    if (typeof expiresIn !== 'number' || !Number.isFinite(expiresIn)) {
      throw invalid(`expiresIn: expected a number of seconds, got ${kindOf(expiresIn)}.`);
    }
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + Math.floor(expiresIn);
    return { sub, aud: applicationId, iss: ISSUER, iat, exp, kid: KEY_ID, permissions };
  }

  /** @param {object} claims */
  #sign(claims) {
    const signed = `${encode({ alg: 'HS256', typ: 'JWT', kid: KEY_ID })}.${encode(claims)}`;
    return `${signed}.${createHmac('sha256', this.#secret).update(signed).digest('base64url')}`;
  }

  /** @param {unknown} applicationId */
  #otherApplication(applicationId) {
    const named = typeof applicationId === 'string' ? `'${applicationId}'` : 'the one that was sent';
    return new PlatformError(
      'ForbiddenError',
      `This platform serves the application '${this.#applicationId}', not ${named}.`,
    );
  }
}

/** @param {object} value */
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** @param {string} message */
const unauthorized = (message) => new PlatformError('UnauthorizedError', message);

/**
 * Tokens and what their bearers may do. Checking is left to a JWT library; issuing is a few lines of `node:crypto`,
 * which makes it synchronous, so that a token can be had wherever a value can.
 */

import { createHmac } from 'node:crypto';
import { decodeJwt, jwtVerify } from 'jose';
import { invalid, PlatformError } from '../error.js';
import { ISSUER, KEY_ID, ROLES, SCOPE_HEADERS } from '../vocabulary.js';

const WORDS = Object.values(ROLES).flatMap(({ words }) => words);

export class Tokens {
  #secret;
  #applicationId;

  constructor({ secret, applicationId }) {
    this.#secret = secret;
    this.#applicationId = applicationId;
  }

  /**
   * @param {object} [wanted]
   * @param {number} [wanted.expiresIn] seconds; a negative number makes a token that has expired
   * @returns {string} a JWT, HS256
   */
  issue({ sub = 'local-user', permissions = ['client'], expiresIn = 3600, applicationId = this.#applicationId } = {}) {
    if (typeof sub !== 'string' || sub === '') throw invalid('sub: expected a non-empty string.');
    if (typeof applicationId !== 'string' || applicationId === '')
      throw invalid('applicationId: expected a non-empty string.');
    if (!Array.isArray(permissions) || !permissions.every((word) => WORDS.includes(word))) {
      throw invalid(`permissions: expected an array of ${WORDS.join(', ')}.`);
    }
    if (!Number.isFinite(expiresIn)) throw invalid('expiresIn: expected a number of seconds.');
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + Math.floor(expiresIn);
    const claims = { sub, aud: applicationId, iss: ISSUER, iat, exp, kid: KEY_ID, permissions };
    const signed = `${encode({ alg: 'HS256', typ: 'JWT', kid: KEY_ID })}.${encode(claims)}`;
    return `${signed}.${createHmac('sha256', this.#secret).update(signed).digest('base64url')}`;
  }

  /** `issue()`, for this platform's application only, with the moment of expiry. */
  grant({ applicationId = this.#applicationId, permissions }) {
    if (applicationId !== this.#applicationId) throw this.#foreign(applicationId);
    const token = this.issue({ permissions });
    return { token, expiresAt: decodeJwt(token).exp * 1000 };
  }

  /** @returns {Promise<object>} the claims; the key's id is taken from the header or the claims */
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
    return payload;
  }

  /**
   * @param {unknown} token
   * @param {{ applicationId?: string, environment?: string }} scope what the caller says it works in
   * @returns {Promise<Identity>}
   */
  async identify(token, { applicationId = this.#applicationId, environment } = {}) {
    const { sub, permissions, exp } = await this.verify(token);
    if (environment !== undefined && typeof environment !== 'string') throw invalid('environment: expected a string.');
    if (applicationId !== this.#applicationId) throw this.#foreign(applicationId);
    return new Identity({ sub, permissions, applicationId, environment, expiresAt: exp * 1000 });
  }

  /** `identify()` by the headers of a request. */
  identifyRequest({ headers }) {
    const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    return this.identify(token, {
      applicationId: headers[SCOPE_HEADERS.applicationId],
      environment: headers[SCOPE_HEADERS.environment],
    });
  }

  #foreign(applicationId) {
    return new PlatformError(
      'ForbiddenError',
      `This platform serves the application '${this.#applicationId}', not ${nameOf(applicationId)}.`,
    );
  }
}

/** Who is there, until when (ms), and what the permissions of the token allow. */
export class Identity {
  #actions;

  constructor({ sub, permissions, applicationId, environment, expiresAt }) {
    this.sub = sub;
    this.expiresAt = expiresAt;
    this.applicationId = applicationId;
    this.environment = environment;
    const granted = Array.isArray(permissions) ? permissions : [];
    const roles = Object.values(ROLES).filter(({ words }) => words.some((word) => granted.includes(word)));
    this.#actions = new Set(roles.flatMap(({ actions }) => actions));
  }

  /** @throws {PlatformError} ForbiddenError, when no permission allows the action */
  require(action) {
    if (!this.#actions.has(action)) {
      throw new PlatformError('ForbiddenError', `The token's permissions do not allow to ${action}.`);
    }
  }
}

const nameOf = (applicationId) => (typeof applicationId === 'string' ? `'${applicationId}'` : 'what was sent');
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const unauthorized = (message) => new PlatformError('UnauthorizedError', message);

import { PlatformError } from '../error.js';
import { ROLES } from '../vocabulary.js';

/** @typedef {(typeof ROLES)[keyof typeof ROLES]['actions'][number]} Action */

/** A caller, and what the permissions of its token allow. */
export class Identity {
  /** @type {Set<string>} */
  #actions;

  /**
   * @param {object} claims
   * @param {string} claims.sub
   * @param {unknown} claims.permissions
   * @param {string} claims.applicationId
   * @param {string} [claims.environment]
   * @param {number} claims.expiresAt Unix ms
   */
  constructor({ sub, permissions, applicationId, environment, expiresAt }) {
    this.sub = sub;
    this.expiresAt = expiresAt;
    this.applicationId = applicationId;
    this.environment = environment;
    const granted = Array.isArray(permissions) ? permissions : [];
    const roles = Object.values(ROLES).filter(({ words }) => words.some((word) => granted.includes(word)));
    this.#actions = new Set(roles.flatMap(({ actions }) => actions));
  }

  /**
   * @param {Action} action
   * @throws {PlatformError} `ForbiddenError` if no permission allows the action
   */
  require(action) {
    if (!this.#actions.has(action)) {
      throw new PlatformError('ForbiddenError', `The token's permissions do not allow to ${action}.`);
    }
  }
}

/**
 * Webhook signatures: HMAC-SHA256 over the bytes of the body and a timestamp. The counterpart of
 * `src/webhook/`, whose table shows the schemes.
 */

import { utf8 } from '#host';
import { hmac, prepareKey, sha256 } from '#sha256';
import { parseDelivery, receiveDelivery } from './webhooks/delivery.js';
import { digestsIn, FORMS } from './webhooks/signature.js';

/** @import { WebhookScheme } from '../../../index.js' */
/** @import { Key } from '#sha256' */
/** @import { Refusal, SignatureHeaders, SignedMembers, Verified, Verifier } from '../engine.js' */

const decoder = new TextDecoder();

/** Keys of one secret: the secret itself, and what Standard Webhooks makes of it. */
class Secret {
  #whole;
  #standard;

  /** @param {string} secret */
  constructor(secret) {
    const decoded = secret.startsWith('whsec_') ? fromBase64(secret.slice(6)) : undefined;
    this.#whole = prepareKey(utf8(secret));
    this.#standard = decoded === undefined ? this.#whole : prepareKey(decoded);
  }

  /** @param {WebhookScheme} scheme @param {readonly Uint8Array[]} pieces */
  sign(scheme, pieces) {
    const key = scheme === 'standard-webhooks' ? this.#standard : this.#whole;
    return hmac(key, pieces, FORMS[scheme].encoding);
  }
}

/** @implements {Verifier} */
class WebVerifier {
  #secrets;
  #toleranceMs;

  /** @param {string[]} secrets @param {number} toleranceMs */
  constructor(secrets, toleranceMs) {
    this.#secrets = secrets.map((secret) => new Secret(secret));
    this.#toleranceMs = toleranceMs;
  }

  /**
   * Checks the form first, then the time, then the signature.
   *
   * @param {Uint8Array} body
   * @param {SignatureHeaders} headers
   * @param {number} now
   * @param {boolean} identify
   * @returns {Verified | Refusal}
   */
  verify(body, headers, now, identify) {
    const delivery = receiveDelivery(body, headers);
    if (typeof delivery === 'string') return delivery;
    const { signedAt, pieces } = delivery;
    const { scheme, signature } = headers;
    const digests = digestsIn(signature, scheme);
    if (digests === undefined) return 'MalformedSignature';
    const age = now - signedAt;
    // A comparison with NaN is false, so a clock that is not a number accepts no delivery.
    if (!(Math.abs(age) <= this.#toleranceMs)) return age > 0 ? 'Expired' : 'InFuture';
    let matches = 0;
    // Every digest is compared with every secret, so that the time does not depend on which one
    // matches.
    for (const secret of this.#secrets) {
      const code = secret.sign(scheme, pieces);
      for (const digest of digests) matches += equals(code, digest);
    }
    if (matches === 0) return 'Mismatch';
    return { event: parse(body), signedAt, fingerprint: identify ? sha256(pieces) : undefined };
  }
}

/**
 * 1 if two texts of the same length are equal, else 0. The time does not depend on where they
 * differ.
 *
 * @param {string} one
 * @param {string} other
 */
function equals(one, other) {
  let difference = 0;
  for (let at = 0; at < one.length; at += 1) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0 ? 1 : 0;
}

/** @param {Uint8Array} body @returns {unknown} undefined where the body is not JSON */
function parse(body) {
  try {
    // The decoder skips a byte order mark, which is not part of the JSON (RFC 8259, 8.1).
    return JSON.parse(decoder.decode(body));
  } catch {
    // The parser's message shows a part of the body.
    return undefined;
  }
}

/**
 * Secrets are copied by hand, which often loses their padding. Undefined where the text is not
 * base64.
 *
 * @param {string} text
 */
function fromBase64(text) {
  const digits = text.replace(/=+$/, '');
  const whole = digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
  if (!/^[A-Za-z\d+/]*$/.test(digits) || digits.length % 4 === 1 || text.length > whole.length) return undefined;
  const decoded = atob(whole);
  // Bits that are left over must be zero.
  return btoa(decoded) === whole ? Uint8Array.from(decoded, (unit) => unit.charCodeAt(0)) : undefined;
}

/** @param {string[]} secrets newest first @param {number} toleranceMs @returns {Verifier} */
function createVerifier(secrets, toleranceMs) {
  return new WebVerifier(secrets, toleranceMs);
}

/** @param {string[]} secrets newest first @param {Uint8Array} body @param {SignedMembers} signed */
function signWebhook(secrets, body, { scheme, timestamp, id }) {
  const delivery = parseDelivery(body, { scheme, timestamp, id });
  if (typeof delivery === 'string') throw Object.assign(new Error(delivery), { code: 'INVALID_ARGUMENT' });
  const { prefix, joint } = FORMS[scheme];
  const signatures = secrets.map((secret) => prefix + new Secret(secret).sign(scheme, delivery.pieces));
  return (scheme === 't-v1' ? `t=${timestamp},` : '') + signatures.join(joint);
}

export { createVerifier, signWebhook };

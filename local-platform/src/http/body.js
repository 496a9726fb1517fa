import { invalid } from '../error.js';

/** The body of a request. @param {{ body?: unknown }} request @returns {Record<string, unknown>} */
export function bodyOf({ body }) {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw invalid('Expected a JSON object as the body, sent as application/json.');
  }
  return /** @type {Record<string, unknown>} */ (body);
}

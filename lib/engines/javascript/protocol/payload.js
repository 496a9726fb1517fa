/** The elements of an Engine.IO 4 long-polling body: packets, and binary messages in base64. */

import { DecodeError } from './decode-error.js';
import { badEngineIoType } from './engine-io.js';

/** Between two elements. */
const SEPARATOR = '\x1e';

/** @param {string} element @returns {string | Uint8Array} throws a {@link DecodeError} */
function decodeElement(element) {
  if (/^[0-6]/.test(element)) return element;
  if (element[0] !== 'b') throw badEngineIoType(element);
  try {
    return Uint8Array.from(atob(element.slice(1)), (character) => character.charCodeAt(0));
  } catch {
    throw new DecodeError('binary message that is not base64');
  }
}

/** @param {string | Uint8Array} frame */
function encodeElement(frame) {
  if (typeof frame === 'string') return frame;
  let text = '';
  for (const byte of frame) text += String.fromCharCode(byte);
  return `b${btoa(text)}`;
}

export { decodeElement, encodeElement, SEPARATOR };

/** What checks documents with schemas: a program without schemas never loads it. */

/** @import { Redaction } from '../redaction/redaction.js' */

/**
 * What the errors of documents that do not fit need of the client.
 *
 * @typedef {object} Misfits
 * @property {Redaction} redaction
 * @property {() => void} dropped counts the state of a watched document that does not fit
 */

export { showChanges } from './checked-changes.js';
export { checkDocument } from './checked-document.js';

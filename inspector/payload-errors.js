/** What does not fit a schema, as a list. */

import { html } from 'lit-html';

/** @import { PayloadError } from './registry.js' */

/** @param {readonly PayloadError[]} errors */
export const payloadErrors = (errors) =>
  html`<ul>${errors.map(({ path, message }) => html`<li><code>${path || 'the payload'}</code> ${message}</li>`)}</ul>`;

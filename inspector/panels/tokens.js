/**
 * Mints tokens that the platform accepts, or refuses: an expired one, or one without permissions.
 */

import { html, nothing } from 'lit-html';
import { call } from '../api.js';
import { copy } from '../code.js';
import { onSubmit, pretty } from '../form.js';

const WORDS = ['client', 'service', 'admin'];

let token = '';

/** @param {Record<string, string>} values @param {HTMLFormElement} form */
async function mint({ sub, expiresIn }, form) {
  const permissions = new FormData(form).getAll('permissions');
  ({ token } = await call('/_local/tokens', { body: { sub, permissions, expiresIn: Number(expiresIn) } }));
}

/** The claims of a token. @param {string} text */
function claimsOf(text) {
  const bytes = Uint8Array.from(atob(text.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
    letter.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
}

export const tokensPanel = () => html`
  <form class="stack" @submit=${onSubmit(mint)}>
    <label>Subject <input name="sub" value="developer" required></label>
    <fieldset><legend>Permissions</legend>${WORDS.map(
      (word) =>
        html`<label class="inline"><input type="checkbox" name="permissions" value=${word} ?checked=${word === 'client'}> ${word}</label>`,
    )}</fieldset>
    <label>Lifetime in seconds; negative: expired <input type="number" name="expiresIn" value="3600" required></label>
    <button class="main">Mint token</button>
  </form>
  ${
    token
      ? html`<div class="bar"><h3>Token</h3><button type="button" @click=${() => copy(token)}>Copy</button></div>
        <pre class="code" id="token" tabindex="0">${token}</pre><h3>Claims</h3><pre id="claims" tabindex="0">${pretty(claimsOf(token))}</pre>`
      : nothing
  }`;

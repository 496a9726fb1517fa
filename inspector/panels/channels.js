/** Channels, who is there, their messages, and a box to send one. */

import { html, nothing } from 'lit-html';
import { ownId, realtime } from '../api.js';
import { clock, onSubmit, parseJson } from '../form.js';
import { Reading } from '../reading.js';
import { notify, state } from '../state.js';

/** How many messages of the channel are shown. */
const MAX_MESSAGES = 50;
const CHANGES = ['joined', 'left', 'disconnected'];

let channel = '';

const channels = new Reading(() => realtime().socketClient.channels(), CHANGES);
const members = new Reading(async () => (channel === '' ? [] : realtime().socketClient.members(channel)), CHANGES);

/** @param {Record<string, string>} values */
async function send({ to, event, data }) {
  const value = parseJson(data, 'The data');
  const { socketClient } = realtime();
  if (to === '') await socketClient.broadcast(channel, event, value);
  else {
    // A direct message goes over a socket.
    if (ownId() === undefined) await realtime().connect();
    await socketClient.directMessage(to, event, value);
  }
  notify(to === '' ? `Sent to all members of ${channel}.` : `Sent to ${to}.`);
}

export function channelsPanel() {
  const known = channels.keep().value ?? [];
  const here = members.keep().value ?? [];
  const messages = state.records
    .filter(({ type, event }) => type === 'message' && event.topic === channel)
    .slice(-MAX_MESSAGES);
  return html`<div class="split even">
    <div>
      ${known.length === 0 ? html`<p class="empty">No channel has members. ${channels.error}</p>` : nothing}
      <ul class="choices" id="channels">${known.map(
        (/** @type {any} */ { name, memberCount }) =>
          html`<li><button type="button" aria-current=${name === channel} @click=${() => {
            channel = name;
            members.refresh();
          }}><b>${name}</b> <span class="muted">${memberCount} there</span></button></li>`,
      )}</ul>
    </div>
    ${
      channel === ''
        ? html`<p class="empty">Choose a channel.</p>`
        : html`<section aria-label="Channel">
      <h2>${channel}</h2>
      <ul id="members">${here.map((/** @type {any} */ { socketId, joinedAt }) => html`<li><code>${socketId}</code> since ${clock(joinedAt)}</li>`)}</ul>
      <form class="stack" id="message" @submit=${onSubmit(send)}>
        <div class="pair">
          <label>To <select name="to"><option value="">all members</option>${here.map(
            (/** @type {any} */ { socketId }) => html`<option value=${socketId}>${socketId}</option>`,
          )}</select></label>
          <label>Event <input name="event" required value="message"></label>
        </div>
        <label>Data, JSON <textarea name="data" rows="3" spellcheck="false">{ "text": "Hello" }</textarea></label>
        <button class="main">Send</button>
      </form>
      <h3>Messages</h3>
      <ul id="messages">${messages
        .map(
          ({ time, event }) =>
            html`<li>${clock(time)} <b>${event.type}</b> <code>${JSON.stringify(event.payload)}</code></li>`,
        )
        .reverse()}</ul>
    </section>`
    }
  </div>`;
}

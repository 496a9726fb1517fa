/** A button for every fault. */

import { html, nothing } from 'lit-html';
import { call } from '../api.js';
import { counted, onSubmit } from '../form.js';
import { notify } from '../state.js';

/** @type {{ name: string, about: string, fields?: Record<string, number>, said: (answer: any) => string }[]} */
const FAULTS = [
  {
    name: 'dropAll',
    about: 'Cuts every connection, without a goodbye.',
    said: ({ dropped }) => `${counted(dropped, 'client')} dropped.`,
  },
  {
    name: 'refuseUpgrades',
    about: 'Answers upgrades with this HTTP status.',
    fields: { status: 503 },
    said: () => 'Upgrades are refused.',
  },
  { name: 'acceptUpgrades', about: 'Ends refuseUpgrades.', said: () => 'Upgrades are accepted.' },
  {
    name: 'stopAnsweringPings',
    about: 'Sends nothing more to the clients that are connected now.',
    said: () => 'The present connections are silent.',
  },
  {
    name: 'delay',
    about: 'Delays events and messages; 0 ends it.',
    fields: { milliseconds: 500 },
    said: () => 'The delay is set.',
  },
  {
    name: 'repeat',
    about: 'Sends the last events again, with the same IDs.',
    fields: { count: 1 },
    said: ({ repeated }) => `${counted(repeated, 'event')} sent again.`,
  },
  {
    name: 'gap',
    about: 'Tells everybody that events of this time may be missing.',
    fields: { milliseconds: 1000 },
    said: () => 'The gap is reported.',
  },
  {
    name: 'goAway',
    about: 'Stops listening, and comes back after this time.',
    fields: { milliseconds: 2000 },
    said: ({ milliseconds }) => `The platform is away for ${milliseconds} ms.`,
  },
];

export const faultsPanel = () =>
  html`<div class="cards">${FAULTS.map(
    ({ name, about, fields, said }) => html`<form class="card" data-fault=${name} @submit=${onSubmit(async (values) => {
      const body = Object.fromEntries(Object.entries(values).map(([field, text]) => [field, Number(text)]));
      notify(said(await call(`/_local/faults/${name}`, { body })));
    })}>
    <h3>${name}</h3><p class="muted">${about}</p>
    <div class="bar">${
      fields
        ? Object.entries(fields).map(
            ([field, value]) =>
              html`<label>${field} <input type="number" name=${field} min="0" value=${value} required></label>`,
          )
        : nothing
    }<button class="main">${name}</button></div></form>`,
  )}</div>`;

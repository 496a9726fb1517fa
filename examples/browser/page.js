/** The page: a live list with a filter, a shared document, and who is here. */

import { RealtimeClient } from '/realtime/index.js';

const $ = (id) => document.getElementById(id);

const realtime = new RealtimeClient({
  url: document.querySelector('meta[name="realtime-url"]').content,
  // The page's own server knows its user, and issues the token.
  token: async () => (await fetch('token')).text(),
  reconnectionAttempts: Number.POSITIVE_INFINITY,
});

realtime.on('connection', ({ state, reason }) => {
  const { transport } = realtime.stats();
  $('connection').textContent = state === 'connected' ? `connected over ${transport}` : [state, reason].join(' ');
  $('connection').dataset.state = state;
});
realtime.on('error', ({ code, message }) => {
  $('connection').textContent = `${code}: ${message}`;
});

// The list: a snapshot from the page's server, then events.

/** By session ID. */
const rows = new Map();
let subscription;
let snapshot = 0;

function showSession({ sessionId, campus, status }) {
  let row = rows.get(sessionId);
  if (row === undefined) {
    row = $('sessions').insertRow();
    for (let cell = 0; cell < 3; cell += 1) row.insertCell();
    rows.set(sessionId, row);
  }
  for (const [index, text] of [sessionId, campus, status].entries()) row.cells[index].textContent = text;
  row.cells[2].dataset.status = status;
}

async function readSessions() {
  snapshot += 1;
  const own = snapshot;
  const sessions = await (await fetch('sessions')).json();
  if (own !== snapshot) return; // the filter has changed meanwhile
  const campus = $('campus').value;
  for (const session of sessions) if (campus === '' || session.campus === campus) showSession(session);
}

/** Subscribes to the sessions of a campus, or of all, and forgets those of the campus before. */
function follow() {
  if (subscription !== undefined) realtime.unsubscribe(subscription);
  for (const row of rows.values()) row.remove();
  rows.clear();
  const campus = $('campus').value;
  subscription = realtime.subscribe({ topic: 'session.status', ...(campus !== '' && { filter: { campus } }) });
  readSessions();
}

realtime.on('event:session.status', ({ payload }) => showSession(payload));
// Events may have been missed: after a lost connection, or while the page was in the cache.
realtime.on('gap', readSessions);
$('campus').addEventListener('change', follow);
follow();

// The note: a document that follows the server.

const note = realtime.sync.watch('notes', 'shared');
let saving;

note.on('change', ({ data, revision, isLocal }) => {
  $('note').disabled = false;
  $('revision').textContent = `Revision ${revision}. Open this page in a second tab and type.`;
  if (!isLocal && saving === undefined) $('note').value = data.text;
});

$('note').addEventListener('input', () => {
  saving ??= save();
});

/** Writes what is typed, one request at a time. */
async function save() {
  try {
    for (let text; text !== $('note').value; ) {
      text = $('note').value;
      await realtime.sync.merge('notes', 'shared', { text });
    }
  } catch ({ code, message }) {
    $('revision').textContent = `Not saved. ${code}: ${message}`;
  } finally {
    saving = undefined;
  }
}

// Presence: the members of a channel.

const { socketClient } = realtime;
socketClient.joinChannel('lobby');
socketClient.on('presence', showPeople);

function showPeople() {
  const people = [...socketClient.presence('lobby').values()].sort((left, right) => left.joinedAt - right.joinedAt);
  $('people').replaceChildren(
    ...people.map(({ socketId, joinedAt }) => {
      const item = document.createElement('li');
      const name = socketId === socketClient.id ? 'you' : socketId.slice(0, 6);
      item.textContent = `${name}, since ${new Date(joinedAt).toLocaleTimeString()}`;
      return item;
    }),
  );
}

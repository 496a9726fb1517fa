'use strict';
// Events of a size, as bytes, as an HTTP server hands them over.

const PROSE = 'The proctor looked at the recording and found nothing to report. ';
const SECRET_BYTES = Buffer.from('a secret of 24 bytes, ok');
const SECRET = `whsec_${SECRET_BYTES.toString('base64')}`;

/** The headers of a request that have nothing to do with its signature. */
const OTHER_HEADERS = {
  host: 'hooks.example.com',
  'user-agent': 'realtime-platform/1.0',
  'content-type': 'application/json',
  'content-length': '300',
  accept: '*/*',
  'accept-encoding': 'gzip, deflate, br',
  connection: 'keep-alive',
  'x-webhook-event': 'database.event',
};

/** Enough different members to exceed the fastest cache, in a body as large as a delivery. */
function deliveries(size) {
  const count = Math.max(2, Math.min(64, Math.floor(500_000 / size)));
  return Array.from({ length: count }, (_, index) => {
    const event = makeEvent(index, size);
    return { event, body: Buffer.from(JSON.stringify(event)) };
  });
}

/** A `session.status` event with an audit trail of small objects, filled up with prose. */
function makeEvent(index, size) {
  const event = {
    id: `evt_${String(index).padStart(12, '0')}`,
    topic: 'session.status',
    source: 'database',
    type: 'database.update',
    payload: {
      sessionId: `ses_${100_000 + index * 7919}`,
      campusId: 10 + index,
      status: index % 3 === 0 ? 'scheduled' : 'active',
      score: 0.11 + (index % 80) / 100,
      log: [],
      note: '',
    },
    metadata: { timestamp: 1767225600000, table: 'sessions', operation: 'update' },
  };
  let length = JSON.stringify(event).length;
  for (let entry = 0; ; entry += 1) {
    const item = { at: 1767225600000 + entry * 977, kind: 'answer', item: entry % 90, flagged: entry % 7 === 0 };
    length += JSON.stringify(item).length + 1;
    if (length > size) break;
    event.payload.log.push(item);
  }
  const room = size - JSON.stringify(event).length;
  event.payload.note = PROSE.repeat(Math.ceil(Math.max(0, room) / PROSE.length)).slice(0, Math.max(0, room));
  return event;
}

module.exports = { OTHER_HEADERS, SECRET, SECRET_BYTES, deliveries };

'use strict';

/**
 * A chat: Ada and Ben, who use one protocol each, talk in a channel and see each other join and
 * leave. Ada disconnects and sends a message meanwhile. She receives a direct message, and leaves.
 */

const { once } = require('node:events');
const { RealtimeClient } = require('../..');

const CHANNEL = 'staff-room';
const PROTOCOLS = { ada: 'socket.io', ben: 'ws' };
const TIMEOUT = 15_000; // ms

/** Returns whether the chat went as expected. */
async function chat(platform, log) {
  const [ada, ben] = Object.keys(PROTOCOLS).map((name) => join(platform, log, name));
  try {
    return await talk(log, ada, ben);
  } finally {
    ada.client.destroy();
    ben.client.destroy();
  }
}

/** A member of the chat, with everything that the member has seen. */
function join(platform, log, name) {
  const token = platform.token({ sub: name, permissions: ['service'] });
  const client = new RealtimeClient({ url: platform.url, token, protocol: PROTOCOLS[name], autoConnect: false });
  const { socketClient } = client;
  const other = Object.keys(PROTOCOLS).find((each) => each !== name);
  const seen = [];
  let progress = () => {};
  const note = (what, details) => {
    seen.push(`${what} ${details}`);
    log.row(name, what, details);
    progress();
  };

  client.on('error', ({ code, message }) => note('error', `${code}: ${message}`));
  socketClient.on('message', ({ event, data }) => note(event, data.text));
  socketClient.on('direct', ({ event, data }) => note(event, data.text));
  const own = new Set(); // the socket IDs of this member: each connection has its own
  socketClient.on('presence', ({ type, socketId }) => {
    if (socketId === socketClient.id) own.add(socketId);
    note(type === 'join' ? 'sees come' : 'sees go', own.has(socketId) ? name : other);
  });

  return {
    client,
    socketClient,
    seen,
    say: (text) => socketClient.publish(CHANNEL, 'hears', { text }),
    /** Resolves when the member has seen this many things. */
    has: async (count) => {
      const late = AbortSignal.timeout(TIMEOUT);
      const enough = new Promise((resolve) => {
        progress = () => seen.length >= count && resolve();
        progress();
      });
      await Promise.race([enough, once(late, 'abort').then(() => Promise.reject(late.reason))]);
    },
  };
}

async function talk(log, ada, ben) {
  for (const { client, socketClient, has } of [ada, ben]) {
    client.connect();
    await socketClient.joinChannel(CHANNEL);
    await has(1);
  }
  await Promise.all([ada.has(2), ben.has(2)]);
  await ada.say('Is the hall open?');
  await ben.say('From nine on.');
  await Promise.all([ada.has(3), ben.has(3)]);

  ada.client.disconnect();
  await ben.has(4);
  const kept = ada.say('Then I start at ten.'); // waits for the connection
  log.row('ada', 'writes', `without a connection: ${ada.client.stats().outboxMessages} message waits`);
  ada.client.connect();
  await kept;
  await Promise.all([ada.has(5), ben.has(6)]);

  const [target] = [...ben.socketClient.presence(CHANNEL).keys()].filter((id) => id !== ben.socketClient.id);
  await ben.socketClient.directMessage(target, 'hears in private', { text: 'Bring cake.' });
  await ada.has(6);
  await ada.socketClient.leaveChannel(CHANNEL);
  await ben.has(7);

  const found = { ada: ada.seen, ben: ben.seen };
  const rows = Object.entries(EXPECTED).flatMap(([name, news]) =>
    news.map((expected, index) => [name, expected, found[name][index]]),
  );
  rows.push(['members left', 1, ben.socketClient.presence(CHANNEL).size]);
  rows.push(['nothing else', EXPECTED.ada.length + EXPECTED.ben.length, ada.seen.length + ben.seen.length]);
  log.table(['chat', 'expected', 'found'], rows);
  const right = rows.every(([, expected, actual]) => expected === actual);
  log.verdict(right, right ? 'Every message arrived once, and presence is right.' : 'The chat is wrong.');
  return right;
}

const EXPECTED = {
  ada: [
    'sees come ada',
    'sees come ben',
    'hears From nine on.',
    'sees go ada', // her previous connection
    'sees come ada',
    'hears in private Bring cake.',
  ],
  ben: [
    'sees come ada',
    'sees come ben',
    'hears Is the hall open?',
    'sees go ada',
    'sees come ada',
    'hears Then I start at ten.',
    'sees go ada',
  ],
};

module.exports = { chat };

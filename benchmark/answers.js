'use strict';
// The peak memory of a process that requests 128 documents of 10 MB at once: with this package, its
// JavaScript engine, and `fetch`. Not part of the suite: `node benchmark/answers.js [client ...]`.
//
// The handler of each answer looks at it and lets go of it. What is left is what the client holds.

const { execFileSync, fork } = require('node:child_process');
const { once } = require('node:events');
const { measure } = require('./measure.js');

const ANSWERS = 128;
const LENGTH = 10_000_000;
const CLIENTS = ['realtime', 'realtime-javascript', 'fetch'];

const [task, ...words] = process.argv.slice(2);
if (task === '--serve') serve();
else if (task === '--client') request(words[0], words[1]);
else main(task === undefined ? CLIENTS : [task, ...words]);

async function main(clients) {
  const server = fork(__filename, ['--serve']);
  const [port] = await once(server, 'message');
  for (const client of clients) {
    const args = [__filename, '--client', client, `http://127.0.0.1:${port}`];
    const { megabytes, seconds } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    console.log(`${client}: ${megabytes} MB at the peak, ${seconds} s`);
  }
  server.disconnect();
}

function serve() {
  const document = {
    service: 's',
    id: 'd',
    revision: 1,
    data: { text: 'x'.repeat(LENGTH) },
    createdAt: 1,
    updatedAt: 1,
  };
  const body = Buffer.from(JSON.stringify(document));
  const answer = (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  const server = require('node:http').createServer(answer);
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('disconnect', () => process.exit());
}

async function request(name, url) {
  const end = measure();
  const client = open(name, url);
  const read = async () => {
    const { data } = await client.get();
    if (data.text.length !== LENGTH) throw new Error('another document');
  };
  await Promise.all(Array.from({ length: ANSWERS }, read));
  const { seconds, peakMegabytes } = end();
  client.close();
  console.log(JSON.stringify({ megabytes: Math.round(peakMegabytes), seconds: Number(seconds.toFixed(1)) }));
}

function open(name, url) {
  if (name === 'fetch') return { get: async () => (await fetch(`${url}/api/sync/s/documents/d`)).json(), close() {} };
  const { RealtimeClient } = require('..');
  const engine = name === 'realtime-javascript' ? 'javascript' : undefined;
  const client = new RealtimeClient({ url, token: 'benchmark', autoConnect: false, engine });
  return { get: () => client.sync.get('s', 'd', { timeout: 60_000 }), close: () => client.destroy() };
}

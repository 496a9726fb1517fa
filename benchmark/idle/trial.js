'use strict';
// Many connections of one process that nothing happens on: how soon all of them are there, and what
// each of them takes.

// `atOnce`: so many are opening at a time, by default all of them. A system turns away what exceeds
// its list of half-open connections, and measuring that says nothing about a client.

const { client: name, connections, settleMilliseconds, atOnce = connections, ...where } = JSON.parse(process.argv[2]);
const { open } = require(`../clients/${name}.js`);

const clients = [];

main();

async function main() {
  // The first one pays for the engine, the modules and their compilation.
  await connect(1);
  const before = await resident();
  const began = performance.now();
  await connect(connections);
  const connectMilliseconds = performance.now() - began;
  const residentKilobytes = ((await resident()) - before) / connections / 1024;
  process.stdout.write(JSON.stringify({ connected: clients.length - 1, connectMilliseconds, residentKilobytes }));
  for (const client of clients) client.close();
}

function connect(count) {
  return new Promise((resolve) => {
    let left = count;
    let unopened = count;
    const connected = () => {
      left -= 1;
      if (left === 0) resolve();
      else next();
    };
    const next = () => {
      if (unopened === 0) return;
      unopened -= 1;
      clients.push(open({ ...where, topics: [] }, { connected, event() {} }));
    };
    for (let each = Math.min(count, atOnce); each > 0; each -= 1) next();
  });
}

/** What a connection leaves behind at its start is to be given back first. */
async function resident() {
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, settleMilliseconds));
  globalThis.gc();
  return process.memoryUsage.rss();
}

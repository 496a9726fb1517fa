'use strict';
// Connections that receive events at a steady rate: the processor time from the first measured
// event to the last.

const { measure } = require('../measure.js');

const { client: name, connections, warmup, count, topic, ...where } = JSON.parse(process.argv[2]);
const { open } = require(`../clients/${name}.js`);

const clients = [];
let sum = 0;

main();

async function main() {
  const received = Array.from({ length: connections }, () => 0);
  let onEvent = () => {};
  const until = (total) =>
    new Promise((resolve) => {
      let left = connections;
      onEvent = (at) => {
        if (received[at] === total) left -= 1;
        if (left === 0) resolve();
      };
    });
  await new Promise((resolve) => {
    let left = connections;
    const connected = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (let at = 0; at < connections; at += 1) {
      const event = ({ payload }) => {
        sum += payload.campusId;
        received[at] += 1;
        onEvent(at);
      };
      clients.push(open({ ...where, topics: [] }, { connected, event }));
    }
  });
  const warm = until(warmup);
  for (const client of clients) client.subscribe(topic);
  await warm;
  const all = until(warmup + count);
  const end = measure();
  for (const client of clients) client.subscribe(topic);
  await all;
  const report = end();
  if (!(sum > 0)) throw new Error('the events had no payload');
  process.stdout.write(JSON.stringify(report));
  for (const client of clients) client.close();
}

'use strict';
// One receiver in a process of its own: on each `go` it takes a slice of deliveries and tells what
// one of them took.

const { deliveries } = require('./deliveries.js');

// Processor time of the whole process, the garbage collector's threads included: unlike time on the
// clock, it does not count what other programs take.
const SLICE_MICROSECONDS = 10_000;
const [name, task, size] = process.argv.slice(2);

const receiver = require(`./receivers/${name}.js`);
const take = receiver[task];
let calls = 1;

/** Signed again for each slice, since no receiver accepts an old timestamp. */
function slice() {
  const list = deliveries(Number(size)).map(({ body, event }) => ({ event, ...receiver.deliver(body) }));
  for (const delivery of list) check(take(delivery), delivery);
  let sum = 0;
  const began = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) sum += take(list[call % list.length]) ? 1 : 0;
  const { user, system } = process.cpuUsage(began);
  const microseconds = Math.max(1, user + system) / calls;
  if (sum !== calls) throw new Error(`${name} accepted ${sum} of ${calls} deliveries`);
  calls = Math.max(1, Math.round(SLICE_MICROSECONDS / microseconds));
  return microseconds;
}

/** What a receiver returns is the event, or with `verify` anything that is true. */
function check(result, { event }) {
  if (task === 'receive' ? result.id !== event.id || result.payload.campusId !== event.payload.campusId : !result)
    throw new Error(`${name} returned something else than the event`);
}

process.on('message', () => process.send({ microseconds: slice() }));
process.send('ready');

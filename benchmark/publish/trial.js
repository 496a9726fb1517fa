'use strict';
// Publishes messages, `concurrency` at a time: each of them waits for its acknowledgement and then
// sends the next. With a flood, the same is done before and while events come in.

const { measure } = require('../measure.js');

const { client: name, concurrency, count, isFlooded, topic, ...where } = JSON.parse(process.argv[2]);
const { open } = require(`../clients/${name}.js`);

const WARM_UP = 0.2;
let onEvent = () => {};

const client = open({ ...where, topics: [] }, { connected: () => main(), event });

function event({ payload }) {
  if (payload.campusId > 0) onEvent();
}

async function main() {
  await publish(Math.ceil(count * WARM_UP));
  const quiet = await publish(count);
  const report = isFlooded ? await flooded(quiet) : { ...quiet, growth: null };
  process.stdout.write(JSON.stringify(report));
  client.close();
}

async function flooded(quiet) {
  client.subscribe(topic);
  await nextEvent();
  await publish(Math.ceil(count * WARM_UP));
  const busy = await publish(count);
  // They came in until the end.
  await nextEvent();
  return { ...busy, growth: busy.p50 / quiet.p50 };
}

/** @returns {Promise<void>} */
function nextEvent() {
  return new Promise((resolve) => {
    onEvent = resolve;
  });
}

async function publish(total) {
  const latencies = new Float64Array(total);
  let next = 0;
  const worker = async () => {
    while (next < total) {
      const number = next++;
      const began = performance.now();
      const { id } = await client.publish({ number, kind: 'answer', note: 'The proctor looked at the recording.' });
      latencies[number] = performance.now() - began;
      if (!id.startsWith('msg_')) throw new Error(`another receipt: ${id}`);
    }
  };
  const end = measure();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const { seconds, mainThreadMicroseconds, processMicroseconds } = end();
  return {
    messagesPerSecond: total / seconds,
    mainThreadMicroseconds: mainThreadMicroseconds === null ? null : mainThreadMicroseconds / total,
    processMicroseconds: processMicroseconds / total,
    p50: latencies.sort()[total >> 1] * 1000,
  };
}

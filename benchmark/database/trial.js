'use strict';
// A reader in a process of its own: it is sent the number of rows to expect, and tells what they
// cost it and how old each was.

const [name, url, protocol] = process.argv.slice(2);
/** Ages that are kept: enough for a 99th percentile. */
const MAX_AGES = 100_000;

const reader = require(`./clients/${name}.js`);
/** @type {{ expected: number, count: number, ages: number[], done: () => void }} */
let pass = { expected: 0, count: 0, ages: [], done: () => {} };

/** @param {number} at when the row's statement was sent, Unix ms */
function onRow(at) {
  if (pass.ages.length < MAX_AGES) pass.ages.push(performance.timeOrigin + performance.now() - at);
  pass.count += 1;
  if (pass.count === pass.expected) pass.done();
}

const started = reader.start({ url, protocol, onRow });

process.on('message', async (expected) => {
  const { usage } = await started;
  const before = await usage();
  const { ages } = await new Promise((resolve) => {
    pass = { expected, count: 0, ages: [], done: () => resolve(pass) };
    process.send('go');
  });
  const after = await usage();
  ages.sort((a, b) => a - b);
  const quantile = (share) => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))];
  const cpu = after.cpu - before.cpu;
  process.send({ cpu, growth: after.memory - before.memory, p50: quantile(0.5), p99: quantile(0.99) });
});
process.on('disconnect', async () => {
  await (await started).close();
  process.exit();
});
started.then(() => process.send('ready'));

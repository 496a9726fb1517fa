'use strict';
// From the first line of a program, which requires the client, to its first event.

const began = process.hrtime.bigint();
const { client: name, topic, ...where } = JSON.parse(process.argv[2]);
const { open } = require(`../clients/${name}.js`);

const client = open({ ...where, topics: [topic] }, { event });

function event({ id }) {
  const milliseconds = Number(process.hrtime.bigint() - began) / 1e6;
  process.stdout.write(JSON.stringify({ received: 1, lastId: id, milliseconds }));
  client.close();
}

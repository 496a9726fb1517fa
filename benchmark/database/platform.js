'use strict';
// The local platform of a trial, in a process of its own.

const { startLocalPlatform } = require('@smarterservices/realtime-local');
const { usage } = require('./usage.js');

async function main([database]) {
  const mappings = [{ table: 'bench', topic: 'bench' }];
  const platform = await startLocalPlatform({ database, mappings });
  await platform.database.ready();
  process.on('message', async (what) => {
    if (what === 'subscribed') await platform.subscribed('bench', { timeout: Number.POSITIVE_INFINITY });
    process.send(usage());
  });
  process.on('disconnect', async () => {
    await platform.close();
    process.exit();
  });
  process.send({ url: platform.url, token: platform.token() });
}

main(process.argv.slice(2));

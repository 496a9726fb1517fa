/** A Mocha suite in an ES module. */

import assert from 'node:assert/strict';
import { startLocalPlatform } from '@smarterservices/realtime-local';

const { it } = globalThis;

it('starts a platform from an ES module', async () => {
  const platform = await startLocalPlatform();
  assert.equal((await fetch(`${platform.url}/health`)).status, 200);
  await platform.close();
});

/**
 * The local platform's tokens that run out: what their connections may do about it, and what
 * happens to the others.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';

for (const protocol of PROTOCOLS) {
  const renew = (client, token) => client.request('auth', { token, ...(protocol === 'ws' && { ackId: 1 }) });

  test(`${protocol}: a connection ends with its token`, async (t) => {
    const platform = await startPlatform(t);
    const client = await connect(protocol, platform, { token: platform.token({ expiresIn: 2 }) });
    assert.equal(await client.closed, protocol === 'ws' ? 4401 : 'transport close');
    await platform.until(({ connections }) => connections.length === 0);
  });

  test(`${protocol}: a new token prolongs it, and can shorten it`, async (t) => {
    const platform = await startPlatform(t);
    const client = await connect(protocol, platform, { token: platform.token({ expiresIn: 10 }) });
    const before = Date.now();
    const { ok, expiresAt } = await renew(client, platform.token({ expiresIn: 3600 }));
    assert.equal(ok, true);
    assert.ok(expiresAt > before + 3_590_000 && expiresAt % 1000 === 0, `${expiresAt}`);
    assert.equal((await renew(client, platform.token({ expiresIn: 2 }))).ok, true);
    await client.closed;
  });

  test(`${protocol}: a token that is not accepted changes nothing`, async (t) => {
    const platform = await startPlatform(t);
    const client = await connect(protocol, platform);
    const [{ sub }] = platform.connections;
    for (const [token, error] of [
      [undefined, 'UnauthorizedError'],
      ['x', 'UnauthorizedError'],
      [platform.token({ expiresIn: -1 }), 'UnauthorizedError'],
      [platform.token({ permissions: [] }), 'ForbiddenError'],
      [platform.token({ sub: 'somebody-else' }), 'ForbiddenError'],
    ]) {
      const answer = await renew(client, token);
      assert.equal(answer.error, error);
      if (token) assert.ok(!answer.message.includes(token));
    }
    assert.deepEqual(
      platform.connections.map((connection) => connection.sub),
      [sub],
    );
    client.close();
    await client.closed;
  });
}

/**
 * A client that has something to do for a moment only, again and again: none of it is left undone.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { start } from '../support/program.js';

test('what is begun while the client comes to an end comes to its end too', async (t) => {
  const program = (RealtimeClient) => {
    const client = new RealtimeClient({ url: 'http://127.0.0.1:1', token: 't', autoConnect: false });
    let rounds = 0;
    const round = async () => {
      rounds += 1;
      if (rounds > 20_000) return console.log('done');
      if (rounds % 3 === 0) {
        client.connect();
        client.disconnect();
      }
      // Without a connection it is over in a moment.
      await Promise.all(Array.from({ length: 1 + (rounds % 5) }, () => client.socketClient.leaveChannel('a')));
      if (rounds % 2 === 0) round();
      else setImmediate(round);
    };
    round();
  };
  const { code, stdout } = await start(t, program, []).ended;
  assert.deepEqual({ code, stdout }, { code: 0, stdout: ['done'] });
});

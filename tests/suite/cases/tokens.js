/** Tokens: refused, fetched by a function, renewed; and the functions that read them. */

import { equal, errorOf, ok } from '../kit/expect.js';
import { connected } from '../kit/kit.js';

export const tokens = [
  {
    name: 'a refused token ends the client and stays secret',
    async body(kit) {
      const platform = await kit.platform();
      for (const [options, code] of [
        [{ applicationId: 'another' }, 'AUTH_FAILED'],
        [{ expiresIn: -60 }, 'TOKEN_EXPIRED'],
      ]) {
        const token = await platform.call('token', options);
        const { log } = kit.observed(platform, { token });
        const error = await log.seen('error');
        equal(error.code, code);
        ok(!`${error.stack} ${JSON.stringify(error)}`.includes(token), 'the error has no token');
        await log.seen('connection', ({ state }) => state === 'disconnected');
      }
    },
  },
  {
    name: 'a function is asked for a token, and again when the server refuses it',
    async body(kit) {
      const platform = await kit.platform();
      const old = await platform.call('token', { sub: 'old', applicationId: 'another' });
      const reasons = [];
      const token = async (reason) => {
        reasons.push(reason);
        return reasons.length === 1 ? old : platform.token;
      };
      const { log } = kit.observed(platform, { token });
      await connected(log);
      equal(reasons, ['connect', 'refused']);
    },
  },
  {
    name: 'a token is renewed before it expires, without a new connection',
    async body(kit) {
      const platform = await kit.platform();
      const short = await platform.call('token', { sub: 'page', expiresIn: 4 });
      const long = await platform.call('token', { sub: 'page', expiresIn: 3600 });
      const reasons = [];
      let renewed;
      const renewal = new Promise((resolve) => {
        renewed = resolve;
      });
      const token = (reason) => {
        reasons.push(reason);
        if (reasons.length === 1) return short;
        renewed();
        return long;
      };
      const { client, log } = kit.observed(platform, { token });
      client.subscribe({ topic: 'late' });
      await renewal;
      // The first token is over, and with it a connection that had no other.
      await new Promise((resolve) => setTimeout(resolve, kit.realtime.getTokenExpiresIn(short) + 300));
      await platform.call('publish', { topic: 'late' });
      await log.seen('event');
      equal(reasons, ['connect', 'expiring']);
      equal(client.stats().reconnects, 0, 'reconnects');
    },
  },
  {
    name: 'token helpers read a token',
    async body(kit) {
      const platform = await kit.platform();
      const { decodeToken, getTokenExpiresIn, isTokenExpired, shouldRefreshToken } = kit.realtime;
      const token = await platform.call('token', { sub: 'Zoë', expiresIn: 100 });
      equal(decodeToken(token).claims.sub, 'Zoë');
      ok(getTokenExpiresIn(token) > 90_000, 'the token expires in more than 90 s');
      equal(
        [isTokenExpired(token), shouldRefreshToken(token), shouldRefreshToken(token, 200_000)],
        [false, false, true],
      );
      equal((await errorOf(() => decodeToken('no.token'))).code, 'INVALID_TOKEN');
    },
  },
];

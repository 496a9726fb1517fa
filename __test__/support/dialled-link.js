/** A link of the JavaScript engine without its session: a test sends and receives its frames. */

import { createEndpoint } from '../../lib/engines/javascript/transport/endpoint.js';

const loadPolling = () => import('../../lib/engines/javascript/transport/polling.js');
const DEFAULTS = { protocol: 'socket.io', transports: ['websocket', 'polling'], maxMessageBytes: 1 << 20 };

/**
 * @param {import('node:test').TestContext} t
 * @param {object} config the endpoint's, or an endpoint
 * @param {string} [token]
 */
function dial(t, config, token = 'the.token') {
  const endpoint = 'dial' in config ? config : makeEndpoint(config);
  const checks = new Set();
  const dialled = { link: undefined, loss: undefined, frames: [], progress: 0, opened: 0 };
  const change = (update) => {
    update();
    for (const check of checks) check();
  };
  const cancel = endpoint.dial(token, {
    onOpen: (link) => change(() => Object.assign(dialled, { link, opened: dialled.opened + 1 })),
    onMessage: (frame) => change(() => dialled.frames.push(frame)),
    onProgress: () => change(() => dialled.progress++),
    onLost: (loss) => change(() => Object.assign(dialled, { loss })),
  });
  t.after(() => {
    cancel();
    dialled.link?.drop();
  });
  /** Resolves to the first value of `find` that is not undefined or false. */
  const until = (find) =>
    new Promise((resolve) => {
      const check = () => {
        const found = find(dialled);
        if (found === undefined || found === false) return;
        checks.delete(check);
        resolve(found);
      };
      checks.add(check);
      check();
    });
  return Object.assign(dialled, {
    cancel,
    until,
    lost: () => until(({ loss }) => loss),
    frame: (matches) => until(({ frames }) => frames.find((frame) => matches(frame))),
    /** Joins the namespace of a Socket.IO server. */
    async join(auth = '{}') {
      await until(({ frames }) => frames.length > 0);
      dialled.link.send(`40${auth}`);
      await until(({ frames }) => frames.find((frame) => `${frame}`.startsWith('40')));
      return dialled.link;
    },
  });
}

/** @param {object} config @param {boolean} [hasPolling] */
function makeEndpoint(config, hasPolling = true) {
  return createEndpoint({ ...DEFAULTS, ...config }, hasPolling ? loadPolling : undefined);
}

export { dial, makeEndpoint };

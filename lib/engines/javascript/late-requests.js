/**
 * The requests of a page: what sends them is loaded with the first one, so a page that only
 * subscribes never loads it.
 */

import { cancel, later, now } from '#host';

/** @import { CancelReason, EngineConfig, Outcome, PendingRequest, Requests } from '../engine.js' */

/** @param {EngineConfig} config @returns {Requests} */
function createRequests(config) {
  /** Once it is loaded. @type {Requests | undefined} */
  let requests;
  /** @type {Promise<Requests> | undefined} */
  let loading;

  function load() {
    loading ??= import('./requests.js').then((module) => {
      requests = module.createRequests(config);
      return requests;
    });
    return loading;
  }

  return {
    send(request) {
      if (requests) return requests.send(request);
      const { method, path, timeout } = request;
      const began = now();
      /** Until the request is sent or over. @type {import('#host').Timer | undefined} */
      let timer;
      /** @type {PendingRequest | undefined} */
      let sent;
      /** @type {(outcome: Outcome | CancelReason | Promise<Outcome | CancelReason>) => void} */
      let settle = () => {};
      /** @type {PendingRequest['outcome']} */
      const outcome = new Promise((resolve) => {
        settle = resolve;
      });
      /** @param {Parameters<typeof settle>[0]} result */
      const end = (result) => {
        cancel(timer);
        timer = undefined;
        settle(result);
      };
      /** @param {string} code @param {string} problem */
      const fail = (code, problem) => {
        const message = `${method} ${path.split('?')[0]}: ${problem}`;
        end({ status: null, body: null, failure: { code, message } });
      };
      timer = later(() => fail('TIMEOUT', `no answer within ${timeout} ms`), timeout);
      load().then(
        (loaded) => {
          if (timer === undefined) return;
          sent = loaded.send({ ...request, timeout: Math.max(timeout - (now() - began), 1) });
          end(sent.outcome);
        },
        (cause) => {
          // The next request tries again.
          loading = undefined;
          fail('NETWORK_ERROR', `${cause}`);
        },
      );
      return {
        outcome,
        cancel(reason) {
          if (sent) sent.cancel(reason);
          else end(reason);
        },
      };
    },

    close() {
      requests?.close();
    },
  };
}

export { createRequests };

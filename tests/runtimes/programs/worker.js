/** Runs the suite in workerd. The body of the request is the runtime, as JSON. */

import * as realtime from '@smarterservices/realtime';

import { runSuite } from '../../suite/kit/run.js';

export default {
  async fetch(request) {
    await runSuite(realtime, await request.json());
    return new Response('over');
  },
};

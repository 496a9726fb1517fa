/** jest's global set-up: runs outside the realm of the tests, which get an address and tokens. */

import { startLocalPlatform } from '@smarterservices/realtime-local';
import event from './event.js';

export default async function setUp() {
  const platform = await startLocalPlatform();
  globalThis.platform = platform;
  process.env.REALTIME_URL = platform.url;
  process.env.REALTIME_TOKEN = platform.token();
  process.env.REALTIME_REFUSED_TOKEN = platform.token({ permissions: [] });
  platform.subscribed(event.topic, { timeout: Number.POSITIVE_INFINITY }).then(
    () => platform.publish(event),
    () => {}, // closed before anybody subscribed: the test has failed by then
  );
}

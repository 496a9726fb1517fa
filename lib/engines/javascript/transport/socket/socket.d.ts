/** What `#websocket` in `lib/package.json` names: the WebSockets of the runtime. */

import type { SocketModule } from '../transport.js';

export const carriesHeaders: SocketModule['carriesHeaders'];
export const closeWords: SocketModule['closeWords'];
export const failed: SocketModule['failed'];
export const openSocket: SocketModule['openSocket'];

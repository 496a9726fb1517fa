// With the WebSocket in a worker.

import { openClient } from './core.mjs';

globalThis.openClient = openClient({ worker: true });

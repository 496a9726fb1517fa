/**
 * What the package must do in every runtime. A case is `{ name, body(kit), skip?(runtime) }`, where
 * `skip` returns the reason why the case does not apply there.
 */

import { connection } from './connection.js';
import { documents } from './documents.js';
import { events } from './events.js';
import { logs } from './logs.js';
import { messages } from './messages.js';
import { plainWebSocket } from './plain-web-socket.js';
import { polling } from './polling.js';
import { schemas } from './schemas.js';
import { stats } from './stats.js';
import { tokens } from './tokens.js';
import { tracing } from './tracing.js';
import { waiting } from './waiting.js';
import { webhooks } from './webhooks.js';
import { worker } from './worker.js';

export const cases = [
  ...connection,
  ...events,
  ...logs,
  ...tokens,
  ...waiting,
  ...documents,
  ...messages,
  ...polling,
  ...schemas,
  ...plainWebSocket,
  ...webhooks,
  ...stats,
  ...tracing,
  // Last: a page without workers stays so.
  ...worker,
];

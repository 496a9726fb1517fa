'use strict';

/** The entry of the package. Its types and their documentation are in `index.d.ts`. */

const { RealtimeClient } = require('./lib/client.js');
const { RealtimeError } = require('./lib/errors.js');
const { SocketClient } = require('./lib/socket/client.js');
const { SyncClient } = require('./lib/sync/client.js');
const { LiveDocument } = require('./lib/sync/live-document.js');

/** @type {Pick<typeof import('./index.d.ts'), 'LiveDocument' | 'RealtimeClient' | 'RealtimeError' | 'SocketClient' | 'SyncClient'>} */
module.exports = { LiveDocument, RealtimeClient, RealtimeError, SocketClient, SyncClient };

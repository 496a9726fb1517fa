'use strict';

/** The documents of the platform, `client.sync`. It has no methods yet. */
class SyncClient {}

exports.SyncClient = SyncClient;

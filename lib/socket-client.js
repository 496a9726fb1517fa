'use strict';

/** Channels and direct messages, `client.socketClient`. It has no methods yet. */
class SocketClient {}

exports.SocketClient = SocketClient;

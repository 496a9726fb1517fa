/** Muted sockets: nothing reaches the peer any more, as if this server were frozen. */

/** @import { Duplex } from 'node:stream' */

/** @type {WeakSet<Duplex>} */
const muted = new WeakSet();

/** @param {Duplex} socket */
export const isMuted = (socket) => muted.has(socket);

/** Discards everything that is written from now on, including the FIN. @param {Duplex} socket */
export function mute(socket) {
  muted.add(socket);
  socket._write = (_chunk, _encoding, done) => done();
  socket._writev = (_chunks, done) => done();
  socket._final = (done) => done();
}

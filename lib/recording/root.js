/**
 * Brings a new session to where a recording begins, by ordinary calls, after the ring has dropped
 * the beginning. `src/session/recorder/root.rs` says what is known of that place.
 *
 * Exact are the subscriptions and channels, the listeners, the token, and all numbers. Unknown are
 * the events that came before (one of them may be repeated), how often the client had tried to
 * connect, what the server had not answered yet, and the ids that it gave.
 */

import { Player } from './player.js';

/** @import { Mask } from './mask.js' */

/** The frames of requests that a server answers: their number is in the answer. */
const REQUEST = /^42(\d+)\[|"ackId":(\d+)\}$/;

/**
 * The lines before the first recorded one. The first line is a root.
 *
 * @param {any} config
 * @param {any} root
 * @param {Mask} mask
 * @returns {any[]}
 */
function prologue(config, root, mask) {
  const { at, subscriptions, lastSubscription, channels, listens, listensToMessages, token, phase, head } = root;
  const began = head[0]?.args[0] ?? at;
  /** @type {any[]} */
  const lines = [{ root: { at: Math.min(began, at) } }];
  const player = new Player(config, lines[0].root);
  const add = (/** @type {any} */ line) => {
    lines.push(line);
    return line.root ? player.continueAt(line.root) : player.play(line).returns;
  };
  const call = (/** @type {string} */ name, /** @type {any[]} */ ...args) => add({ call: name, args });
  const drain = () => {
    while (player.session.outputs.length > 0) call('pollOutput');
  };
  for (const topic of listens) call('listen', topic, true);
  if (listensToMessages) call('listenToMessages', true);
  for (const { number, topic, filter, returnMode } of subscriptions) {
    add({ root: { lastSubscription: number - 1 } });
    call('subscribe', ...mask.args('subscribe', [began, topic, filter, returnMode]));
  }
  add({ root: { lastSubscription } });
  for (const channel of channels) call('joinChannel', began, channel);
  if (token && config.token === undefined) call('provideToken', began, mask.token(token));
  if (phase !== 'idle') call('connect', began);
  drain();
  if (phase === 'open') {
    for (const { call: name, args, draws } of head) add({ call: name, args: mask.args(name, args), draws });
    drain();
    answerAll(player, call, at, config.protocol);
    drain();
  } else if (phase === 'waiting') {
    call('handleDisconnect', at, 'the recording begins');
    drain();
  }
  // The session counts what the prologue did, too.
  const { calls, nextAckId, counters } = root;
  lines.push({ root: { calls, nextAckId, counters } });
  return lines;
}

/**
 * Sends what the session wants to send, and answers its requests.
 *
 * @param {Player} player
 * @param {(name: string, ...args: any[]) => any} call
 * @param {number} at
 * @param {string} protocol
 */
function answerAll({ session }, call, at, protocol) {
  while ((session.link?.frames.length ?? 0) > 0 || session.link?.owesAnswer) {
    const frame = call('pollFrame', at);
    const [, ack, ackId] = REQUEST.exec(String(frame)) ?? [];
    const id = ack ?? ackId;
    if (id === undefined) continue;
    call('receive', at, protocol === 'ws' ? `{"type":"ack","ackId":${id}}` : `43${id}[{}]`);
  }
}

export { prologue };

/** `realtime channel`: messages and presence. */

import { openForRequests, openOnce, openReported } from '../client.js';
import { parseCount, readJson } from '../input.js';
import { watchInterruption } from '../interruption.js';
import { counted, inline, Output, printable, timeOf } from '../output.js';

/** @typedef {import('../configuration.js').ConnectionOptions & { json?: boolean, color?: boolean }} Options */

/** @param {string} channel @param {Options & { count?: string }} options */
export async function join(channel, options) {
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : parseCount(options.count, '--count', 1);
  const output = new Output(options);
  const interruption = watchInterruption();
  const { client, failed } = await openReported(options, output);
  let received = 0;
  const complete = new Promise((resolve) => {
    client.socketClient.on(`message:${channel}`, (/** @type {any} */ message) => {
      if (received >= count) return;
      received += 1;
      const { event, data, from, timestamp } = message;
      const sender = output.dim(from === undefined ? 'the server' : printable(from));
      output.line(
        { kind: 'message', ...message },
        `${output.dim(timeOf(timestamp))} ${output.styled('cyan', printable(event))} ${inline(data)} ${sender}`,
      );
      if (received === count) resolve(undefined);
    });
  });
  client.socketClient.on('presence', (presence) => {
    const verb = presence.type === 'join' ? 'joined' : 'left';
    output.line(
      { kind: 'presence', ...presence },
      `${output.dim(timeOf())} ${output.dim(`* ${printable(presence.socketId)} ${verb}`)}`,
    );
  });
  client.connect();
  // Joined again after each reconnection. A refusal also fails the command.
  const joined = client.socketClient.joinChannel(channel).then(({ memberCount }) => {
    const members = memberCount === undefined ? '' : `, ${counted(memberCount, 'member')}`;
    const text = `${output.dim(timeOf())} ${output.styled('green', `* joined ${printable(channel)}${members}`)}`;
    output.line({ kind: 'joined', at: Date.now(), channel, memberCount }, text);
    return complete;
  });
  try {
    await Promise.race([joined, interruption.interrupted, failed]);
  } finally {
    const { gaps, reconnects } = client.stats();
    // The join may be pending: its rejection is no news then.
    joined.catch(() => {});
    client.destroy();
    output.line(
      { kind: 'summary', received, gaps, reconnects },
      output.styled(
        'bold',
        `${counted(received, 'message')}, ${counted(gaps, 'gap')}, ${counted(reconnects, 'reconnect')}`,
      ),
    );
    interruption.release();
  }
}

/**
 * @param {string} channel @param {string} event @param {string} source
 * @param {Options & { broadcast?: boolean }} options
 */
export async function send(channel, event, source, options) {
  const data = await readJson(source, '<json>');
  const output = new Output(options);
  const client = await (options.broadcast ? openForRequests(options) : openOnce(options));
  try {
    if (!options.broadcast) await client.ready();
    const { socketClient } = client;
    const receipt = await (options.broadcast
      ? socketClient.broadcast(channel, event, data)
      : socketClient.publish(channel, event, data));
    output.line(receipt, `${output.styled('green', 'sent')} ${printable(receipt.id)}`);
  } finally {
    client.destroy();
  }
}

/** @param {string} channel @param {Options} options */
export async function members(channel, options) {
  const output = new Output(options);
  const client = await openForRequests(options);
  try {
    const list = await client.socketClient.members(channel);
    for (const member of list) {
      output.line(member, `${printable(member.socketId)} ${output.dim(`since ${timeOf(member.joinedAt)}`)}`);
    }
    output.note(counted(list.length, 'member'));
  } finally {
    client.destroy();
  }
}

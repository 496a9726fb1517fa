'use strict';
// A case in which each client takes a warm-up stream and a measured stream of events from the load
// source.

const source = require('./source.js');
const { runClient, takeTurns } = require('./rounds.js');

const ID_DIGITS = 12;

/**
 * @param {string} file what a client's process runs: a file that calls `streamTrial`
 * @param {{ plan: object, protocol?: string, cores?: object, node?: string[], headroom?: object, compression?: boolean }} what
 *   `plan` are options of the load source, `headroom` those of its measurement without a client, where there is one
 * @param {(report: object, sent: object) => object} figures of one trial, from the reports of the client and of the source
 */
async function compareStreams(file, what, figures, run) {
  const { plan, protocol = 'socket.io', cores, node, headroom, compression } = what;
  const program = run.program('load-source');
  const running = await source.start(program, plan, cores?.source);
  const { listened = 100, warmup, count } = plan;
  const observed = { warmup: (warmup * listened) / 100, count: (count * listened) / 100 };
  const { topic, otherTopic, ca } = running.hello;
  const where = { url: running.url, ca: ca ?? undefined, protocol, compression };
  const task = { ...observed, ...where, topic, otherTopic, listened };
  const trial = async (client) => {
    const report = await runClient(file, { ...task, client }, { node, core: cores?.client });
    check(client, report, observed.warmup + observed.count, warmup + count - 1);
    await running.report();
    const sent = await running.report();
    return { checksum: report.checksum, ...figures(report, sent), sourceBusy: sent.busy };
  };
  try {
    // The official client has no plain WebSocket, and the bare socket speaks Socket.IO alone. The
    // JavaScript engine trusts the certificates that the runtime trusts.
    const unable = [
      ...(protocol === 'ws' ? ['socket.io-client', 'net'] : []),
      ...(plan.tls ? ['realtime-javascript'] : []),
    ];
    const names = run.names.filter((name) => !unable.includes(name));
    const clients = await takeTurns(names, run.rounds, trial);
    agree(clients);
    return { headroom: headroom && source.headroom(program, { ...plan, ...headroom }), clients };
  } finally {
    running.stop();
  }
}

function check(client, { received, lastId }, count, number) {
  const expected = String(number).padStart(ID_DIGITS, '0');
  if (received === count && lastId.endsWith(expected)) return;
  throw new Error(`${client}: ${received} events and ${lastId} last, expected ${count} and ${expected}`);
}

/** All trials of one case were sent the same events, so all must have seen the same. */
function agree(clients) {
  const list = Object.entries(clients).flatMap(([name, { trials }]) =>
    trials.map(({ checksum }) => ({ name, checksum })),
  );
  if (list.every(({ checksum }) => checksum === list[0].checksum)) return;
  throw new Error(`the clients saw different events: ${JSON.stringify(list)}`);
}

/** A figure for each event; `null` stays unknown. */
function each(total, count) {
  return total === null ? null : total / count;
}

module.exports = { agree, check, compareStreams, each };

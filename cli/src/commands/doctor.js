/** `realtime doctor`: the way to the platform, one check after the other. */

import { readConnection } from '../configuration.js';
import { skipped } from '../doctor/finding.js';
import { checkDns, checkProxy, checkTcp, checkTls } from '../doctor/network.js';
import { checkClock, checkHealth, checkPolling, checkSession, checkToken, checkUpgrade } from '../doctor/platform.js';
import { EXIT } from '../exit-codes.js';
import { counted, Output, printable } from '../output.js';

/** @import { Finding } from '../doctor/finding.js' */
/** @import { Style } from '../output.js' */

/** @type {Record<Finding['outcome'], [Style, string]>} */
const MARKS = {
  ok: ['green', 'ok     '],
  warning: ['yellow', 'warning'],
  failed: ['red', 'failed '],
  skipped: ['dim', 'skipped'],
};

/** @param {import('../configuration.js').ConnectionOptions & { json?: boolean, color?: boolean }} options */
export async function doctor(options) {
  const connection = readConnection(options);
  const url = new URL(connection.url);
  const output = new Output(options);
  output.note(`The way to ${url.origin}${url.pathname === '/' ? '' : url.pathname}:`);
  /** @type {import('../doctor/probe.js').Answer | undefined} */
  let answer;
  /** @type {Record<Finding['outcome'], number>} */
  const counts = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  /** What a later check cannot do without. */
  let blocked = '';
  /** @param {string} name @param {() => Finding | Promise<Finding>} run @param {boolean} [isNeeded] by all that follow */
  const check = async (name, run, isNeeded = false) => {
    const start = performance.now();
    const finding = blocked === '' ? await run() : skipped(`it needs ${blocked}`);
    const ms = Math.round((performance.now() - start) * 10) / 10;
    counts[finding.outcome] += 1;
    if (isNeeded && finding.outcome === 'failed') blocked = name;
    print(output, name, ms, finding);
  };
  await check('proxy', () => checkProxy(url));
  await check('dns', () => checkDns(url), true);
  await check('tcp', () => checkTcp(url), true);
  await check('tls', () => checkTls(url), true);
  await check('health', async () => {
    const { answer: received, ...finding } = await checkHealth(connection);
    answer = received;
    return finding;
  });
  await check('upgrade', () => checkUpgrade(connection));
  await check('polling', () => checkPolling(connection));
  await check('token', () => checkToken(connection));
  await check('clock', () => checkClock(answer));
  await check('session', () => checkSession(connection));
  const text =
    counts.failed === 0
      ? output.styled(
          'green',
          counts.warning === 0 ? 'All is well.' : `It works, with ${counted(counts.warning, 'warning')}.`,
        )
      : output.styled('red', `${counted(counts.failed, 'check')} failed.`);
  output.line({ kind: 'summary', ...counts }, text);
  if (counts.failed > 0) process.exitCode = EXIT.failed;
}

/** @param {Output} output @param {string} name @param {number} ms @param {Finding} finding */
function print(output, name, ms, { outcome, detail, advice }) {
  const [style, mark] = MARKS[outcome];
  const time = output.dim(`${ms} ms`.padStart(10));
  const more = advice === undefined ? '' : `\n${' '.repeat(8)}-> ${printable(advice)}`;
  output.line(
    { kind: 'check', check: name, outcome, ms, detail, ...(advice && { advice }) },
    `${output.styled(style, mark)} ${name.padEnd(8)} ${time}  ${printable(detail)}${more}`,
  );
}

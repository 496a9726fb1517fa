'use strict';
// A source, the program that the clients talk to, as seen from JavaScript: builds it, runs it, asks
// for its headroom.

const { execFileSync, spawn } = require('node:child_process');
const { createInterface } = require('node:readline');
const path = require('node:path');
const { onCore } = require('./cores.js');

const ROOT = path.join(__dirname, '..');

/** Compiles an example of the crate and returns the path of the program. */
function build(example) {
  const command = ['build', '--release', '--example', example, '--message-format', 'json-render-diagnostics'];
  const messages = execFileSync('cargo', command, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const built = messages
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find((message) => message.target?.name === example && message.executable);
  return built.executable;
}

/** How fast the source is when nothing is done with what it sends. */
function headroom(program, plan) {
  const output = execFileSync(program, ['--sink', ...words(plan)], { encoding: 'utf8' });
  return JSON.parse(output.trim().split('\n').at(-1));
}

/**
 * Runs a source, on `core` alone if one is given. `hello` is the first line that it prints;
 * `report()` waits for the next.
 *
 * @param {object} plan options of the program: `true` stands for one without a value, `false` and `undefined` for none
 */
async function start(program, plan, core) {
  const [file, ...rest] = onCore(core, [program, ...words(plan)]);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const report = async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error('the source ended early: its message is above');
    return JSON.parse(value);
  };
  const hello = await report();
  const scheme = plan.tls ? 'https' : 'http';
  return { url: `${scheme}://127.0.0.1:${hello.port}`, hello, pid: child.pid, report, stop: () => child.kill() };
}

function words(plan) {
  return Object.entries(plan).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}

module.exports = { build, headroom, start };

'use strict';

/**
 * Tests the WebSocket against Autobahn's fuzzing server: `npm run autobahn`. Writes the verdicts to
 * `docs/internals/autobahn.md`. With `-- --messages 20`, the compressed cases have 20 messages each
 * instead of 1,000, which take an hour.
 *
 * The suite (PyPI `autobahntestsuite`) is installed below `target/`. It needs Python 2.7 from
 * PYTHON2, the PATH or pyenv. Without it the script skips the test and prints the reason.
 */

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const net = require('node:net');
const { homedir } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { WebSocket } = require('ws');

const root = join(__dirname, '..', '..');
const suite = join(root, 'target', 'autobahn');
const reports = join(suite, 'reports');
const HOST = '127.0.0.1';
const AGENT = 'realtime';
/** The verdicts that count as passed. */
const PASSED = ['OK', 'NON-STRICT', 'INFORMATIONAL'];
const { messages } = parseArgs({ options: { messages: { type: 'string' } } }).values;

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

async function main() {
  const python = findPython();
  if (!python) return skip('no Python 2.7 (set PYTHON2 to one)');
  if (!existsSync(join(suite, 'autobahntestsuite'))) {
    const args = ['-m', 'pip', 'install', '--quiet', '--target', suite, 'autobahntestsuite'];
    if (spawnSync(python, args, { stdio: 'inherit' }).status !== 0)
      return skip('autobahntestsuite could not be installed');
    // Masks and checks texts in C. Without it, the suite takes an hour for the compressed cases.
    spawnSync(python, [...args.slice(0, -1), 'wsaccel<0.6.3'], { stdio: 'ignore' });
  }
  const echo = spawnSync('cargo', ['build', '--quiet', '--release', '--example', 'autobahn-echo'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (echo.status !== 0) throw new Error('the echo client could not be built');

  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const port = await freePort();
  const spec = join(suite, 'spec.json');
  const cases = { cases: ['*'], 'exclude-cases': [], 'exclude-agent-cases': {} };
  writeFileSync(spec, JSON.stringify({ url: `ws://${HOST}:${port}`, outdir: reports, ...cases }));
  // Python must know the folder as a site directory, because its packages share a namespace.
  const start = [
    `import site; site.addsitedir(${JSON.stringify(suite)})`,
    'from autobahntestsuite.wstest import run',
    'from autobahntestsuite.case.case12_x_x import Case12_X_X, Case13_X_X',
    `[setattr(case, 'COUNT', ${Number(messages ?? 1000)}) for case in Case12_X_X + Case13_X_X]`,
    'run()',
  ].join('\n');
  const options = ['--mode', 'fuzzingserver', '--spec', spec, '--webport', '0'];
  const server = spawn(python, ['-c', start, ...options], {
    cwd: suite,
    env: { ...process.env, PYTHONPATH: suite },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const relay = net.createServer((client) => relayCase(client, port)).listen(0, HOST);
  try {
    await listening(port, server);
    const count = await ask(port, '/getCaseCount');
    console.log(`${count} cases`);
    const url = `http://${HOST}:${relay.address().port}`;
    const client = spawn(join(root, 'target/release/examples/autobahn-echo'), [url, count], { stdio: 'inherit' });
    const [code] = await once(client, 'exit');
    if (code !== 0) throw new Error(`the echo client ended with ${code}`);
    await ask(port, `/updateReports?agent=${AGENT}`);
  } finally {
    server.kill();
    relay.close();
  }
  report(JSON.parse(readFileSync(join(reports, 'index.json'), 'utf8'))[AGENT]);
}

function skip(reason) {
  console.log(`SKIPPED: ${reason}. Nothing was tested.`);
}

function findPython() {
  const pyenv = join(homedir(), '.pyenv', 'versions');
  const installed = existsSync(pyenv) ? readdirSync(pyenv).filter((name) => name.startsWith('2.7')) : [];
  const candidates = [
    process.env.PYTHON2,
    'python2.7',
    'python2',
    ...installed.map((name) => join(pyenv, name, 'bin/python')),
  ];
  return candidates.find((command) => {
    if (!command) return false;
    const { stdout, stderr } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    return /Python 2\.7/.test(`${stdout}${stderr}`);
  });
}

/**
 * Rewrites `/case/7` to the suite's address, whose query the engine cannot dial, and the host
 * likewise.
 */
function relayCase(client, port) {
  const server = net.connect(port, HOST);
  client.once('data', (bytes) => {
    const head = bytes.toString('latin1');
    const path = `GET /runCase?case=$1&agent=${AGENT}`;
    server.write(head.replace(/^GET \/case\/(\d+)/, path).replace(/^host: .*$/im, `Host: ${HOST}:${port}`), 'latin1');
    client.pipe(server).pipe(client);
  });
  for (const socket of [client, server]) socket.on('error', () => client.destroy() && server.destroy());
}

async function freePort() {
  const server = net.createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Resolves when the port accepts connections, because the suite does not report when it is ready.
 */
async function listening(port, server) {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the fuzzing server ended with ${server.exitCode}`);
    const socket = net.connect(port, HOST);
    const [event] = await Promise.race(
      ['connect', 'error'].map((name) =>
        once(socket, name).then(
          () => [name],
          () => ['error'],
        ),
      ),
    );
    socket.destroy();
    if (event === 'connect') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Opens a control connection. Returns its message, if any, when the connection closes. */
async function ask(port, path) {
  const socket = new WebSocket(`ws://${HOST}:${port}${path}`);
  let answer;
  socket.on('message', (data) => {
    answer = data.toString();
  });
  await once(socket, 'close');
  return answer;
}

function report(verdicts) {
  const groups = new Map();
  const problems = [];
  for (const [name, { behavior, behaviorClose }] of Object.entries(verdicts)) {
    const group = name.split('.')[0];
    const row = groups.get(group) ?? {};
    row[behavior] = (row[behavior] ?? 0) + 1;
    groups.set(group, row);
    if (![behavior, behaviorClose].every((verdict) => PASSED.includes(verdict))) {
      problems.push(`${name}: ${behavior}, close ${behaviorClose}`);
    }
  }
  const columns = ['OK', 'NON-STRICT', 'INFORMATIONAL', 'UNIMPLEMENTED', 'FAILED'];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rows = [...groups]
    .sort(([a], [b]) => a - b)
    .map(([group, row]) => line([`${group}.*`, ...columns.map((name) => row[name] ?? 0)]));
  const table = [line(['cases', ...columns]), line(['---', ...columns.map(() => '---:')]), ...rows].join('\n');
  const { version } = require('../../package.json');
  const summary = problems.length > 0 ? problems.map((text) => `- ${text}`).join('\n') : 'None failed.';
  const text = `# Autobahn

The verdicts of Autobahn's fuzzing server on the engine's WebSocket, version ${version}. Written by \`npm run autobahn\`.

${table}

${Object.keys(verdicts).length} cases. ${summary}

The client offers compression in all cases. The suite accepts the offer in the cases 12.* and 13.*,
which had ${messages ?? '1,000'} messages each.
`;
  writeFileSync(join(root, 'docs', 'internals', 'autobahn.md'), text);
  console.log(text);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

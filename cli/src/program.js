/** All commands with their arguments and options. What a command does is loaded when it runs. */

import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';

/** Printed below the help of the program. */
const EXIT_CODES = `
Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 unreachable, 4 refused, 5 not found, 6 conflict,
7 events in the dead-letter file. Guide: docs/cli.md of @smarterservices/realtime.`;

/** @param {string} name @param {(module: any) => (...args: any[]) => unknown} choose */
const lazily =
  (name, choose) =>
  async (/** @type {any[]} */ ...args) => {
    // Commander passes the command last, with the options before it.
    const module = await import(`./commands/${name}.js`);
    await choose(module)(...args.slice(0, -1));
  };

/** @param {Command} command */
function withOutput(command) {
  return command
    .option('--json', 'print NDJSON (default: where the output is no terminal)')
    .option('--no-json', 'print for people, in a pipe too')
    .option('--color', 'use colour (default: on a terminal, unless NO_COLOR is set)')
    .option('--no-color', 'use none');
}

/** @param {Command} command */
function withConnection(command) {
  return withOutput(command)
    .option('--url <url>', 'the platform; else REALTIME_URL, else http://localhost:3000')
    .option('--token <jwt>', 'the token; else REALTIME_TOKEN')
    .option('--application-id <id>', 'the application; else REALTIME_APPLICATION_ID')
    .option('--environment <name>', 'the environment; else REALTIME_ENVIRONMENT')
    .option('--dotenv <file>', 'a file with REALTIME_ variables (default: .env)');
}

const schemeOption = () =>
  new Option('--scheme <name>', 'how deliveries are signed').choices(['realtime', 'standard-webhooks', 't-v1']);

/** @returns {Command} */
export function createProgram() {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('realtime')
    .description('The command line of the Realtime Platform.')
    .version(version)
    .enablePositionalOptions()
    .addHelpText('after', EXIT_CODES);
  addEvents(program);
  addDocuments(program);
  addChannels(program);
  addTokens(program);
  addWebhooks(program);
  addTools(program);
  return program;
}

/** @param {Command} program */
function addEvents(program) {
  withConnection(program.command('listen <topic...>'))
    .description('print events as they come; with --forward-to, deliver them to an HTTP endpoint')
    .option('--filter <json>', 'only events whose payload fits, such as \'{"campusId":12}\'')
    .option('--count <n>', 'end after this many events')
    .option('--forward-to <url>', 'deliver each event with POST; or topic=url for one topic; repeatable', collect)
    .option('--sign <secret>', 'sign deliveries; else REALTIME_WEBHOOK_SECRET')
    .addOption(schemeOption().default('realtime'))
    .option('--retries <n>', 'further attempts before an event goes to the dead letters', '5')
    .option('--dead-letters <file>', 'where undeliverable events go', 'realtime-dead-letters.ndjson')
    .action(lazily('listen', ({ listen }) => listen));
  withConnection(program.command('publish <topic> <json>'))
    .description('publish an event; - reads its payload from standard input')
    .option('--type <type>', 'the type of the event, such as database.update')
    .option('--lines', 'with -: each line is the payload of an event, published as it comes')
    .action(lazily('publish', ({ publish }) => publish));
  withConnection(program.command('resend [id...]'))
    .description('send events or webhook deliveries of the local platform again, or those of a dead-letter file')
    .option('--last <n>', 'the last n events (default: 1)')
    .option('--dead-letters <file>', 'deliver the events of this file of listen, and remove those that are accepted')
    .option('--forward-to <url>', 'with a file: to this endpoint instead of the one in the file')
    .option('--sign <secret>', 'with a file: sign deliveries; else REALTIME_WEBHOOK_SECRET')
    .addOption(schemeOption().default('realtime'))
    .option('--retries <n>', 'with a file: further attempts before a topic stops', '5')
    .action(lazily('resend', ({ resend }) => resend));
}

/** @param {Command} program */
function addDocuments(program) {
  const doc = program.command('doc').description('read, write, edit and follow documents');
  withConnection(doc.command('get <service> <id>'))
    .description('print a document')
    .action(lazily('document', ({ get }) => get));
  withConnection(doc.command('set <service> <id> <json>'))
    .description('replace the data of a document, or create it; - reads standard input')
    .option('--revision <n>', 'only if the document has this revision')
    .action(lazily('document', ({ set }) => set));
  withConnection(doc.command('merge <service> <id> <json>'))
    .description('merge into the data of a document; - reads standard input')
    .option('--revision <n>', 'only if the document has this revision')
    .action(lazily('document', ({ merge }) => merge));
  withConnection(doc.command('edit <service> <id>'))
    .description('edit the data of a document in $VISUAL or $EDITOR')
    .action(lazily('document', ({ edit }) => edit));
  withConnection(doc.command('watch <service> <id>'))
    .description('print each change of a document')
    .option('--count <n>', 'end after this many changes')
    .action(lazily('document', ({ watch }) => watch));
  withConnection(doc.command('list <service>'))
    .description('print the documents of a service')
    .option('--limit <n>', 'at most this many')
    .action(lazily('document', ({ list }) => list));
  withConnection(doc.command('delete <service> <id>'))
    .description('delete a document')
    .option('--revision <n>', 'only if the document has this revision')
    .action(lazily('document', ({ remove }) => remove));
}

/** @param {Command} program */
function addChannels(program) {
  const channel = program.command('channel').description('messages and presence');
  withConnection(channel.command('join <channel>'))
    .description('join a channel, and print its messages and who comes and goes')
    .option('--count <n>', 'end after this many messages')
    .action(lazily('channel', ({ join }) => join));
  withConnection(channel.command('send <channel> <event> <json>'))
    .description('send a message to the members; - reads its data from standard input')
    .option('--broadcast', 'as the server, without a connection')
    .action(lazily('channel', ({ send }) => send));
  withConnection(channel.command('members <channel>'))
    .description('print the members of a channel')
    .action(lazily('channel', ({ members }) => members));
}

/** @param {Command} program */
function addTokens(program) {
  const token = program.command('token').description('make, read and check tokens');
  withConnection(token.command('mint'))
    .description('print a new token: from the platform, or signed with a secret')
    .option('--permission <name>', 'a role or action, such as client, service or admin; repeatable', collect)
    .option('--secret <secret>', 'sign it here with HS256; else REALTIME_SECRET')
    .option('--sub <user>', 'with a secret: the user', 'developer')
    .option('--expires-in <seconds>', 'with a secret: how long it lasts', '3600')
    .option('--kid <id>', 'with a secret: the ID of the key', 'local')
    .option('--issuer <name>', 'with a secret: who issues it')
    .action(lazily('token', ({ mint }) => mint));
  withConnection(token.command('decode [token]'))
    .description('print header and claims, without a check; - reads standard input (default: the configured token)')
    .action(lazily('token', ({ decode }) => decode));
  withConnection(token.command('check [token]'))
    .description('ask the platform whether it accepts a token (default: the configured one)')
    .action(lazily('token', ({ check }) => check));
}

/** @param {Command} program */
function addWebhooks(program) {
  const webhook = program.command('webhook').description('webhook deliveries');
  withOutput(webhook.command('sign <file>'))
    .description('print the headers of a signed delivery of this body; - reads standard input')
    .option('--secret <secret>', 'the signing secret; else REALTIME_WEBHOOK_SECRET')
    .addOption(schemeOption().default('realtime'))
    .option('--id <id>', 'ID of the delivery')
    .option('--timestamp <ms>', 'when it is signed (default: now)')
    .option('--dotenv <file>', 'a file with REALTIME_ variables (default: .env)')
    .action(lazily('webhook', ({ sign }) => sign));
  withOutput(webhook.command('verify <file>'))
    .description('check the signature of a delivery with this body; - reads standard input')
    .requiredOption('--header <header>', 'a header, such as "x-webhook-id: msg_1"; repeatable', collect)
    .option('--secret <secret>', 'the signing secret; else REALTIME_WEBHOOK_SECRET')
    .option('--tolerance <ms>', 'how old a delivery may be', '300000')
    .option('--dotenv <file>', 'a file with REALTIME_ variables (default: .env)')
    .action(lazily('webhook', ({ verify }) => verify));
  withConnection(webhook.command('forward <event...>'))
    .description('receive the deliveries of topics or webhook types, and forward them as they are to an endpoint')
    .requiredOption('--forward-to <url>', 'your endpoint; its answer is the answer to the platform')
    .option('--secret <secret>', 'the signing secret; else REALTIME_WEBHOOK_SECRET, else a new one')
    .addOption(schemeOption().default('realtime'))
    .option('--port <n>', 'where to receive deliveries; 0 for a free port', '0')
    .option('--host <address>', 'the address of this machine to receive them at', '127.0.0.1')
    .option('--public-url <url>', 'how the platform reaches that port, such as the address of a tunnel')
    .option('--count <n>', 'end after this many deliveries')
    .action(lazily('webhook', ({ forward }) => forward));
}

/** @param {Command} program */
function addTools(program) {
  withConnection(program.command('types'))
    .description('write the TypeScript types of all topics, from their schemas (default: to standard output)')
    .option('--out <file>', 'the file to write, such as src/topics.d.ts')
    .option('--check', 'write nothing, and exit with 1 if the file is not up to date')
    .option('--watch', 'write the file again whenever a schema changes')
    .action(lazily('types', ({ types }) => types));
  withConnection(program.command('doctor'))
    .description('check the way to the platform step by step, and say what to do')
    .action(lazily('doctor', ({ doctor }) => doctor));
  withOutput(program.command('replay <file>'))
    .description('replay a recording of the flight recorder, up to where the session differs')
    .option('--step', 'print every call')
    .action(lazily('replay', ({ replay }) => replay));
  withConnection(program.command('bench [url]'))
    .description('put a quick load on your own platform: latency, events a second, errors')
    .addOption(
      new Option('--mode <name>', 'publish events, receive those of others, or both')
        .choices(['both', 'publish', 'receive'])
        .default('both'),
    )
    .option('--topic <topic>', 'the topic (default: a new one)')
    .option('--count <n>', 'end after this many events, at most 100000', '1000')
    .option('--duration <seconds>', 'end after this time, at most 300', '10')
    .option('--concurrency <n>', 'publish requests at the same time, at most 64', '8')
    .option('--rate <n>', 'publish at most this many events a second')
    .option('--size <bytes>', 'padding of each payload, at most 100000', '200')
    .option('--yes-this-is-my-server', 'allow a platform on another machine')
    .action(lazily('bench', ({ bench }) => bench));
  program
    .command('dev [options...]')
    .description('start the local platform, with the options of realtime-local')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(lazily('dev', ({ dev }) => dev));
  program
    .command('completion <shell>')
    .description('print a completion script for bash, zsh or fish')
    .action((/** @type {string} */ shell) =>
      import('./commands/completion.js').then(({ completion }) => completion(shell, program)),
    );
}

/** @param {string} value @param {string[]} [before] */
function collect(value, before = []) {
  return [...before, value];
}

/** The pages in the order in which they are read. */

const sections = [
  {
    text: 'Start',
    items: [
      { text: 'Quick start', link: '/index', about: 'Install the package, and receive a first event.' },
      {
        text: 'Topics and filters',
        link: '/topics',
        about: 'Subscribe to topics, filter events on the server, listen, unsubscribe.',
      },
      {
        text: 'Documents',
        link: '/documents',
        about: 'JSON documents with revisions: read, write, resolve conflicts, follow changes.',
      },
      {
        text: 'Collections',
        link: '/collections',
        about: 'Rows that follow a table: read, changes, gaps, filter, order.',
      },
      {
        text: 'Messaging and presence',
        link: '/messaging',
        about: 'Channels, direct messages, presence, acknowledgements, binary data.',
      },
      {
        text: 'Webhooks',
        link: '/webhooks',
        about: 'Verify deliveries; endpoints for Express, Fastify, Next.js, fetch and node:http; replay protection.',
      },
      {
        text: 'Authentication',
        link: '/authentication',
        about: 'Tokens, their renewal on a live connection, token helpers.',
      },
      {
        text: 'Delivery guarantees',
        link: '/delivery-guarantees',
        about: 'What is guaranteed: once, in order, honest gaps, back-pressure; and what is not.',
      },
    ],
  },
  {
    text: 'Where it runs',
    items: [
      {
        text: 'Browsers',
        link: '/browser',
        about: 'Pages: install, CORS, Content Security Policy, the life of a page, sizes.',
      },
      {
        text: 'Other runtimes',
        link: '/runtimes',
        about: 'Which engine runs where: Node, Bun, Deno, workers, React Native.',
      },
      { text: 'React', link: '/react', about: 'Hooks for events, documents and presence; server rendering.' },
      { text: 'TypeScript', link: '/typescript', about: 'Typed topics, filters, documents and messages.' },
      { text: 'Schemas', link: '/schemas', about: 'Check payloads and documents with zod, valibot or arktype.' },
      { text: 'Waiting', link: '/waiting', about: 'Promises for one event, async iterators, abort signals.' },
      { text: 'Networks', link: '/networks', about: 'Long-polling, redirects, proxies, dead peers, DNS, TLS.' },
      {
        text: 'Deploying',
        link: '/deployment',
        about: 'Bundlers, Docker, Lambda, nginx, load balancers, permission models.',
      },
    ],
  },
  {
    text: 'Test and operate',
    items: [
      {
        text: 'Testing',
        link: '/testing',
        about: 'Tests without sleeps, in every test runner, with faults on demand.',
      },
      {
        text: 'Command line',
        link: '/cli',
        about: 'Listen, forward, publish, edit documents, make tokens and diagnose connections from a terminal.',
      },
      {
        text: 'Local platform',
        link: '/local-platform',
        about: 'The platform for tests and development: options, methods, faults, routes.',
      },
      { text: 'Logging', link: '/logging', about: 'Levels by part, pino or any logger, a lost connection explained.' },
      {
        text: 'Inspector',
        link: '/inspector',
        about: 'The page of the local platform: events, connections, documents, webhooks, faults.',
      },
      {
        text: 'Observability',
        link: '/observability',
        about: 'Diagnostics channels, OpenTelemetry spans and metrics, a track in DevTools.',
      },
      { text: 'Metrics', link: '/metrics', about: 'Every figure, its unit, and the alerts that are worth a page.' },
      {
        text: 'Flight recorder',
        link: '/recording',
        about: 'Record what a connection went through, without secrets, and replay it step by step.',
      },
      { text: 'Production checklist', link: '/production', about: 'What to check before a service goes live.' },
      {
        text: 'Troubleshooting',
        link: '/troubleshooting',
        about: 'From what you see to the cause: no events, 401, 404, TLS, webhooks.',
      },
      { text: 'Examples', link: '/examples', about: 'Eight small complete projects to copy.' },
      { text: 'Recipes', link: '/recipes', about: 'Complete programs for common tasks.' },
      {
        text: 'Performance',
        link: '/performance',
        about: 'Figures beside other clients, how they are measured, and where the time goes.',
      },
      { text: 'Questions and answers', link: '/faq', about: 'Short answers.' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Options', link: '/options', about: 'Every option of RealtimeClient with its default.' },
      { text: 'Error codes', link: '/errors', about: 'Every error code: what happened and what to do.' },
      { text: 'API', link: '/api/index', about: 'Every class, function and type.' },
      { text: 'Changelog', link: '/changelog', about: 'What changed in each version.' },
    ],
  },
  {
    text: 'Coming from',
    items: [
      { text: 'socket.io-client', link: '/migration/socket.io', about: 'You wrote, you write: socket.io-client.' },
      { text: 'Ably', link: '/migration/ably', about: 'You wrote, you write: Ably.' },
      { text: 'Pusher', link: '/migration/pusher', about: 'You wrote, you write: Pusher.' },
      { text: 'Twilio Sync', link: '/migration/twilio-sync', about: 'You wrote, you write: Twilio Sync.' },
      {
        text: 'Stripe webhooks',
        link: '/migration/stripe-webhooks',
        about: 'You wrote, you write: webhooks of Stripe.',
      },
      {
        text: 'Svix webhooks',
        link: '/migration/svix-webhooks',
        about: 'You wrote, you write: Svix and Standard Webhooks.',
      },
    ],
  },
  {
    text: 'Internals',
    items: [
      {
        text: 'How the guarantees are tested',
        link: '/internals/reliability-tests',
        about: 'Simulation, fuzzing, soak: what tests each guarantee, with figures.',
      },
      { text: 'Dependencies', link: '/internals/dependencies', about: 'Why each dependency, and not its rivals.' },
      { text: 'Autobahn', link: '/internals/autobahn', about: 'The verdicts of the WebSocket test suite.' },
      { text: 'Benchmarks', link: '/benchmarks', about: 'How to run and read the benchmarks.' },
      { text: 'Contributing', link: '/contributing', about: 'Where everything is, and how to change it.' },
      { text: 'Security', link: '/security', about: 'Reporting vulnerabilities, supported versions.' },
    ],
  },
];

export { sections };

/** The page of the React tests: trees of components that a test shows, and what it asks of them. */

import { RealtimeClient } from '@smarterservices/realtime';
import { RealtimeClient as CoreClient } from '@smarterservices/realtime/core';
import {
  RealtimeProvider,
  useConnection,
  useDocument,
  useEvent,
  useEvents,
  usePresence,
  useRealtimeClient,
} from '@smarterservices/realtime/react';
import { Component, createContext, StrictMode, Suspense, useContext, useRef, useState, version } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';

import { Greeting } from './greeting.jsx';

/** What the components did: calls of the client, and what handlers received. */
const log = [];
/** The page's latest state of each kind, for components that no markup shows. */
const seen = {};
/** Whatever `use` waits for, resolved by the test. */
const gates = new Map();

/** A client that logs the calls that reach the server. */
class LoggedClient extends RealtimeClient {
  connect() {
    log.push('connect');
    super.connect();
  }
  disconnect() {
    log.push('disconnect');
    super.disconnect();
  }
  subscribe(options) {
    const id = super.subscribe(options);
    log.push(`subscribe ${options.topic}`);
    return id;
  }
  unsubscribe(id) {
    log.push('unsubscribe');
    super.unsubscribe(id);
  }
}

/** @param {{ name: string, children?: import('react').ReactNode }} props */
const Shown = ({ name, children }) => <p id={name}>{children}</p>;

function State() {
  return <Shown name="state">{useConnection().state}</Shown>;
}

/** @param {{ name: string, topic: string, options?: object }} props */
function Latest({ name, topic, options }) {
  const event = useEvent(topic, options);
  return <Shown name={name}>{event?.payload.n ?? 'none'}</Shown>;
}

/** @param {{ topic: string, word?: string, options?: object, fails?: boolean }} props */
function Every({ topic, word = 'got', options, fails }) {
  useEvents(
    topic,
    ({ payload }) => {
      log.push(`${word} ${payload.n}`);
      if (fails) throw new Error(`the handler fails at ${payload.n}`);
    },
    options,
  );
  return null;
}

/** @param {{ id: string, options?: object }} props */
function Note({ id, options }) {
  const { data, revision, deleted, ready, error, update } = useDocument('notes', id, options);
  const first = useRef(update);
  seen.update = update;
  seen.sameUpdate = first.current === update;
  const state = ready ? (deleted ? 'deleted' : 'ready') : 'unread';
  return (
    <Shown name={id}>
      {state} {revision} {data?.text ?? '-'} {error?.code ?? '-'}
    </Shown>
  );
}

/** @param {{ channel: string, options?: object }} props */
function People({ channel, options }) {
  const { members, error } = usePresence(channel, options);
  const { socketClient } = useRealtimeClient();
  const others = members.filter(({ socketId }) => socketId !== socketClient.id);
  return (
    <Shown name="people">
      {members.length} {others.length} {error?.code ?? '-'}
    </Shown>
  );
}

/** Suspends while its gate is closed, before or after its subscription. @param {{ gate: string }} props */
function Gated({ gate, children }) {
  const entry = gates.get(gate);
  if (entry?.closed) throw entry.promise;
  return children;
}

class Boundary extends Component {
  state = { message: '' };
  static getDerivedStateFromError({ code, message }) {
    return { message: code ?? message };
  }
  render() {
    return this.state.message ? <Shown name="failure">{this.state.message}</Shown> : this.props.children;
  }
}

/** A number that the page counts up, to render everything below again. */
const Round = createContext(0);

/** Trees by name. The props of each are the test's. */
const TREES = {
  topics: () => (
    <>
      <State />
      <Latest name="first" topic="session.status" />
      <Latest name="second" topic="session.status" />
      <Every topic="session.status" />
    </>
  ),
  filters: () => (
    <>
      <Latest name="any" topic="session.status" />
      <Latest name="twelve" topic="session.status" options={{ filter: { campusId: 12 } }} />
      <Latest name="two" topic="session.status" options={{ filter: { campusId: { in: [12, 13] } } }} />
      <Latest name="deep" topic="session.status" options={{ filter: { 'campus.city': { eq: 'Oslo' } } }} />
      <Every topic="session.status" word="twelve" options={{ filter: { campusId: 12 } }} />
    </>
  ),
  handlers: () => (
    <>
      <Every topic="session.status" fails />
      <Every topic="session.status" word={`round ${useContext(Round)}:`} />
    </>
  ),
  topic: ({ topic, enabled = true }) => <Latest name="latest" topic={topic} options={{ enabled }} />,
  filter: ({ filter }) => <Latest name="latest" topic="session.status" options={{ filter }} />,
  undefinedFilter: () => (
    <>
      <Latest name="any" topic="session.status" options={{ filter: {} }} />
      <Latest name="latest" topic="session.status" options={{ filter: { campusId: undefined } }} />
    </>
  ),
  note: ({ id, copies = 1, enabled = true }) =>
    Array.from({ length: copies }, (_, index) => <Note key={String(index)} id={id} options={{ enabled }} />),
  people: ({ enabled = true }) => (
    <>
      <State />
      <People channel="lobby" options={{ enabled }} />
      <People channel="lobby" options={{ enabled }} />
    </>
  ),
  suspense: () => (
    <Suspense fallback={<Shown name="waiting">waiting</Shown>}>
      <Latest name="latest" topic="session.status" />
      <Every topic="session.status" />
      <Gated gate="data">
        <Shown name="content">{useContext(Round)}</Shown>
      </Gated>
    </Suspense>
  ),
  everything: () => (
    <>
      <State />
      <Latest name="latest" topic="session.status" />
      <Every topic="session.status" />
      <Note id="n1" />
      <People channel="lobby" />
    </>
  ),
  greeting: () => <Greeting />,
  nothing: () => <Shown name="nothing">nothing</Shown>,
};

/** @type {import('react-dom/client').Root | undefined} */
let root;
let setState;
let client;

/** @param {{ tree: string, props: object, provided?: unknown, strict?: boolean }} initial */
function Page(initial) {
  const [{ tree, props, provided, connect, round }, set] = useState({ round: 0, ...initial });
  setState = set;
  const Tree = TREES[tree];
  return (
    <Boundary>
      <RealtimeProvider client={provided ?? client} connect={connect}>
        <Round.Provider value={round}>
          <Tree {...props} />
        </Round.Provider>
      </RealtimeProvider>
    </Boundary>
  );
}

const element = (tree, props) => (
  <StrictMode>
    <Page tree={tree} props={props} />
  </StrictMode>
);

Object.assign(window, {
  log,
  seen,
  version,
  /** Creates the client. @param {object} options */
  start: (options) => {
    client = new LoggedClient({ autoConnect: false, reconnectionDelay: 10, reconnectionDelayMax: 40, ...options });
    window.client = client;
  },
  /** Shows a tree, in place of the one before. */
  show: (tree, props = {}) => {
    root = createRoot(document.getElementById('root'));
    root.render(element(tree, props));
  },
  hydrate: () => {
    root = hydrateRoot(document.getElementById('root'), element('greeting', {}));
  },
  change: (state) => setState((former) => ({ ...former, ...state, round: former.round + 1 })),
  core: (options) =>
    setState((former) => ({ ...former, provided: new CoreClient({ autoConnect: false, ...options }) })),
  /** Gives the provider another client. */
  replaceClient: (options) => {
    window.start(options);
    setState((former) => ({ ...former, provided: client }));
  },
  withoutProvider: (tree, props = {}) => {
    const Tree = TREES[tree];
    createRoot(document.getElementById('root')).render(
      <Boundary>
        <Tree {...props} />
      </Boundary>,
    );
  },
  close: (gate) => {
    let open;
    const promise = new Promise((resolve) => {
      open = resolve;
    });
    gates.set(gate, { closed: true, promise, open });
  },
  open: (gate) => {
    const entry = gates.get(gate);
    entry.closed = false;
    entry.open();
  },
  unmount: () => root.unmount(),
});
document.body.dataset.loaded = 'true';

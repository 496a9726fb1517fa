/**
 * What runs in the worker of a page: it owns one WebSocket, and hands its messages over in batches.
 *
 * A browser gives each message of a WebSocket a task of its own, which costs the thread several
 * times what the message itself costs. Here these tasks belong to the worker. It sends a batch when
 * the page has taken the one before: a page that keeps up gets each message at once, and one that
 * does not gets many in one task.
 *
 * It is a text, so that no bundler has to know of it and no server has to serve it. It names
 * nothing of this package: the words of its messages are in `worker.js`, too.
 */

export const PROGRAM = `
let socket, timer;
let queue = [], isTaken = true, sent = 0;

function flush() {
  if (queue.length === 0) return;
  isTaken = false;
  const frames = queue;
  queue = [];
  postMessage(['frames', frames], frames.filter((frame) => typeof frame !== 'string'));
}

function report() {
  const { bufferedAmount } = socket;
  postMessage(['written', sent - bufferedAmount]);
  timer = bufferedAmount > 0 ? setTimeout(report, 10) : undefined;
}

const handlers = {
  open(url, protocols) {
    try {
      socket = new WebSocket(url, protocols);
    } catch ({ name, message }) {
      return postMessage(['failed', name, message]);
    }
    socket.binaryType = 'arraybuffer';
    // Chromium sends no event where the policy of the page blocks the WebSocket.
    postMessage(['opening', socket.readyState]);
    socket.onopen = () => postMessage(['open']);
    socket.onerror = () => postMessage(['error']);
    socket.onmessage = ({ data }) => {
      queue.push(data);
      if (isTaken) flush();
    };
    socket.onclose = ({ code, reason }) => {
      flush();
      postMessage(['close', code, reason]);
    };
  },
  taken() {
    isTaken = true;
    flush();
  },
  send(frame) {
    if (socket.readyState === 1) socket.send(frame);
    sent += frame.length;
    timer ??= setTimeout(report, 0);
  },
  close(code, reason) {
    socket.close(code, reason);
  },
};

onmessage = ({ data: [name, ...given] }) => handlers[name](...given);
postMessage(['started']);
`;

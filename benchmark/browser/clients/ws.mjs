// The page's own WebSocket, the packet's prefix cut off by hand, JSON.parse.

globalThis.openClient = ({ url, topic }, event) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const subscribe = () => socket.send(`42["subscribe",${JSON.stringify({ topic })}]`);
  socket.onopen = () => socket.send('40');
  socket.onmessage = ({ data }) => {
    if (data.startsWith('42')) event(JSON.parse(data.slice(2))[1]);
    else if (data.startsWith('40')) subscribe();
  };
  return { subscribe, close: () => socket.close() };
};

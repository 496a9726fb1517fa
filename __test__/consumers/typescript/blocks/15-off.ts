const handler = (event) => console.log(event);
realtime.on('event:session.status', handler);
// Later...
realtime.off('event:session.status', handler);

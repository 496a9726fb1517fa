/** Addresses of Redis: `redis://`, `rediss://`, and `unix://` with the path of a socket file. */

/** Whether this is the address of a Redis. @param {unknown} url */
export function isRedisUrl(url) {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname, pathname } = new URL(url);
  if (protocol === 'unix:') return pathname.length > 1;
  return ['redis:', 'rediss:'].includes(protocol) && hostname !== '' && /^\/?\d*$/.test(pathname);
}

/** What is shown of an address: host and port, or the path of a socket file. @param {string} url */
export function placeOf(url) {
  const { protocol, hostname, port, pathname } = new URL(url);
  return protocol === 'unix:' ? decodeURIComponent(pathname) : `${hostname}:${port || 6379}`;
}

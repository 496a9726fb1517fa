/** Local platforms for tests, from the sources, closed when the test is over. */

/**
 * @param {import('node:test').TestContext} t
 * @param {import('@smarterservices/realtime-local').LocalPlatformOptions} [options]
 */
async function startPlatform(t, options) {
  const { startLocalPlatform } = await import('../../local-platform/src/index.js');
  // The limit of a test is enough: a busy machine may need longer than the default.
  const platform = await startLocalPlatform({ waitTimeout: Number.POSITIVE_INFINITY, ...options });
  t.after(() => platform.close());
  return platform;
}

export { startPlatform };

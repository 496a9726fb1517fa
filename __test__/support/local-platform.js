/** Local platforms for tests, closed when the test is over. */

/**
 * @param {import('node:test').TestContext} t
 * @param {import('@smarterservices/realtime-local').LocalPlatformOptions} [options]
 */
async function startPlatform(t, options) {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform(options);
  t.after(() => platform.close());
  return platform;
}

export { startPlatform };

/**
 * Loads a module of either kind by its URL. In the package this is a file of its own: everywhere
 * else the bundler turns `import()` into `require`, which Jest can run, and which loads no ES module
 * before Node 20.19. Only the command loads this file.
 *
 * @param {string} url
 * @returns {Promise<{ default: unknown }>}
 */
export const importModule = (url) => import(url);

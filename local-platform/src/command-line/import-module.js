/**
 * Loads a module of either kind by its URL. In the package this is a file of its own, which only
 * the command loads. Everywhere else the bundler turns `import()` into `require`, which Jest can
 * run, but which loads no ES module before Node 20.19.
 *
 * @param {string} url
 * @returns {Promise<{ default: unknown }>}
 */
export const importModule = (url) => import(url);

/** Bundles modules of `lib/` as a browser or a worker gets them: without what only Node has. */

import { join } from 'node:path';
import { rolldown } from 'rolldown';

const LIB = join(import.meta.dirname, '..', '..', 'lib');

/**
 * The code of one module of `lib/` with all it needs.
 *
 * @param {string} path below `lib/`
 * @param {'esm' | 'iife'} format an `iife` assigns the exports to the global `bundled`
 */
async function bundleForWeb(path, format) {
  const bundle = await rolldown({
    input: join(LIB, path),
    platform: 'neutral',
    resolve: { conditionNames: ['import', 'default'] },
    // A module that cannot be resolved must not become an import.
    onLog: (_, log) => {
      throw new Error(log.message);
    },
  });
  const { output } = await bundle.generate({ format, name: 'bundled', codeSplitting: false, comments: false });
  await bundle.close();
  return output[0].code;
}

/** The exports of one module of `lib/` in its form for the web. @param {string} path below `lib/` */
async function importForWeb(path) {
  return import(`data:text/javascript,${encodeURIComponent(await bundleForWeb(path, 'esm'))}`);
}

export { bundleForWeb, importForWeb };

/**
 * The error when the addon cannot be loaded: the loader's reasons, and the advice that fits them.
 *
 * It is loaded only then, and knows no error class: `addon.js` needs it before the bundle can
 * export its parts.
 */

/** The platforms with a prebuilt addon. Each has a folder in `npm/`. */
const PREBUILT = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
];

const INSTALL =
  'Run `npm install` on the machine or image that runs the program, without --omit=optional or --no-optional; ' +
  'if it has been run, delete node_modules first.';
const OTHER_MACHINE =
  'The addon that is installed is not for this machine, or its file is damaged: delete node_modules and run `npm ci` on the ' +
  'machine or image that runs the program.';
const NAMED =
  'NAPI_RS_NATIVE_LIBRARY_PATH names the file that was tried: correct it or unset it. It must be the .node file of this platform.';

/** @param {string} platform */
const buildIt = (platform) =>
  `There is no prebuilt engine for ${platform}: build it with Rust in a clone of this package (\`npm run build\`), and ` +
  'set NAPI_RS_NATIVE_LIBRARY_PATH to the .node file it makes.';

/**
 * Advice by patterns of reasons, the most specific first. Each pattern is tried on the error's
 * code, name and message.
 *
 * @typedef {[RegExp, string | (() => string)][]} Advice
 */

/** The runtime, or a missing package, keeps the addon out. @type {Advice} */
const KEPT_OUT = [
  [/ERR_DLOPEN_DISABLED/, dlopenDisabled],
  [
    /ERR_ACCESS_DENIED/,
    "Node's permission model keeps the addon from being read: start Node with --allow-addons, and with --allow-fs-read for the " +
      'folder of this package and of @smarterservices in node_modules.',
  ],
  [
    /ERR_MANIFEST/,
    "Node's policy (--experimental-policy) forbids the addon: list the package @smarterservices/realtime and the addon's package " +
      'among the resources and dependencies of the policy file.',
  ],
  [
    /--allow-(ffi|read|env|sys|run)|NotCapable/,
    'Run Deno with --allow-net --allow-env --allow-ffi --allow-read: an addon is loaded as a foreign library.',
  ],
  [
    /ERR_REALTIME_BUNDLED/,
    'A bundle cannot contain the addon: keep @smarterservices/realtime out of it (serverExternalPackages in Next.js, external in ' +
      'esbuild and Rollup, externals in webpack, ssr.external in Vite), and install the package where the bundle runs.',
  ],
];

/** The system cannot load the file. @type {Advice} */
const UNUSABLE = [
  [
    /version [`'"]?(GLIBC|GLIBCXX|CXXABI)_/,
    'The C library of this system is too old for the addon: use a newer distribution or image (glibc 2.17 or later), or build the ' +
      'addon on this system with Rust (`npm run build` in a clone of this package).',
  ],
  [
    /ld-linux-|libc\.musl|ld-musl|Error relocating .*: symbol not found/,
    'The addon is for another C library: node_modules was installed on a glibc system and runs on a musl one (Alpine), or the other ' +
      'way round. Run `npm ci` in the image that runs the program.',
  ],
  [
    /failed to map segment|Operation not permitted|EPERM|EACCES|Permission denied|system policy|code signature/i,
    'The system forbids to load the addon: its file must be readable and lie on a file system that is not mounted with noexec; on ' +
      'macOS, the code signature of the program must allow other libraries.',
  ],
  [
    /invalid ELF header|wrong ELF class|ELF file|file too short|mach-o|wrong architecture|incompatible architecture/i,
    OTHER_MACHINE,
  ],
  [/not a valid Win32|did not self-register|\.node: cannot open shared object/, OTHER_MACHINE],
  [
    /([\w.+-]+\.so[\w.]*): cannot open shared object file|Error loading shared library|specified module could not be found/,
    'The addon needs a library that this system lacks; the reason above names it. Install it: libgcc_s is in the package libgcc ' +
      '(Alpine) or libgcc-s1 (Debian); on Windows install the Visual C++ Redistributable.',
  ],
  [/package version mismatch/, 'Two versions of this package are mixed: delete node_modules and run `npm ci`.'],
];

/**
 * @param {unknown[]} failures an error for each place that was tried, each with a chain of causes
 * @param {string} platform the name of this platform's addon
 */
function addonAdvice(failures, platform) {
  const met = failures.flatMap(causes).filter(({ message }) => !/wasm32|wasi/.test(message));
  // The generated loader's own error only refers to its causes.
  const telling = met.filter(({ message }) => !message.includes('Cannot find native binding'));
  const errors = telling.length > 0 ? telling : met;
  const reasons = new Set(errors.map(({ message }) => message.split('\n')[0]));
  const libc = { gnu: ' (glibc)', musl: ' (musl)' }[platform.split('-')[2]] ?? '';
  const message =
    `The native engine for ${process.platform} ${process.arch}${libc} could not be loaded; it should come from the package ` +
    `@smarterservices/realtime-${platform}. The loader says: ${[...reasons].join('; ')}`;
  return { message, remediation: remediation(errors, platform) };
}

/** @param {{ code?: string, name: string, message: string }[]} errors @param {string} platform */
function remediation(errors, platform) {
  const keptOut = adviceFor(errors, KEPT_OUT);
  if (keptOut !== undefined) return keptOut;
  const unusable = adviceFor(errors, UNUSABLE);
  // Only now: Deno may forbid reading the environment, for which there is advice above.
  const named = process.env.NAPI_RS_NATIVE_LIBRARY_PATH ? NAMED : undefined;
  if (unusable !== undefined) return named === undefined ? unusable : `${unusable} ${named}`;
  return named ?? (PREBUILT.includes(platform) ? INSTALL : buildIt(platform));
}

/** @param {{ code?: string, name: string, message: string }[]} errors @param {Advice} table */
function adviceFor(errors, table) {
  const texts = errors.map(({ code, name, message }) => `${code} ${name} ${message}`);
  const [, advice] = table.find(([pattern]) => texts.some((text) => pattern.test(text))) ?? [];
  return typeof advice === 'function' ? advice() : advice;
}

/** @returns {string} */
function dlopenDisabled() {
  if ('permission' in process) return "Node's permission model forbids addons: start Node with --allow-addons.";
  return (
    'Node was told to load no addons: remove --no-addons from the command line, from NODE_OPTIONS, and from the execArgv ' +
    'of a worker.'
  );
}

/**
 * An error and its causes, the innermost first.
 *
 * @param {unknown} failure
 * @returns {{ code?: string, name: string, message: string }[]}
 */
function causes(failure) {
  const found = [];
  // Not `instanceof Error`: a test runner such as jest has a different Error than the loader.
  for (let error = /** @type {any} */ (failure); typeof error?.message === 'string'; error = error.cause) {
    found.unshift(error);
  }
  return found;
}

export { addonAdvice };

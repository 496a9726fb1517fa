/**
 * Loads the addon when it is first needed, or says why there is none and what to do.
 *
 * The loader in `native/` is generated. It tries every possible place of this platform's addon, and
 * keeps the reasons in a chain of causes; this file makes one error of them that a user can act on.
 * Reading that loader takes longer than loading the addon, so this file first tries the two places
 * where the addon nearly always is.
 *
 * A bundler inlines what `require` names, and an addon cannot be inlined. It does not see through
 * `createRequire`, so the search for the addon happens at run time and begins at the bundle. For
 * bundlers `#native` is a different loader, see `package.json`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { built, loadGenerated, load as requireHere } from '#place';
import { RealtimeError } from '../../errors/errors.js';
import { own } from '../../own.js';
import { addonAdvice } from './addon-advice.js';

/** @import { Addon } from './abi.js' */

/** Environment variables that only the generated loader understands. */
const ORDERS = ['NAPI_RS_ENFORCE_VERSION_CHECK', 'NAPI_RS_FORCE_WASI', 'NAPI_RS_WASI_FLAVOR'];

/** Why there is no addon, and what to do. @typedef {{ message: string, remediation: string, cause: unknown }} Failure */

/** @type {Addon | undefined} */
let loaded;
/** @type {Failure | undefined} */
let failure;

/** The addon. It throws where there is none. @returns {Addon} */
function addon() {
  if (loaded !== undefined) return loaded;
  const found = addonFailure();
  if (found !== undefined) throw new RealtimeError('ADDON_NOT_FOUND', found.message, found);
  return /** @type {Addon} */ (/** @type {unknown} */ (loaded));
}

/** Why there is no addon; undefined where there is one. */
function addonFailure() {
  if (loaded === undefined && failure === undefined) load();
  return failure;
}

function load() {
  const platform = platformName();
  /** @type {unknown[]} */
  const failures = [];
  loaded = loadPrebuilt(platform, failures);
  if (loaded !== undefined) return;
  try {
    loaded = loadGenerated();
  } catch (cause) {
    failure = { ...addonAdvice([...failures, cause], platform), cause };
  }
}

/**
 * Undefined when none works, or when a variable addresses the generated loader.
 *
 * @param {string} platform
 * @param {unknown[]} failures
 * @returns {Addon | undefined}
 */
function loadPrebuilt(platform, failures) {
  try {
    if (ORDERS.some((name) => own(process.env, name))) return undefined;
    const file = built(platform);
    const found = existsSync(file) ? file : `@smarterservices/realtime-${platform}`;
    return requireHere(own(process.env, 'NAPI_RS_NATIVE_LIBRARY_PATH') || found);
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}

/** The name of this platform's prebuilt addon. */
function platformName() {
  const { platform, arch } = process;
  const abi = { linux: isMusl() ? '-musl' : '-gnu', win32: '-msvc' }[String(platform)] ?? '';
  return `${platform}-${arch}${abi}`;
}

/** Minimal images have no `ldd`, and permissions may forbid either check. */
function isMusl() {
  if (process.platform !== 'linux') return false;
  for (const says of [lddSaysMusl, reportSaysMusl]) {
    try {
      return says();
    } catch {}
  }
  return false;
}

const lddSaysMusl = () => readFileSync('/usr/bin/ldd', 'utf8').includes('musl');

function reportSaysMusl() {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return !header.glibcVersionRuntime;
}

export { addon, addonFailure };

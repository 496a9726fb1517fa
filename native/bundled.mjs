/**
 * Stands for the generated loader in a bundle, see `imports` in `package.json`. A bundle cannot
 * contain an addon, so this loader looks for the installed package at run time: above the bundle,
 * above the program that was started, above the working directory.
 *
 * Runtimes set the condition `node-addons` there. Bundlers do not, whatever conditions their users
 * add or leave out.
 *
 * Written by hand, unlike its neighbours. It needs nothing that a bundler could inline. It is an ES
 * module, which every bundler reads without a plugin, and has no `import.meta`, which a bundle in
 * CommonJS does not have.
 */

// Not by the names that programs put in front of their bundles, nor by one that webpack would see
// through.
import nodeModule from 'node:module'

const PACKAGE = '@smarterservices/realtime'

/** A bundle that is an ES module has no `__filename`, and a REPL has no program. */
const here = typeof __filename === 'string' ? __filename : undefined
const places = [here, process.argv[1], `${process.cwd()}/index.js`].filter((place) => place !== undefined)

function load() {
  const manifest = places.map(manifestFrom).find((path) => path !== undefined)
  if (manifest !== undefined) return nodeModule.createRequire(manifest)('./native/index.js')
  const error = new Error(`This program is a bundle, and ${PACKAGE} is not installed in a folder above it`)
  throw Object.assign(error, { code: 'ERR_REALTIME_BUNDLED' })
}

function manifestFrom(place) {
  try {
    return nodeModule.createRequire(place).resolve(`${PACKAGE}/package.json`)
  } catch {
    return undefined
  }
}

export default load()

/** On Node the bundle loads the warnings when they are first used, see `scripts/bundle.mjs`. */

export { warnAboutUnknownNames } from '../unknown-names.js';

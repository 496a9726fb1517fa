/** A realtime platform that runs in a test or on a developer's machine. */

export { PlatformError } from './error.js';
export { startLocalPlatform } from './platform.js';

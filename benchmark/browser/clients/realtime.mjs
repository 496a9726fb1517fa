// With the defaults.

import { openClient } from './core.mjs';

globalThis.openClient = openClient({});

/**
 * Beside the platform's own package its types are its own. The test puts that package next to this
 * file.
 */

import type { PlatformOnly } from '@realtime/shared-types';
import { RealtimeClient } from '@smarterservices/realtime';

export const theirs: PlatformOnly = { only: 'theirs' };
export { RealtimeClient };

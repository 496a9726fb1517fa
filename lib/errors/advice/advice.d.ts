/**
 * What an error adds to its code: `node.js` has the whole table, `web.js` a link to it, since texts
 * cost a page its time to load. `#advice` in `lib/package.json` chooses between them.
 */

import type { RealtimeErrorCode, WebhookVerificationCode } from '../../../index.js';

type Code = RealtimeErrorCode | WebhookVerificationCode;

export function isCode(code: string): code is Code;
/**
 * Whether the same operation can succeed later without a change to the program. `status` is that of
 * the HTTP answer, where there was one.
 */
export function isRetryable(code: Code, status?: number): boolean;
/**
 * What to do about an error with this code; its message may show that the usual advice is wrong.
 */
export function remedy(code: Code, message: string): string;
/** Address of the page about a code. */
export function docs(code: Code): string;

'use strict';

/**
 * What stands around each code block of the documentation page, so that it compiles as a module of
 * its own. The blocks themselves, in `typescript/blocks/`, are the page's, character by character.
 */

const realtime = `import { RealtimeClient } from '@smarterservices/realtime';
declare const realtime: RealtimeClient;`;

/**
 * A method's signature holds when the class can stand where an interface with just that method is
 * wanted.
 */
const signature = {
  before: `import type { RealtimeClient, SubscribeOptions, EventHandler } from '@smarterservices/realtime';
declare const realtime: RealtimeClient;
interface Documented {`,
  after: `}
export const documented: Documented = realtime;`,
};

/**
 * @type {Record<string, { before?: string, after?: string, replace?: [string, string], errors?: string[] }>}
 */
const scaffolds = {
  '01-quick-start': {},
  '02-constructor-signature': {
    before: `import { RealtimeClient, type RealtimeClientOptions } from '@smarterservices/realtime';
interface Documented {`,
    // TypeScript writes the signature of a constructor without the name of the class.
    replace: ['new RealtimeClient(', 'new ('],
    after: `: RealtimeClient;
}
export const documented: Documented = RealtimeClient;`,
  },
  '03-constructor': { before: `import { RealtimeClient } from '@smarterservices/realtime';` },
  '04-connect-signature': signature,
  '05-connect': { before: realtime },
  '06-disconnect-signature': signature,
  '07-disconnect': { before: realtime },
  '08-subscribe-signature': signature,
  '09-subscribe': { before: realtime },
  '10-unsubscribe-signature': signature,
  '11-unsubscribe': { before: realtime },
  '12-on-signature': signature,
  '13-on': { before: realtime },
  '14-off-signature': signature,
  // The parameter of a function that stands alone needs a type in strict TypeScript, whatever we
  // declare.
  '15-off': { before: realtime, errors: ['TS7006'] },
  '16-destroy-signature': signature,
  '17-destroy': { before: realtime },
  '18-state': { before: realtime },
  '19-event-envelope': {
    before: `import type { RealtimeEvent as Shipped } from '@smarterservices/realtime';`,
    after: `declare const documented: RealtimeEvent;
declare const shipped: Shipped;
export const inward: Shipped = documented;
export const outward: RealtimeEvent = shipped;`,
  },
  '20-webhooks': {
    before: `declare const rawBody: string;
declare const headers: Record<string, string>;`,
  },
  '21-types': {},
};

module.exports = { scaffolds };

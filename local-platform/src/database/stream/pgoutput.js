/**
 * The output plugin `pgoutput`: what the stream says, with values as JSON. It begins the stream,
 * and creates the slot where that must happen on the same connection.
 */

import { decoderOf } from '../values/types.js';

/** @import { Client } from 'pg' */
/** @import { Pgoutput } from 'pg-logical-replication' */
/** @typedef {Pgoutput.Message & { bytes: number }} Message `bytes`: its size in the stream */
/** @typedef {{ name: string, temporary: boolean }} Slot */
/** @typedef {{ systemId: string }} Began */

/**
 * @param {typeof import('pg-logical-replication')} library loaded on first use
 * @param {{ slot: Slot, publications: readonly string[], onBegin: (began: Began) => void }} options
 */
export function createPlugin({ PgoutputPlugin }, { slot, publications, onBegin }) {
  return new (class extends PgoutputPlugin {
    /** Number of messages so far. */
    arrived = 0;

    constructor() {
      super({ protoVersion: 1, publicationNames: [...publications], messages: true });
    }

    /** @override @param {Buffer} buffer @returns {Message} */
    parse(buffer) {
      this.arrived += 1;
      const message = super.parse(buffer);
      if (message.tag === 'relation') useDecoders(message);
      return Object.assign(message, { bytes: buffer.length });
    }

    /** @override @param {Client} client @param {string} name */
    async start(client, name) {
      const { rows } = await client.query('IDENTIFY_SYSTEM');
      if (slot.temporary) {
        await client.query(`CREATE_REPLICATION_SLOT "${name}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
      }
      onBegin({ systemId: rows[0].systemid });
      // From the position that the slot has confirmed.
      return super.start(client, name, '0/0');
    }
  })();
}

/** @param {Pgoutput.MessageRelation} relation */
function useDecoders({ columns }) {
  for (const column of columns) {
    column.parser = decoderOf(column.typeOid, { schema: column.typeSchema, name: column.typeName });
  }
}

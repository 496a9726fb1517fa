/**
 * The replication service of the library, whose connection always has a listener for errors. The
 * library adds one after it has connected and removes it before it is done: a database that is
 * killed in these moments would end this process.
 */

/** @import { Client, ClientConfig } from 'pg' */
/** @import { LogicalReplicationService } from 'pg-logical-replication' */

/**
 * @typedef {{ pg: Pick<typeof import('pg'), 'Client'>, replication: typeof import('pg-logical-replication') }} Libraries loaded on first use
 */

/**
 * @param {Libraries} libraries
 * @param {ClientConfig} config
 * @returns {LogicalReplicationService}
 */
export function createService({ pg, replication }, config) {
  // The methods that are overridden are private in the types.
  const Service = /** @type {any} */ (replication.LogicalReplicationService);
  const Resilient = class extends Service {
    /** @type {Client | null} */
    _client = null;

    async client() {
      await this.stop();
      const client = new pg.Client(/** @type {ClientConfig} */ ({ ...config, replication: 'database' }));
      client.on('error', (error) => this.emit('error', error));
      this._client = client;
      await client.connect();
      this._connection = /** @type {any} */ (client).connection;
      return [client, this._connection];
    }

    async stop() {
      const client = this._client;
      await super.stop();
      client?.on('error', () => {});
      return this;
    }
  };
  return new /** @type {any} */ (Resilient)(config, {
    // The service would acknowledge what it received, handled or not.
    acknowledge: { auto: false, timeoutSeconds: 0 },
    flowControl: { enabled: true },
  });
}

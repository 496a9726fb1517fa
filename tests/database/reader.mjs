/**
 * A subscriber that keeps a copy of a table: a snapshot, then the changes, and a new snapshot after
 * each gap. As a program it does so in a process of its own, which the model kills.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { RealtimeClient } from '../../lib/index.js';

const RETRY_INTERVAL = 20;

/** A position of the log as a number that compares. @param {string} text */
export const lsnOf = (text) => text.split('/').reduce((high, low) => (high << 32n) | BigInt(`0x${low}`), 0n);

export class Reader {
  /** The rows by ID, once a snapshot was read. @type {Map<number, object> | undefined} */
  rows;
  /** Every event and gap so far, in order. @type {{ event?: any, gap?: any }[]} */
  log = [];
  #at;
  #client;
  /** Events that arrived while a snapshot was read. @type {any[]} */
  #pending = [];
  #round = 0;
  /** A topic of its own, by which the platform's list shows that the subscription is there. */
  #name = `reader.${randomUUID()}`;
  #lsn = 0n;

  /** @param {{ url: string, token: string, protocol?: 'ws' | 'socket.io' }} at */
  constructor(at) {
    this.#at = at;
    const delays = { reconnectionDelay: 10, reconnectionDelayMax: 100, reconnectionAttempts: Number.POSITIVE_INFINITY };
    this.#client = new RealtimeClient({ ...at, ...delays });
    this.#client.on('error', () => {});
    this.#client.on('event', (event) => {
      this.log.push({ event });
      if (this.rows) this.#apply(event);
      else this.#pending.push(event);
    });
    this.#client.on('gap', (gap) => {
      this.log.push({ gap });
      void this.#load();
    });
    this.#client.subscribe({ topic: 'items' });
    this.#client.subscribe({ topic: this.#name });
  }

  /** Resolves when it has read its first snapshot. */
  async start() {
    // A snapshot that began before the subscription would leave a hole.
    await this.#subscribed();
    await this.#load();
  }

  close() {
    this.#round += 1;
    this.#client.destroy();
  }

  async #subscribed() {
    for (;;) {
      const connections = await fetch(`${this.#at.url}/_local/connections`).then(
        (response) => response.json(),
        () => [],
      );
      const topics = connections.flatMap(({ subscriptions }) => subscriptions.map(({ topic }) => topic));
      if (topics.includes(this.#name)) return;
      await wait(RETRY_INTERVAL);
    }
  }

  async #load() {
    this.#round += 1;
    const round = this.#round;
    this.rows = undefined;
    this.#pending = [];
    while (round === this.#round) {
      const snapshot = await this.#snapshot().catch(() => undefined);
      if (round !== this.#round) return;
      if (snapshot === undefined) {
        await wait(RETRY_INTERVAL);
        continue;
      }
      this.#lsn = lsnOf(snapshot.lsn);
      this.rows = new Map(snapshot.rows.map((row) => [row.id, row]));
      for (const event of this.#pending) this.#apply(event);
      this.#pending = [];
      return;
    }
  }

  async #snapshot() {
    const response = await fetch(`${this.#at.url}/api/database/mappings/items/snapshot`, {
      headers: { authorization: `Bearer ${this.#at.token}` },
    });
    if (response.status !== 200) throw new Error(await response.text());
    const [head, ...rows] = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    if (rows.pop()?.end !== true) throw new Error('The snapshot is not whole.');
    return { lsn: head.lsn, rows };
  }

  /** @param {any} event */
  #apply({ payload, metadata: { operation, commitLsn } }) {
    if (lsnOf(commitLsn) <= this.#lsn) return;
    if (operation === 'delete') this.rows?.delete(payload.id);
    else this.rows?.set(payload.id, payload);
  }
}

if (process.send) {
  const reader = new Reader(JSON.parse(process.argv[2]));
  process.on('message', () => process.send?.({ rows: reader.rows && [...reader.rows] }));
  process.on('disconnect', () => process.exit());
  await reader.start();
  process.send('started');
}

/** Which endpoint gets which events: `--forward-to URL` for all topics, `topic=URL` for one. */

import { usageError } from '../exit-codes.js';

export class Routes {
  /** @type {Map<string, string>} */
  #byTopic = new Map();
  /** @type {string | undefined} */
  #fallback;

  /** @param {readonly string[]} values of `--forward-to` @param {readonly string[]} topics that are subscribed */
  constructor(values, topics) {
    for (const value of values) {
      const [, topic, url] = /^(?:([^=/:?#]+)=)?(https?:\/\/.+)$/is.exec(value) ?? [];
      if (url === undefined || !URL.canParse(url)) {
        throw usageError('--forward-to: expected an address such as http://localhost:8080/events, or topic=address.');
      }
      if (topic === undefined) this.#fallback = url;
      else if (topics.includes(topic)) this.#byTopic.set(topic, url);
      else throw usageError(`--forward-to: the topic '${topic}' is not among those you listen to: add it to them.`);
    }
  }

  /** @param {string} topic @returns {string | undefined} */
  urlOf(topic) {
    return this.#byTopic.get(topic) ?? this.#fallback;
  }
}

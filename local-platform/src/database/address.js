/**
 * The address of the database. It has a password: only `label` may be shown, and `hide` removes the
 * password from texts of others.
 */

import { invalid } from '../error.js';

const PROTOCOLS = ['postgres:', 'postgresql:'];
/** What the texts of values depend on. These settings override those of the database and the role. */
const SETTINGS = {
  datestyle: 'ISO',
  intervalstyle: 'iso_8601',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
};
const CONNECT_TIMEOUT = 10_000;
const HIDDEN = '****';

export class Address {
  #url;
  #secrets;

  /** @param {string} text @throws {PlatformError} without the text */
  constructor(text) {
    this.#url = parse(text);
    const shown = [this.user, this.database, this.#url.hostname];
    // A password that is also a name would make errors unreadable, and `label` shows the name.
    this.#secrets = secretsOf(this.#url).filter((secret) => !shown.includes(secret));
    const { protocol, username, host, pathname } = this.#url;
    /** The address without password and parameters. */
    this.label = `${protocol}//${username ? `${username}@` : ''}${host}${pathname}`;
  }

  /** The configuration of a `pg` client. */
  get config() {
    const options = Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
    return {
      connectionString: this.#url.href,
      options: options.join(' '),
      application_name: 'realtime-local',
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
    };
  }

  /** The name of the role, for statements in errors. */
  get user() {
    return decode(this.#url.username) || 'the role';
  }

  get database() {
    return decode(this.#url.pathname.slice(1)) || this.user;
  }

  /** @param {string} text */
  hide(text) {
    return this.#secrets.reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text);
  }
}

/** @param {string} text */
function parse(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The text has a password: the error must not repeat it.
  if (url === undefined || !PROTOCOLS.includes(url.protocol)) {
    throw invalid(
      'options.database: expected a URL such as postgres://user:password@localhost:5432/app. ' +
        'Write characters such as # / ? @ in the password as %23 %2F %3F %40.',
    );
  }
  return url;
}

/** Every form in which the password may occur, the longest first. @param {URL} url */
function secretsOf({ password, searchParams }) {
  const raw = [password, ...searchParams.getAll('password')].filter((each) => each !== '');
  const forms = new Set(raw.flatMap((each) => [each, decode(each), encodeURIComponent(decode(each))]));
  return [...forms].sort((a, b) => b.length - a.length);
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

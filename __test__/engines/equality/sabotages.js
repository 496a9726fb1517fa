/** Sessions that are wrong in small ways. They show that each comparison can fail. */

/** Runs `change` on every nth result of a method that is not undefined. */
function changes(method, change, nth = 20) {
  return (Session) =>
    class extends Session {
      #count = 0;

      [method](...args) {
        const result = super[method](...args);
        if (result === undefined) return result;
        this.#count += 1;
        return this.#count === nth ? change(result, () => super[method](...args)) : result;
      }
    };
}

const SABOTAGES = {
  'a longer delay': {
    sabotage: (Session) =>
      class extends Session {
        constructor(config, random, now) {
          super({ ...config, reconnect: { ...config.reconnect, delay: config.reconnect.delay + 2 } }, random, now);
        }
      },
    symptom: /deadline\(\) afterwards/,
  },
  'a deadline that is late': { sabotage: changes('deadline', (at) => at + 1), symptom: /deadline\(\) afterwards/ },
  'a dropped frame': { sabotage: changes('pollFrame', (_frame, next) => next()), symptom: /pollFrame.* returns/ },
  'another text of a frame': { sabotage: changes('pollFrame', (frame) => `${frame} `), symptom: /pollFrame.* returns/ },
  'an additional notice': {
    sabotage: (Session) =>
      class extends Session {
        #count = 0;

        pollOutput() {
          const output = super.pollOutput();
          this.#count += output ? 0 : 1;
          const item = ['error', { code: 'INTERNAL_ERROR', message: 'm' }];
          return this.#count === 20 ? { kind: 'notice', item } : output;
        }
      },
    symptom: /pollOutput\(\): returns/,
  },
  'a dropped notice': {
    sabotage: changes('pollOutput', (_output, next) => next()),
    symptom: /pollOutput\(\): returns/,
  },
  'a lost event': { sabotage: changes('receive', () => undefined), symptom: /receive.* returns/ },
  'an event with another member': {
    sabotage: changes('receive', (event) => ({ ...event, extra: 1 })),
    symptom: /receive.* returns/,
  },
  'a ping of another kind': {
    sabotage: changes('pollPing', (ping) => ({ text: ping.text ? undefined : '2' }), 1),
    symptom: /pollPing.* returns/,
  },
  'an additional random number': {
    sabotage: (Session) =>
      class extends Session {
        constructor(config, random, now) {
          super(config, () => random() && random(), now);
        }
      },
    symptom: /draws another random number/,
  },
  'a random number of its own': {
    sabotage: (Session) =>
      class extends Session {
        constructor(config, _random, now) {
          super(config, () => 0.5, now);
        }
      },
    symptom: /draws random numbers|returns/,
  },
  'a wrong counter': {
    sabotage: changes('counters', (counters) => ({ ...counters, bytesSent: counters.bytesSent + 1 })),
    symptom: /counters\(\) afterwards/,
  },
  'an exception': {
    sabotage: changes('receive', () => {
      throw new TypeError('broken');
    }),
    symptom: /receive.* throws[\s\S]*broken/,
  },
};

export { SABOTAGES };

'use strict';
// What a client in a page costs: the events, the start, and the bytes that the page loads.

const source = require('../source.js');
const { takeTurns } = require('../rounds.js');
const { agree, check } = require('../streams.js');
const { fixed, whole } = require('../table.js');
const { CLIENTS, openSite } = require('./site.js');

const SIZE = 300;
const EVENTS = 100_000;

const title = 'In a page of Chromium';
const baseline = 'socket.io-client';
const clients = CLIENTS;
const figures = [
  { key: 'eventsPerSecond', title: 'events/s', format: whole, better: 'more' },
  { key: 'scriptMicroseconds', title: 'script µs/event', format: fixed, better: 'less' },
  { key: 'taskMicroseconds', title: 'main thread µs/event', format: fixed, better: 'less' },
  { key: 'processMicroseconds', title: 'browser µs/event', format: fixed, better: 'less' },
  { key: 'startMilliseconds', title: 'ms until the script runs', format: fixed, better: 'less' },
  { key: 'milliseconds', title: 'ms to the first event', format: fixed, better: 'less' },
  { key: 'kilobytesAtOnce', title: 'KB at once', format: fixed, better: 'less' },
  { key: 'kilobytes', title: 'KB loaded', format: fixed, better: 'less' },
];

async function cases(_, { scale }) {
  const { findChromium, NO_CHROMIUM } = await harness();
  if (findChromium() === undefined) {
    console.error(`No browser: ${NO_CHROMIUM}.\n`);
    return [];
  }
  const count = Math.ceil(EVENTS * scale);
  return [{ name: `${SIZE} bytes`, plan: { size: SIZE, warmup: Math.ceil(count / 4), count } }];
}

async function compare({ plan }, run) {
  const program = run.program('load-source');
  const { findChromium, FLAGS } = await harness();
  const { chromium } = await import('playwright-core');
  const { path: executablePath, env } = findChromium();
  const opened = [];
  const open = async (opening, close) => {
    const resource = await opening;
    opened.push(() => close(resource));
    return resource;
  };
  try {
    const stop = (running) => running.stop();
    const first = await open(source.start(program, { size: plan.size, warmup: 1 }), stop);
    const stream = await open(source.start(program, plan), stop);
    const site = await open(openSite(), (site) => site.close());
    const launching = chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, ...env } });
    const browser = await open(launching, (browser) => browser.close());

    const system = await browser.newBrowserCDPSession();

    const visit = async (client, { url, hello }, { warmup, count }) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      const devTools = await context.newCDPSession(page);
      await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
      await page.goto(site.url(client, { url, topic: hello.topic, warmup, count }));
      await page.evaluate(() => globalThis.warm);
      const before = await cpuSeconds(devTools, system);
      if (count > 0) await page.evaluate(() => globalThis.measure());
      const after = await cpuSeconds(devTools, system);
      const report = await page.evaluate(() => globalThis.finish());
      await context.close();
      check(client, report, warmup + count, warmup + count - 1);
      const each = (name) => ((after[name] - before[name]) / count) * 1e6;
      return {
        ...report,
        scriptMicroseconds: each('ScriptDuration'),
        taskMicroseconds: each('TaskDuration'),
        processMicroseconds: each('processes'),
      };
    };
    const trial = async (client) => {
      const { startMilliseconds, milliseconds, kilobytesAtOnce, kilobytes } = await visit(client, first, {
        warmup: 1,
        count: 0,
      });
      const { checksum, seconds, ...cpu } = await visit(client, stream, plan);
      await stream.report();
      const { busy } = await stream.report();
      const eventsPerSecond = plan.count / seconds;
      return {
        checksum,
        eventsPerSecond,
        scriptMicroseconds: cpu.scriptMicroseconds,
        taskMicroseconds: cpu.taskMicroseconds,
        processMicroseconds: cpu.processMicroseconds,
        startMilliseconds,
        milliseconds,
        kilobytesAtOnce,
        kilobytes,
        sourceBusy: busy,
      };
    };
    const clients = await takeTurns(run.names, run.rounds, trial);
    agree(clients);
    return { clients };
  } finally {
    for (const close of opened.reverse()) await close();
  }
}

/**
 * Processor time as the browser counts it: of the page's thread, for scripts and for everything,
 * and of all processes of the browser.
 */
async function cpuSeconds(devTools, system) {
  const { metrics } = await devTools.send('Performance.getMetrics');
  const { processInfo } = await system.send('SystemInfo.getProcessInfo');
  return {
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    processes: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
  };
}

function harness() {
  return import('../../tests/browsers/chromium.js');
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };

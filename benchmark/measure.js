'use strict';
// What a piece of work cost this process: time, processor time, memory.

const { readFileSync } = require('node:fs');

/** Starts a measurement; the function it returns ends it. */
function measure() {
  const cpu = process.cpuUsage();
  const thread = mainThreadMicroseconds();
  const began = process.hrtime.bigint();
  return () => {
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const threadNow = mainThreadMicroseconds();
    const { user, system } = process.cpuUsage(cpu);
    return {
      seconds,
      mainThreadMicroseconds: thread === null ? null : threadNow - thread,
      processMicroseconds: user + system,
      peakMegabytes: peakKilobytes() / 1024,
    };
  };
}

/**
 * Node tells this since 23.9, Linux always. Elsewhere it is unknown, which is not the same as the
 * process's.
 */
function mainThreadMicroseconds() {
  if (process.threadCpuUsage) {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  }
  return threadMicroseconds(process.pid);
}

/** Processor time of the first thread of a process; Linux tells it. */
function threadMicroseconds(pid) {
  const text = read(`/proc/${pid}/task/${pid}/schedstat`);
  return text === null ? null : Number(text.split(' ')[0]) / 1000;
}

/**
 * On Linux `maxRSS` also counts what the parent process had before it became this one: ask the
 * kernel instead.
 */
function peakKilobytes() {
  const peak = /VmHWM:\s+(\d+) kB/.exec(read('/proc/self/status') ?? '');
  return peak ? Number(peak[1]) : process.resourceUsage().maxRSS;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

module.exports = { measure, threadMicroseconds };

'use strict';

/** What this process has used so far: processor time in µs, memory in bytes. */
function usage() {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system, memory: process.memoryUsage.rss() };
}

module.exports = { usage };

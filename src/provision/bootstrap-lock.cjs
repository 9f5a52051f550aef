'use strict';
/** A lock between processes that start at the same time, with Node's own modules only (see bootstrap.cjs). */
const fs = require('node:fs');
const path = require('node:path');
const { clearInterval, setInterval } = require('node:timers');
const { setTimeout: sleep } = require('node:timers/promises');

const HEARTBEAT_MS = 2_000;
const STALE_AFTER_MS = 60_000;

/** Does the work while holding the lock folder; other processes wait. A dead owner's lock is taken over. */
async function withLock(folder, work) {
  let told = false;
  while (!tryLock(folder)) {
    if (!told) process.stderr.write(`warren: waiting for another process (lock ${folder})\n`);
    told = true;
    await sleep(200);
  }
  const heartbeat = setInterval(() => touch(folder), HEARTBEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(heartbeat);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function touch(folder) {
  try {
    fs.utimesSync(folder, new Date(), new Date());
  } catch (error) {
    // Taken over while this machine slept: the work itself goes on.
    if (error.code !== 'ENOENT') throw error;
  }
}

function tryLock(folder) {
  try {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (isStale(folder)) removeStale(folder);
  return false;
}

function isStale(folder) {
  const found = fs.statSync(folder, { throwIfNoEntry: false });
  if (!found) return false;
  // The heartbeat tells a living owner from an unrelated process that has its pid by now.
  if (Date.now() - found.mtimeMs > STALE_AFTER_MS) return true;
  const pid = readIfThere(path.join(folder, 'pid'));
  return Boolean(pid) && !isAlive(Number(pid));
}

/** The rename is atomic, so that of several waiting processes one removes it; it looks again at what it moved. */
function removeStale(folder) {
  const aside = `${folder}.${process.pid}`;
  try {
    fs.renameSync(folder, aside);
    if (isStale(aside)) fs.rmSync(aside, { recursive: true, force: true });
    else fs.renameSync(aside, folder);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTEMPTY') throw error;
  }
}

function isAlive(pid) {
  // A zombie still takes signals; /proc knows better where there is one.
  if (fs.existsSync('/proc/self/stat')) {
    const stat = readIfThere(`/proc/${pid}/stat`);
    return stat !== null && !/\) [ZX] /.test(stat);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
    throw error;
  }
}

module.exports = { readIfThere, withLock };

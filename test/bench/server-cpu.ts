import { readFileSync, readdirSync } from 'node:fs';

/** CPU time used so far by every broker, database and Redis process on this machine, in microseconds (Linux; else 0). */
export function serverCpu(): { broker: number; database: number; redis: number } {
  return {
    broker: cpuOf('beam.smp'),
    database: cpuOf('mariadbd') + cpuOf('mysqld'),
    redis: cpuOf('redis-server'),
  };
}

/** The unit of utime and stime in /proc, as on every common Linux: sysconf(_SC_CLK_TCK) = 100 per second. */
const MICROS_PER_TICK = 10_000;

function cpuOf(name: string): number {
  let ticks = 0;
  for (const pid of processIds()) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      if (stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')) !== name) continue;
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // The process ended while we looked.
    }
  }
  return ticks * MICROS_PER_TICK;
}

function processIds(): string[] {
  try {
    return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

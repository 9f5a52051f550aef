import { waitUntil } from '../support/wait-until';
import type { Deployment } from './deployment';

/** One fault, as it comes and goes under load. */
export interface Fault {
  name: string;
  begin(): Promise<unknown>;
  /** Resolves when what has to be seen meanwhile was seen; throws when it was not. */
  meanwhile?(): Promise<unknown>;
  end?(): Promise<unknown>;
}

export interface Load {
  types: string[];
  /** For each fault. */
  events: number;
  perSecond: number;
  report: (step: string) => void;
}

export interface Course {
  events: number;
  /** By fault: from its end until the last event of its load was on record and settled. */
  settledAfterMs: Record<string, number>;
  faults: string[];
}

const PATIENCE_MS = 120_000;

/** Lets each fault happen in the midst of a load of its own, and waits until that has gone through. */
export async function endure(deployment: Deployment, faults: readonly Fault[], load: Load): Promise<Course> {
  const course: Course = { events: 0, settledAfterMs: {}, faults: [] };
  for (const fault of faults) {
    load.report(fault.name);
    const generator = deployment.generate({ ...load, count: load.events });
    course.events += load.events;
    await waitUntil(() => generator.confirmed() > load.events / 4, PATIENCE_MS);
    await fault.begin();
    try {
      await fault.meanwhile?.();
    } catch (error) {
      course.faults.push(`${fault.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    await fault.end?.();
    const endedAtMs = performance.now();
    load.report(`${fault.name} is over`);
    await generator.done;
    load.report('all is confirmed');
    await deployment.settled(course.events, PATIENCE_MS);
    course.settledAfterMs[fault.name] = Math.round(performance.now() - endedAtMs);
  }
  return course;
}

/** Until /readyz says that it is not ready, for this reason. */
export async function saysWhy(url: string, reason: string, timeoutMs = 30_000): Promise<void> {
  let said = '';
  await waitUntil(async () => {
    said = await readyz(url);
    return said.includes(reason);
  }, timeoutMs).catch((cause: unknown) => {
    throw new Error(`/readyz says ${said} and not "${reason}"`, { cause });
  });
}

export async function readyz(url: string): Promise<string> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) });
  return `${response.status} ${await response.text()}`;
}

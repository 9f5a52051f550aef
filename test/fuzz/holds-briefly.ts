import fc from 'fast-check';
import type { OpenTarget } from './target';

/** Every property of a target in one test, a few runs each; `npm run fuzz` has the time for more. */
export async function holdsBriefly(open: OpenTarget, numRuns: number): Promise<void> {
  const target = await open();
  try {
    for (const [name, property] of Object.entries(target.properties)) {
      const result = await fc.check(property, { numRuns });
      if (result.failed) throw new Error(`${name}: ${fc.defaultReportMessage(result)}`);
    }
  } finally {
    await target.close();
  }
}

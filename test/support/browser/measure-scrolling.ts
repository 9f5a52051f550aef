import type { Page } from 'playwright-core';

export interface Scrolling {
  frames: number;
  /** How far in each frame; at the end of the page it turns round. */
  pixels: number;
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of its thread's own time on the processor. */
  tdur?: number;
  args?: { name?: string };
}

/**
 * What the page's own thread has computed while it scrolled, task by task, in milliseconds of processor time: a busy machine
 * makes every task last longer, and none of them compute more.
 */
export async function measureScrolling(
  page: Page,
  scrolling: Scrolling,
): Promise<{ tasksMs: number[]; frames: number }> {
  const browser = page.context().browser();
  if (!browser) throw new Error('this page has no browser');
  await browser.startTracing(page, { categories: ['toplevel'] });
  const frames = await page.evaluate<number>(scroll(scrolling));
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const main = trace.traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const isOurs = (event: TraceEvent): boolean =>
    main.some(({ pid, tid }) => event.pid === pid && event.tid === tid);
  const tasksMs = trace.traceEvents
    .filter((event) => event.name === 'ThreadControllerImpl::RunTask' && isOurs(event))
    .map(({ tdur = 0 }) => tdur / 1000);
  return { tasksMs, frames };
}

/**
 * How many functions the page calls in a frame while it scrolls. A machine that is slow, or busy, calls as many: what it counts
 * is how much there is to do for a row that comes into sight, and whether the others are let be.
 */
export async function countCalls(page: Page, scrolling: Scrolling): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Profiler.enable');
  await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await page.evaluate(scroll(scrolling));
  const { result } = await session.send('Profiler.takePreciseCoverage');
  await session.detach();
  // The first range of a function is the function; those of the driver's own scripts have no address.
  const functions = result.filter(({ url }) => url.startsWith('http')).flatMap((script) => script.functions);
  return functions.reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0) / scrolling.frames;
}

const scroll = ({ frames, pixels }: Scrolling): string => `new Promise((resolve) => {
  let frames = 0;
  let pixels = ${pixels};
  const step = () => {
    if (frames === ${frames}) return resolve(frames);
    frames++;
    const before = window.scrollY;
    window.scrollBy(0, pixels);
    if (window.scrollY === before) pixels = -pixels;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

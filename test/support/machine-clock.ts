const GOES_ON = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

/** Puts this process's wall clock off, and nothing else that tells time; `jest.useRealTimers()` sets it right. */
export function setMachineClock(offMs: number): void {
  jest.useFakeTimers({ now: Date.now() + offMs, doNotFake: GOES_ON });
}

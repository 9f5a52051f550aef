/**
 * What is in memory is given as it is, and what has to be read as a promise. On the way of a delivery a promise for what
 * is there already, and the wait for it, cost more than finding it: ask `instanceof Promise` before `await`.
 */
export type MaybePromise<T> = T | Promise<T>;

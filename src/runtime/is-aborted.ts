/** Asked anew each time: the compiler would take the answer before an await for the answer after it. */
export const isAborted = (signal: AbortSignal): boolean => signal.aborted;

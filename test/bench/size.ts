/** Whether the run is only to show that everything works: small sizes, one round, figures that mean nothing. */
export const isQuick = process.argv.includes('--quick');

/** A size of a full run, or that of a quick one. */
export const sized = <T>(full: T, quick: T): T => (isQuick ? quick : full);

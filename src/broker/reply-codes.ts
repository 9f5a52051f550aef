/** AMQP 0-9-1, section 1.2. Each closes the channel. */
const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;

const hasCode = (error: unknown, code: number): boolean => (error as { code?: number }).code === code;

/** Whether the broker refused because its user may not do this. */
export const isRefused = (error: unknown): boolean => hasCode(error, ACCESS_REFUSED);
/** Whether the broker refused because the queue is not there. */
export const isNotFound = (error: unknown): boolean => hasCode(error, NOT_FOUND);

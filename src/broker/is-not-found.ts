/** AMQP 0-9-1, section 1.2. */
const NOT_FOUND = 404;

/** Whether the broker refused because the queue is not there; such a refusal closes the channel. */
export const isNotFound = (error: unknown): boolean => (error as { code?: number }).code === NOT_FOUND;

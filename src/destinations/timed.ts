import { isNativeError } from 'node:util/types';
import type { Answer } from '../domain/delivery/outcome';
import { DeadlineError, withDeadline } from '../runtime/with-deadline';
import { timedOut } from './http/http-failure';

type News = Omit<Answer, 'durationMs'>;

/** The URL as the outbound policy reads it: the host is what counts, and only web URLs have it in one spelling. */
export const dialled = (url: string): string => url.replace(/^[a-z][a-z0-9+.-]*:/i, 'http:');

/**
 * An answer from a destination that does not speak HTTP, with one deadline over everything.
 * @param work gives what went wrong, or nothing when the message was taken
 */
export async function timed(
  timeoutMs: number,
  work: () => Promise<News | undefined>,
  onError: (error: Error) => News,
): Promise<Answer> {
  const startedAt = performance.now();
  const news = await withDeadline(work(), timeoutMs).catch((error: unknown) => {
    if (error instanceof DeadlineError) return timedOut(timeoutMs, 0);
    return onError(isNativeError(error) ? error : new Error(String(error)));
  });
  return { durationMs: Math.round(performance.now() - startedAt), ...news };
}

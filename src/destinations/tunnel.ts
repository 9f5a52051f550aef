import { z } from 'zod';
import type { Answer } from '../domain/delivery/outcome';
import type { TunnelAnswer, TunnelFailure, TunnelRequest } from '../domain/tunnel';
import type { Destination } from './destination';
import { timedOut, unsuccessful } from './http/http-failure';

/** Hands a request to whoever listens to the endpoint. */
export type AskTunnel = (
  endpointId: string,
  request: Omit<TunnelRequest, 'id'>,
) => Promise<TunnelAnswer | 'nobody' | 'late'>;

const REFUSAL = { ok: false, code: 'INVALID', reason: 'only `warren listen` makes a tunnel' } as const;

const FAILURES: Readonly<Record<TunnelFailure, string>> = {
  CONNECTION_REFUSED: 'Nothing answers at the address that the listener sends to.',
  CONNECTION_RESET: 'The receiver behind the listener closed the connection before its answer was complete.',
  TIMEOUT: 'The receiver behind the listener had not answered in time.',
  BAD_RESPONSE: 'What the receiver behind the listener answered is no HTTP.',
};

/** A developer's machine without an address: `warren listen` fetches requests over the API and tells the answers. */
export function makeTunnel(ask: AskTunnel, userAgent: string): Destination {
  return {
    schemes: ['tunnel:'],
    form: 'tunnel:…',
    checkUrl: () => REFUSAL,
    checkResolved: () => Promise.resolve(REFUSAL),
    credentials: z.null({ error: 'a tunnel takes no credentials' }),
    async send({ endpointId, headers, body, timeoutMs }): Promise<Answer> {
      const startedAt = performance.now();
      const sent = { ...headers, 'user-agent': userAgent, 'accept-encoding': 'identity' };
      const answer = await ask(endpointId, { headers: sent, body, timeoutMs });
      if (answer === 'nobody')
        return {
          durationMs: Math.round(performance.now() - startedAt),
          ...{ error: 'UNROUTABLE', errorDetail: 'Nobody listens: run `warren listen` again.' },
        };
      if (answer === 'late') return { durationMs: timeoutMs, ...timedOut(timeoutMs, 0) };
      const { durationMs, response, failure } = answer;
      if (failure) return { durationMs, error: failure, errorDetail: FAILURES[failure] };
      if (!response) return { durationMs };
      const isGood = response.status >= 200 && response.status < 300;
      return { durationMs, response, ...(isGood ? {} : unsuccessful(response.status)) };
    },
    close: () => Promise.resolve(),
  };
}

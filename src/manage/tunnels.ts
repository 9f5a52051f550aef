import { randomBytes } from 'node:crypto';
import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { Caller } from '../domain/scopes';
import type { Endpoint, TenantScope } from '../domain/settings';
import { isTunnel, type TunnelAnswer, type TunnelFailure } from '../domain/tunnel';
import { REQUEST_ID } from '../messages/tunnel';
import { makeEndpoints, type EndpointNeeds } from './endpoints';
import { fault, type Faults } from './checks/field-checks';
import { noTunnel } from './not-found';
import { makePausing } from './pause-endpoint';

type Optional<T> = T | null | undefined;

export interface TunnelOpenInput {
  tenantId?: Optional<string>;
  name?: Optional<string>;
  secret?: Optional<string>;
  eventTypes: string[];
}

export interface TunnelAnswerInput {
  endpointId: string;
  requestId: string;
  durationMs: number;
  status?: Optional<number>;
  headers?: unknown;
  bodyBase64?: Optional<string>;
  failure?: Optional<TunnelFailure>;
}

export interface TunnelNeeds extends EndpointNeeds {
  endpoints: EndpointNeeds['endpoints'] & { countTunnels(tenantId: string): Promise<number> };
  answerTunnel: (endpointId: string, requestId: string, answer: TunnelAnswer) => void;
}

export type TunnelUseCases = ReturnType<typeof makeTunnels>;

/** What a listener is at once asked to do; more waits in the gate. */
const AT_ONCE = 10;
/** Somebody may be looking at a breakpoint. */
const TIMEOUT_MS = LIMITS.timeoutMs.max;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 16 * 1024;

/** Endpoints without an address, for who listens over the API. */
export function makeTunnels(needs: TunnelNeeds) {
  const { endpoints, answerTunnel } = needs;
  // The URL is made here and nowhere else, so there is nothing in it to be checked.
  const making = makeEndpoints({
    ...needs,
    checkUrl: () => Promise.resolve({ ok: true }),
    checkCredentials: () => Promise.resolve({ ok: true, credentials: null }),
  });

  const pausing = makePausing(needs);

  async function find(scope: TenantScope, id: string): Promise<Endpoint | undefined> {
    const endpoint = decodeId('endpoint', id) ? await endpoints.find(scope, id) : undefined;
    return endpoint && isTunnel(endpoint.url) ? endpoint : undefined;
  }

  return {
    find,

    async open(caller: Caller, input: TunnelOpenInput): Promise<Outcome<Endpoint>> {
      const { name, secret, eventTypes } = input;
      const tenantId = input.tenantId ?? caller.tenantId;
      if (tenantId !== null && decodeId('tenant', tenantId) && (caller.tenantId ?? tenantId) === tenantId) {
        if ((await endpoints.countTunnels(tenantId)) >= LIMITS.tunnelsPerTenant)
          return refused('LIMIT', `There are ${LIMITS.tunnelsPerTenant} tunnels already; delete some.`);
      }
      const made = await making.create(caller, {
        ...{ tenantId: input.tenantId, secret, eventTypes },
        url: `tunnel:${randomBytes(16).toString('hex')}`,
        name: name ?? 'warren listen',
        timeoutMs: TIMEOUT_MS,
        maxInFlight: AT_ONCE,
      });
      // Nobody listens yet.
      return made.ok ? pausing.pause(made.value.tenantId, made.value.id) : made;
    },

    /** Told to whoever asked; whether it came in time, the delivery's attempts say. */
    async answer(scope: TenantScope, input: TunnelAnswerInput): Promise<Outcome<undefined>> {
      const { endpointId, requestId, durationMs, failure } = input;
      const tunnel = await find(scope, endpointId);
      if (!tunnel) return noTunnel('endpointId');
      const userErrors = checkAnswer(input);
      if (userErrors.length > 0) return { ok: false, userErrors };
      const took = { durationMs: Math.round(durationMs) };
      answerTunnel(
        tunnel.id,
        requestId,
        failure ? { ...took, failure } : { ...took, response: responseOf(input) },
      );
      return done(undefined);
    },
  };
}

function checkAnswer({
  requestId,
  durationMs,
  status,
  failure,
  headers,
  bodyBase64,
}: TunnelAnswerInput): Faults {
  const hasStatus = typeof status === 'number';
  return [
    ...(REQUEST_ID.test(requestId) ? [] : [fault('INVALID', 'this is the id of no request', 'requestId')]),
    ...(durationMs >= 0 && durationMs <= 600_000
      ? []
      : [fault('INVALID', 'durationMs is from 0 to 600000', 'durationMs')]),
    ...(hasStatus !== Boolean(failure) ? [] : [fault('INVALID', 'give either status or failure', 'status')]),
    ...(!hasStatus || (status >= 200 && status <= 999)
      ? []
      : [fault('INVALID', 'status is from 200 to 999', 'status')]),
    ...(isTextByName(headers) && JSON.stringify(headers ?? {}).length <= MAX_HEADER_BYTES
      ? []
      : [fault('INVALID', 'headers is an object of name and text, of at most 16 KiB', 'headers')]),
    ...((bodyBase64 ?? '').length <= Math.ceil(MAX_BODY_BYTES / 3) * 4
      ? []
      : [fault('TOO_LONG', 'bodyBase64 holds at most 16 KiB', 'bodyBase64')]),
  ];
}

const isTextByName = (headers: unknown): boolean =>
  headers === undefined ||
  headers === null ||
  (typeof headers === 'object' && Object.values(headers).every((value) => typeof value === 'string'));

function responseOf({ status, headers, bodyBase64 }: TunnelAnswerInput) {
  const given = (headers ?? {}) as Record<string, string>;
  return {
    status: status ?? 0,
    headers: Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(bodyBase64 ?? '', 'base64'),
  };
}

import { newId } from '../domain/ids';
import type { InspectedRequest, InspectorSettings } from '../domain/inspector';
import { LIMITS } from '../domain/limits';
import { redactHeaders } from '../domain/request/request-headers';
import { makeTokenBuckets } from '../runtime/token-buckets';
import { checkSignature } from './check-signature';

/** What inspecting needs of the rest of the house. */
export interface InspectDeps {
  /** Undefined when there is none, or it has expired. */
  findInspector(token: string): Promise<InspectorSettings | undefined>;
  /** Of the tenant's endpoints that send to the inspector with this token. */
  endpointSecrets(tenantId: string, token: string): Promise<readonly string[]>;
  /** True for as many requests as are to fail, over all processes. */
  takeFailure(inspectorId: string): Promise<boolean>;
  keep(request: InspectedRequest, body: Buffer): Promise<void>;
  now?: () => number;
}

/** A request as it came. */
export interface IncomingRequest {
  method: string;
  /** What follows the inspector's address. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

export type InspectOutcome = 'kept' | 'unknown' | 'rate-limited' | 'busy';

export type Inspection =
  | { outcome: 'kept'; status: number; body: string; delayMs: number }
  | { outcome: Exclude<InspectOutcome, 'kept'> };

export type InspectRequest = ReturnType<typeof makeInspectRequest>;

/** What does not look like one is not looked up. */
const TOKEN = /^[0-9a-f]{40}$/;

/** Of one inspector, in one process. */
export const REQUESTS = { burst: 200, perSecond: 50 };
/** For one address that leads to nothing, from one caller: a worker may have deliveries for many, living and dead. */
const UNKNOWN = { burst: 60, perSecond: 5 };
const FAILURE = { status: 500, body: 'This inspector was told to fail.\n' };
const MAX_PATH_LENGTH = 2048;

/** Takes any request to an inspector: checks its signature, keeps it, and says how it is to be answered. */
export function makeInspectRequest(deps: InspectDeps) {
  const { now = Date.now } = deps;
  const flow = makeTokenBuckets({ ...REQUESTS, now });
  const unknown = makeTokenBuckets({ ...UNKNOWN, now });

  /**
   * @param caller the address that it came from; null: not known
   * @param mayWait asked once, and before the request is kept, when its answer is to be held back
   */
  return async (
    token: string,
    request: IncomingRequest,
    caller: string | null,
    mayWait: (tenantId: string) => boolean,
  ): Promise<Inspection> => {
    if (!TOKEN.test(token)) return { outcome: 'unknown' };
    const address = `${token} ${caller ?? ''}`;
    if (unknown.waitOf(address) > 0) return { outcome: 'rate-limited' };
    const inspector = await deps.findInspector(token);
    if (!inspector) {
      unknown.take(address);
      return { outcome: 'unknown' };
    }
    if (flow.take(inspector.id) > 0) return { outcome: 'rate-limited' };
    const { id: inspectorId, tenantId, answer } = inspector;
    if (answer.delayMs > 0 && !mayWait(tenantId)) return { outcome: 'busy' };
    const fails = answer.failuresLeft > 0 && (await deps.takeFailure(inspectorId));
    const { status, body } = fails ? FAILURE : answer;
    const signature = await judge(inspector, token, request);
    const { method, path, headers } = request;
    await deps.keep(
      {
        ...{ id: newId('inspectedRequest'), inspectorId, tenantId, method, signature },
        path: path.slice(0, MAX_PATH_LENGTH),
        headers: redactHeaders(headers),
        bodyBytes: request.body.length,
        answeredStatus: status,
      },
      request.body.subarray(0, LIMITS.inspectedBodyBytes),
    );
    return { outcome: 'kept', status, body, delayMs: answer.delayMs };
  };

  async function judge(inspector: InspectorSettings, token: string, { headers, body }: IncomingRequest) {
    const parts = {
      id: headers['webhook-id'],
      timestamp: headers['webhook-timestamp'],
      signature: headers['webhook-signature'],
      body,
    };
    const isSigned = parts.signature !== undefined;
    const theirs = isSigned ? await deps.endpointSecrets(inspector.tenantId, token) : [];
    const secrets = [...(inspector.secret === null ? [] : [inspector.secret]), ...theirs];
    return checkSignature(parts, secrets, now());
  }
}

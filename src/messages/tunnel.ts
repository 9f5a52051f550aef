import type { TunnelAnswer, TunnelRequest } from '../domain/tunnel';

/**
 * Between the process that makes an attempt and the one that a listener is connected to, on the exchange `tunnel`. None of
 * them is kept anywhere: an attempt whose answer is lost has timed out.
 */
export type TunnelMessage =
  | { kind: 'request'; endpointId: string; request: TunnelRequest }
  /** "Somebody listens, and has it." */
  | { kind: 'taken'; id: string }
  | { kind: 'answer'; endpointId: string; id: string; answer: TunnelAnswer }
  /** "This session listens now": whoever did before ends, and the session knows that it hears. */
  | { kind: 'listener'; endpointId: string; session: string };

/** Where the process waits that asked; its name is the first part of a request's id. */
export const answersKey = (process: string): string => `answers.${process}`;
export const answersKeyOf = (requestId: string): string => answersKey(requestId.split('.')[0] ?? '');
export const REQUEST_ID = /^[0-9a-f]{16}\.[0-9a-f]{32}$/;

/** Headers may hold credentials, which no message in the broker does; and nobody else may answer for a listener. */
export interface TunnelSeal {
  seal: (plain: string) => Buffer;
  /** Throws on what was sealed by nobody of ours. */
  open: (sealed: Buffer) => string;
}

/** A head as JSON, sealed, its length before it, then the bytes of the body as they are. */
export function encodeTunnel(message: TunnelMessage, { seal }: TunnelSeal): Buffer {
  const [head, body] = parted(message);
  const sealed = seal(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(sealed.length);
  return Buffer.concat([length, sealed, body]);
}

export function parseTunnel(encoded: Buffer, { open }: TunnelSeal): TunnelMessage {
  const bodyAt = 4 + encoded.readUInt32BE(0);
  const head = JSON.parse(open(encoded.subarray(4, bodyAt))) as TunnelMessage;
  const body = encoded.subarray(bodyAt);
  if (head.kind === 'request') return { ...head, request: { ...head.request, body } };
  if (head.kind !== 'answer' || !head.answer.response) return head;
  return { ...head, answer: { ...head.answer, response: { ...head.answer.response, body } } };
}

const NO_BYTES = Buffer.alloc(0);

function parted(message: TunnelMessage): [head: object, body: Buffer] {
  if (message.kind === 'request') {
    const { body, ...request } = message.request;
    return [{ ...message, request }, body];
  }
  if (message.kind !== 'answer' || !message.answer.response) return [message, NO_BYTES];
  const { body, ...response } = message.answer.response;
  return [{ ...message, answer: { ...message.answer, response } }, body];
}

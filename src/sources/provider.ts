import type { IncomingHttpHeaders } from 'node:http';

/** A provider's request as it came. */
export interface InboundRequest {
  headers: IncomingHttpHeaders;
  /** Exactly the bytes that were sent: signatures are made over them. */
  body: Buffer;
  /** The whole address as the provider called it; Twilio signs it. */
  url: string;
}

/**
 * Who sent it. `forged`: signed with none of the secrets, or changed on the way; `stale`: genuine, but from too long
 * ago, or ahead of our clock.
 */
export type Verdict = 'genuine' | 'unsigned' | 'forged' | 'stale';

export interface ProviderEvent {
  /** Without the source's prefix. */
  type: string;
  /** JSON as the provider wrote it, byte for byte, where it wrote JSON. */
  data: Buffer;
  /** The same each time that the provider sends this one again. */
  deliveryId?: string | undefined;
  occurredAt?: Date | undefined;
}

export type Reading =
  | { kind: 'events'; events: ProviderEvent[] }
  /** Nothing happened at the provider: it asks whether anybody is there. */
  | { kind: 'handshake'; answer: Answer }
  | { kind: 'unreadable'; reason: string };

export interface Answer {
  contentType: string;
  body: string;
}

/**
 * What is particular to one provider. To add one: a file with these functions, a value in `domain/source.ts`, a line in
 * `receive-webhook.ts`, a section in docs/guides/receive-from-providers.md.
 */
export interface Provider {
  /** What is wrong with a secret when it is saved; undefined: nothing that can be seen. Never quotes it. */
  secretFault(secret: string): string | undefined;
  /** @param now milliseconds since the epoch */
  verify(request: InboundRequest, secrets: readonly string[], now: number): Verdict;
  /** Called for genuine requests only. */
  read(request: InboundRequest): Reading;
  /** What to say once the events are taken; nothing but 200 unless given. */
  taken?: Answer;
}

/** A header that came once with some text. */
export function headerOf({ headers }: Pick<InboundRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

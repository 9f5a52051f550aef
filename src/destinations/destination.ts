import type { z } from 'zod';
import type { Credentials } from '../domain/request/credentials';
import type { PayloadFormat } from '../domain/nouns';
import type { Answer } from '../domain/delivery/outcome';
import type { Payload, PayloadEvent } from '../domain/data/payload';
import type { HttpRequest } from './http/http';
import type { UrlCheck } from './parse-url';

/** One attempt, whatever carries it. `headers` are those of a webhook; a destination sends them as its protocol has them. */
export interface DestinationRequest extends HttpRequest {
  endpointId: string;
  /** As the destination's own schema let them in; null: none. */
  credentials: Credentials | null;
  /** Events with the same one belong in order. */
  orderingKey?: string;
}

/** A kind of receiver, chosen by the scheme of an endpoint's URL. docs/guides/add-a-destination.md shows how to add one. */
export interface Destination {
  /** With their colon, in lower case. */
  schemes: readonly string[];
  /** What a person would write, for messages. */
  form: string;
  /** Judges the URL's text; whatever host it would dial has passed the outbound policy. */
  checkUrl(url: string): UrlCheck;
  /** The same, and looks the host's name up. */
  checkResolved(url: string): Promise<UrlCheck>;
  /** What credentials may look like. Its messages quote no value. Takes null where none are needed. */
  credentials: z.ZodType<Credentials | null>;
  /** What it takes in place of the endpoint's payload format; undefined: just that. Not there: always that. */
  payload?(event: PayloadEvent, format: PayloadFormat): Payload | undefined;
  /** The URL within credentials that will be dialled, if there is one, and where it stands. */
  urlWithin?(credentials: Credentials): { field: string; url: string } | undefined;
  /**
   * Sends once. Every way in which a receiver can fail is an answer with an error, in words that hold no secret.
   * Rejects only after `close`.
   */
  send(request: DestinationRequest): Promise<Answer>;
  close(): Promise<void>;
}

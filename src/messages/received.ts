/** A message as a stage sees it, whatever broker library brought it. */
export interface Received {
  body: Buffer;
  routingKey: string;
  /** True when the broker has handed it out before: somebody may have begun to work on it. */
  redelivered: boolean;
  properties: MessageProperties;
  /** Done with it. Does nothing when the channel it came on is gone: the broker hands it out again then. */
  ack(): void;
  /** Not done with it; the broker hands it out again, and after the delivery limit dead-letters it. */
  requeue(): void;
}

export interface MessageProperties {
  contentType?: string | undefined;
  messageId?: string | undefined;
  timestamp?: number | undefined;
  /** The broker's user who published it: the broker takes no other than the one who is logged in. */
  userId?: string | undefined;
  headers: Record<string, unknown>;
}

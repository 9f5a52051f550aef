/** "The configuration of tenant T is now version V", on the fanout exchange `control`. A hint: caches poll as well. */
export interface ConfigChanged {
  kind: 'config';
  tenantId: string;
  version: number;
}

/** "This API key is no longer good", so that cached answers and open streams end at once. */
export interface KeyRevoked {
  kind: 'key-revoked';
  keyId: string;
}

/** "The event types that everybody shares are now at version V". A hint like ConfigChanged. */
export interface CatalogChanged {
  kind: 'catalog';
  version: number;
}

export type ControlMessage = ConfigChanged | KeyRevoked | CatalogChanged;

export function encodeControl(message: ControlMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

export function parseControl(body: Buffer): ControlMessage {
  return JSON.parse(body.toString('utf8')) as ControlMessage;
}

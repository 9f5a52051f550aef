import { IncomingMessage } from 'node:http';

/**
 * A request for `createServer` that is one to upgrade only where it asks for a WebSocket. Once anybody listens for upgrades,
 * Node takes every header `Upgrade` for one and reads no body. A server may ignore those that it does not know (RFC 9110,
 * 7.8): Java's HttpClient asks for h2c with each request, and curl does with --http2.
 */
export class UpgradableRequest extends IncomingMessage {
  /** As the parser found it. */
  private asksToUpgrade = false;

  /** Node reads it once it has the headers. */
  get upgrade(): boolean {
    const isKnown = this.method === 'CONNECT' || this.headers.upgrade?.toLowerCase() === 'websocket';
    return this.asksToUpgrade && isKnown;
  }

  set upgrade(asks: boolean | null) {
    this.asksToUpgrade = asks === true;
  }
}

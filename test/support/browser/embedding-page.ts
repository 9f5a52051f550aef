import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page of a partner's own product, with the portal in a frame of it. */
export interface EmbeddingPage {
  /** http://localhost:port: another site than 127.0.0.1, where the portal is. */
  origin: string;
  /** The address of the page that has this in its frame. */
  around(url: string): string;
  close(): Promise<void>;
}

export async function startEmbeddingPage(): Promise<EmbeddingPage> {
  const server = createServer((request, response) => {
    const shown = new URL(request.url ?? '/', 'http://localhost').searchParams.get('shown') ?? '';
    response.writeHead(200, { 'content-type': 'text/html' }).end(
      `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><h1>The shop</h1>
         <iframe title="Webhooks" src="${shown.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}" width="1300" height="800"></iframe>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    around: (url) => `${origin}/?shown=${encodeURIComponent(url)}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router, type RequestHandler, type Response } from 'express';
import { findBuilt } from './find-built';

export const PORTAL_PATH = '/portal';

const ONE_YEAR_SECONDS = 31_536_000;
const CONTENT_TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

export interface PortalFilesOptions {
  /** Origins whose pages may show the portal in a frame. */
  frameOrigins: readonly string[];
  /** Where `npm run build` put it; found beside the package's own files unless given. */
  folder?: string;
}

/** The portal's page and its scripts. Everything else below /portal is the page too: it has addresses of its own. */
export function makePortalFiles({ frameOrigins, folder = findBuilt('portal') }: PortalFilesOptions): Router {
  const page = join(folder, 'index.html');
  const router = Router();
  router.use(PORTAL_PATH, protect(frameOrigins));
  router.use(
    `${PORTAL_PATH}/assets`,
    preferCompressed(join(folder, 'assets')),
    // The name of an asset has the hash of its content, so it never changes.
    express.static(join(folder, 'assets'), {
      index: false,
      redirect: false,
      immutable: true,
      maxAge: ONE_YEAR_SECONDS * 1000,
    }),
    (_request, response) => void response.status(404).type('text').send('No such file.\n'),
  );
  router.get([PORTAL_PATH, `${PORTAL_PATH}/{*page}`], (_request, response) => {
    // After an update the page names other assets: it must be asked for each time.
    response.set('cache-control', 'no-cache');
    if (existsSync(page)) response.sendFile(page, { cacheControl: false });
    else response.status(503).type('text').send('The portal is not built. Run: npm run build\n');
  });
  return router;
}

/** Scripts from here only and no inline ones; styles may be inline, since the component library writes them. */
export function policyOf(frameOrigins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    // A partner's logo may come from anywhere.
    "img-src 'self' data: https:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameOrigins.length > 0 ? frameOrigins.join(' ') : "'none'"}`,
  ].join('; ');
}

function protect(frameOrigins: readonly string[]): RequestHandler {
  const headers = {
    'content-security-policy': policyOf(frameOrigins),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    ...(frameOrigins.length > 0 ? {} : { 'x-frame-options': 'DENY' }),
  };
  return (_request, response, next) => {
    response.set(headers);
    next();
  };
}

/** The build lays a .gz beside each asset: a third of the bytes, and no work at run time. */
function preferCompressed(folder: string): RequestHandler {
  return (request, response, next) => {
    const extension = /^\/[\w.-]+\.(js|css|svg)$/.exec(request.path)?.[1];
    response.vary('Accept-Encoding');
    if (extension && request.acceptsEncodings('gzip') && existsSync(join(folder, `${request.path}.gz`)))
      sendCompressed(response, extension, () => (request.url = `${request.path}.gz`));
    next();
  };
}

function sendCompressed(response: Response, extension: string, rewrite: () => void): void {
  rewrite();
  response.set('content-encoding', 'gzip');
  response.type(CONTENT_TYPES[extension] ?? 'application/octet-stream');
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';
import { findBuilt } from './find-built';

export const GUIDE_PATH = '/docs/guide';

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Pages keep their names when they change: they are asked for each time.
  'cache-control': 'no-cache',
};

/** The documentation that belongs to this version, as `npm run build:docs` made it. Nobody's secrets, so nobody is asked. */
export function makeGuideFiles(folder = findBuilt('docs')): Router {
  const router = Router({ strict: true });
  router.use(GUIDE_PATH, (_request, response, next) => {
    response.set(HEADERS);
    next();
  });
  // Its links are relative to the folder.
  router.get(GUIDE_PATH, (_request, response) => response.redirect(308, `${GUIDE_PATH}/`));
  router.use(GUIDE_PATH, express.static(folder, { cacheControl: false, redirect: false }));
  router.use(GUIDE_PATH, (_request, response) => {
    if (existsSync(join(folder, 'index.html'))) response.status(404).type('text').send('No such page.\n');
    else response.status(503).type('text').send('The guide is not built. Run: npm run build:docs\n');
  });
  return router;
}

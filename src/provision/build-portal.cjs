'use strict';
/**
 * Builds the portal into dist/portal, when its sources are not those of the last build. Run by itself it builds anyway.
 * Needs what `npm ci` installs, and nothing of what tsc builds.
 */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { gzipSync } = require('node:zlib');
const { readIfThere } = require('./bootstrap-lock.cjs');

const ROOT = path.resolve(__dirname, '../..');
const PORTAL = path.join(ROOT, 'src/portal');
const BUILT = path.join(ROOT, 'dist/portal');
const STAMP = path.join(BUILT, '.built-from');
/** Its programs are shown in the portal. */
const GUIDE = path.join(ROOT, 'docs/guides/receive.md');
/** All that it has in common with the server. */
const SHARED = path.join(ROOT, 'src/words/hold-words.ts');
/** Smaller ones gain nothing by being compressed. */
const MIN_COMPRESSED_BYTES = 1024;

/** Where there are no sources there is nothing to build. */
const isPortalBuilt = () => !fs.existsSync(PORTAL) || readIfThere(STAMP) === hashOfSources();

/** What the result depends on: the sources, the packages, and how it is built. */
function hashOfSources() {
  const hash = createHash('sha256');
  const files = [...filesBelow(PORTAL), GUIDE, SHARED, path.join(ROOT, 'package-lock.json'), __filename];
  for (const file of files) {
    hash.update(`${path.relative(ROOT, file)}\0`);
    hash.update(fs.readFileSync(file));
  }
  return hash.digest('hex');
}

function filesBelow(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.d.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

async function buildPortal() {
  // Taken first: a file that is saved meanwhile makes the next start build again.
  const builtFrom = hashOfSources();
  const fresh = `${BUILT}.next`;
  const { build } = await import('vite');
  await build({
    configFile: path.join(PORTAL, 'vite.config.mjs'),
    logLevel: 'warn',
    build: { outDir: fresh, emptyOutDir: true },
  });
  compressAssets(path.join(fresh, 'assets'));
  fs.writeFileSync(path.join(fresh, '.built-from'), builtFrom);
  // Complete or not there: whoever serves it meanwhile never has half of it.
  fs.rmSync(BUILT, { recursive: true, force: true });
  fs.renameSync(fresh, BUILT);
}

function compressAssets(folder) {
  for (const name of fs.readdirSync(folder)) {
    if (!/\.(js|css|svg)$/.test(name)) continue;
    const content = fs.readFileSync(path.join(folder, name));
    if (content.length >= MIN_COMPRESSED_BYTES)
      fs.writeFileSync(path.join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}

module.exports = { PORTAL, isPortalBuilt };

if (require.main === module) {
  buildPortal().catch((error) => {
    process.stderr.write(`the portal: ${error.message}\n`);
    process.exitCode = 1;
  });
}

import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { importCircles } from './import-circles';
import { importsOf, violationOf } from './import-matrix';

const ROOT = join(__dirname, '../..');
const MAX_LINES = 250;

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(tsx?|cjs)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .concat(join(ROOT, 'ormconfig.ts'))
  .map((path) => ({ path: relative(ROOT, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }));

const violationsIn = (path: string, text: string): string[] =>
  importsOf(path, text).flatMap((found) => violationOf(found) ?? []);

describe('the source code', () => {
  it('imports only what the import matrix of the design allows', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.flatMap(({ path, text }) => violationsIn(path, text))).toEqual([]);
  });

  it('has no circle of imports, nor one of types alone', () => {
    expect(importCircles(sources)).toEqual([]);
  });

  it(`has no file of more than ${MAX_LINES} lines, migrations apart`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ path, lines }) => lines > MAX_LINES && !path.startsWith('src/store/migrations/'));
    expect(long).toEqual([]);
  });

  it('has no barrel: a file is imported by its own name', () => {
    expect(sources.map(({ path }) => path).filter((path) => /(^|\/)index\.[a-z]+$/.test(path))).toEqual([]);
  });
});

/** The check must be able to fail. */
describe('the import check', () => {
  it.each([
    ['src/domain/x.ts', `import { z } from 'zod';`],
    ['src/portal/x.tsx', `import type { Config } from '../config';`],
    ['src/portal/parts/x.tsx', `import { a } from '../../domain/ids';`],
    ['src/domain/x.ts', `import { readFileSync } from 'node:fs';`],
    ['src/domain/x.ts', `import type { A } from '../messages/a';`],
    ['src/messages/x.ts', `import { a } from '../runtime/a';`],
    ['src/runtime/x.ts', `import { a } from '../config';`],
    ['src/route/x.ts', `import type { A } from '../ingest/a';`],
    ['src/deliver/x.ts', `export { a } from '../store/a';`],
    ['src/deliver/x.ts', `export * from '../destinations/a';`],
    ['src/record/x.ts', `type A = import('../broker/a').A;`],
    ['src/watch/x.ts', `const a = await import('../api/a');`],
    ['src/watch/x.ts', `const a = require('../app');`],
    ['src/destinations/x.ts', `import { a } from '../deliver/a';`],
    ['src/store/x.ts', `import { a } from '../broker/a';`],
    ['src/store/x.ts', `import { a } from '../roles/a';`],
    ['src/manage/x.ts', `import type { A } from '../api/a';`],
    ['src/api/x.ts', `import type { A } from '../store/a';`],
    ['src/api/x.ts', `import { PublishInput } from '../ingest/publish-events';`],
    ['src/api/x.ts', `import type { IngestDeps } from '../ingest/publish-events';`],
    ['src/api/x.ts', `import { ROLES } from '../config';`],
    ['src/flow.ts', `import { ROLES } from './config';`],
    ['src/new-folder/x.ts', `import { a } from '../domain/a';`],
    ['src/provision/x.ts', `import { a } from '../runtime/a';`],
    ['src/provision/x.cjs', `const a = require('listr2');`],
    ['src/api/http/x.ts', `import { connect } from 'amqplib';`],
    ['src/cli/x.ts', `import 'amqplib/callback_api';`],
    ['src/roles/x.ts', `import { createPool } from 'mysql2/promise';`],
    ['src/manage/x.ts', `import { In } from 'typeorm';`],
    ['src/watch/x.ts', `import DataLoader from 'dataloader';`],
    ['src/cli/x.ts', `import { createClient } from 'graphql-ws';`],
    ['src/deliver/x.ts', `import { Agent } from 'undici';`],
    ['src/manage/x.ts', `import { SignJWT } from 'jose';`],
    ['src/roles/x.ts', `import { trace } from '@opentelemetry/api';`],
  ])('refuses in %s: %s', (path, text) => {
    expect(violationsIn(path, text)).toHaveLength(1);
  });

  it.each([
    [
      'src/domain/x.ts',
      `import { v7 } from 'uuid'; import { a } from './ids'; import { createHmac } from 'node:crypto';`,
    ],
    ['src/domain/x.ts', `// import { z } from 'zod'`],
    [
      'src/route/x.ts',
      `import { a } from '../messages/a'; import { b } from './b'; import { c } from '../runtime/c';`,
    ],
    ['src/api/http/x.ts', `import type { Config } from '../../config'; import { a } from '../../manage/a';`],
    ['src/api/x.ts', `import type { PublishInput } from '../ingest/publish-events'; import 'type-graphql';`],
    ['src/manage/x.ts', `import { type PublishInput } from '../ingest/publish-events';`],
    ['src/store/entities/x.ts', `import { Entity } from 'typeorm'; import { a } from './columns';`],
    ['src/destinations/x.ts', `import { Agent } from 'undici';`],
    ['src/roles/x.ts', `import { a } from '../api/a'; import { b } from '../store/b';`],
    ['src/provision/x.ts', `import net from 'node:net'; import { a } from './probe/a';`],
    ['ormconfig.ts', `import { a } from './src/store/data-source';`],
  ])('lets pass in %s: %s', (path, text) => {
    expect(violationsIn(path, text)).toEqual([]);
  });
});

/** So must this one. */
describe('the search for circles', () => {
  const circlesOf = (files: Record<string, string>): string[] =>
    importCircles(Object.entries(files).map(([path, text]) => ({ path, text })));

  it.each([
    [`import { b } from './b';`, `import { a } from './a';`],
    [`import type { B } from './b';`, `import { type A } from '../src/a';`],
    [`export * from './b.js';`, `type A = import('./a').A;`],
    [`const b = await import('./b');`, `const a = require('./a.ts');`],
  ])('names the two files of a circle: %s and %s', (a, b) => {
    expect(circlesOf({ 'src/a.ts': a, 'src/b.ts': b })).toEqual(['src/a.ts -> src/b.ts -> src/a.ts']);
  });

  it('names a circle of many files without those that only lead to it or away', () => {
    expect(
      circlesOf({
        'src/main.ts': `import './app'; import './leaf';`,
        'src/app.tsx': `import './leaf'; import './parts/x';`,
        'src/parts/x.tsx': `import 'react'; import './y';`,
        'src/parts/y.ts': `import '../leaf'; import type { App } from '../app';`,
        'src/leaf.ts': '',
      }),
    ).toEqual(['src/app.tsx -> src/parts/x.tsx -> src/parts/y.ts -> src/app.tsx']);
  });

  it('names each of two circles, and a file that imports itself', () => {
    expect(
      circlesOf({
        'src/a.ts': `import './b'; import './c';`,
        'src/b.ts': `import './a';`,
        'src/c.ts': `import './a'; import './c';`,
      }),
    ).toEqual([
      'src/a.ts -> src/b.ts -> src/a.ts',
      'src/a.ts -> src/c.ts -> src/a.ts',
      'src/c.ts -> src/c.ts',
    ]);
  });

  it('lets two ways to one file pass', () => {
    expect(
      circlesOf({
        'src/a.ts': `import './b'; import './c';`,
        'src/b.ts': `import './d';`,
        'src/c.ts': `import './b'; import './d';`,
        'src/d.ts': `// import './a';`,
      }),
    ).toEqual([]);
  });
});

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { ROLES } from '../../src/config';
import { FLOW } from '../../src/flow';
import { makeMetrics } from '../../src/runtime/metrics';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Files below a folder, as paths from the root. */
function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name));
}

const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...filesBelow('docs', '.md')];

const testNames = new Set(filesBelow('test', '.test.ts').map((path) => path.split('/').at(-1) ?? ''));

const withoutFences = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```$/gm, '');

/** GitHub's anchor of a heading: lower case, punctuation gone, dashes for spaces. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(page: string): Set<string> {
  return new Set(
    [...withoutFences(read(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)),
  );
}

/** Targets of the links and pictures of a page that lead within the repository. */
function linksOf(page: string): string[] {
  return [...withoutFences(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** What is wrong with a link, or undefined. */
function faultOf(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
  if (!existsSync(join(ROOT, file))) return `${target}: no such file`;
  if (anchor === undefined) return undefined;
  if (statSync(join(ROOT, file)).isDirectory() || !anchorsOf(file).has(anchor))
    return `${target}: no such heading`;
  return undefined;
}

/** The rows' first cells in the section under a heading of a page. */
function firstCellsUnder(page: string, heading: string): string[] {
  const section = read(page)
    .split(/^## /m)
    .find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${page} has no section "${heading}"`);
  return [...section.matchAll(/^\| `([A-Za-z_]+)`/gm)].map(([, name = '']) => name);
}

function fencesOf(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, body = '']) => body,
  );
}

describe('the pages', () => {
  it.each(pages)('%s has links only to what is there', (page) => {
    expect(linksOf(page).flatMap((target) => faultOf(page, target) ?? [])).toEqual([]);
  });

  it.each(pages)('%s names only tests that there are', (page) => {
    const named = [...withoutFences(read(page)).matchAll(/`(?:[\w/-]*\/)?([\w-]+\.test\.ts)`/g)].map(
      ([, name]) => name,
    );
    expect(named.filter((name) => !testNames.has(name ?? ''))).toEqual([]);
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const target of linksOf(page)) {
        const file = relative(ROOT, join(ROOT, dirname(page), target.split('#')[0] ?? ''));
        if (file.endsWith('.md') && pages.includes(file)) reached.add(file);
      }
    }
    expect(pages.filter((page) => !reached.has(page) && page !== 'CHANGELOG.md')).toEqual([]);
  });
});

describe('docs/operating.md', () => {
  it('lists the environment variables that the code reads, and no others', () => {
    const schema = /ENVIRONMENT = z\.object\(\{([\s\S]*?)^\}\);/m.exec(read('src/environment.ts'))?.[1] ?? '';
    const known = [...schema.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name);
    expect(known.length).toBeGreaterThan(10);
    expect(firstCellsUnder('docs/operating.md', 'Environment').sort()).toEqual(known.sort());
  });

  it('lists the metrics that the code exports, and no others', async () => {
    const exported = (await makeMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
    const own = exported.filter((name) => name.startsWith('warren_'));
    expect(own.length).toBeGreaterThan(10);
    expect(firstCellsUnder('docs/operating.md', 'Metrics').sort()).toEqual(own.sort());
  });

  it('names every role', () => {
    const page = read('docs/operating.md');
    expect(ROLES.filter((role) => !page.includes(`warren ${role}`))).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  const page = read('CONTRIBUTING.md');
  const places = page.slice(page.indexOf('## Where things live'), page.indexOf('## How to add'));

  it('says of every folder of the sources what it holds', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.length).toBeGreaterThan(15);
    expect(
      folders
        .map(({ name }) => name)
        .filter((name) => !places.includes(`\`src/${name}\``) && !places.includes(`\`${name}\``)),
    ).toEqual([]);
  });

  it('names only files that there are', () => {
    const named = [...withoutFences(page).matchAll(/`((?:src|test|docker|docs)\/[^`\s]*)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('docs/flow.md', () => {
  const page = read('docs/flow.md');
  const sources = filesBelow('src', '.ts').map(read).join('\n');

  it('names only functions that the code has', () => {
    const names = new Set(
      [...withoutFences(page).matchAll(/`([a-z]+[A-Z]\w*)`/g)].map(([, name = '']) => name),
    );
    const isDefined = (name: string): boolean =>
      new RegExp(`(function\\*?|const) ${name}\\b|^ {2,}(async )?\\*?${name}\\(`, 'm').test(sources);
    expect(names.size).toBeGreaterThan(10);
    expect([...names].filter((name) => !isDefined(name))).toEqual([]);
  });

  it('has every step of the pipeline', () => {
    expect(FLOW.map(({ name }) => name).filter((name) => !page.includes(`| \`${name}\``))).toEqual([]);
  });
});

describe('GraphQL on the pages', () => {
  const schema = buildSchema(read('schema.graphql'));
  const fenced = pages.flatMap((page) => fencesOf(page, 'graphql').map((text) => ({ page, text })));
  /** The helper of docs/api.md: gql "$KEY" '<document>' … */
  const calls = [...read('docs/api.md').matchAll(/gql "\$\w+" '([^']+)'/g)].map(([, text = '']) => ({
    page: 'docs/api.md',
    text,
  }));

  it('is there at all', () => {
    expect(fenced.length).toBeGreaterThan(0);
    expect(calls.length).toBeGreaterThan(10);
  });

  it.each([...fenced, ...calls])('fits the schema: $page $text', ({ text }) => {
    expect(validate(schema, parse(text)).map(({ message }) => message)).toEqual([]);
  });
});

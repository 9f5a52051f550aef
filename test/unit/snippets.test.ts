import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate, type GraphQLSchema } from 'graphql';
import ts from 'typescript';
import { makeProgram } from '../../src/cli/program';
import { fencesOf, type Fence } from '../support/tour';

/**
 * Every fenced block of every page is held to something. What runs as a whole runs elsewhere: docs/api.md in
 * e2e/api-tour, the guides in e2e/guides, their publishers in e2e/publish-guide and receivers in e2e/receivers-kit,
 * filters and shapes in unit/docs-filter and unit/shape/guide, the programs of docs/examples in e2e/client-examples.
 */
const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const all = pages.flatMap((page) =>
  fencesOf(read(page)).map((fence) => ({ ...fence, page, at: `${page}:${fence.line}` })),
);
const of = (...languages: string[]) => all.filter(({ language }) => languages.includes(language));

/** What is looked at as text only: pictures, and output that other tests compare or that shows a form. */
const SHOWN = ['text', 'mermaid'];
const HELD = ['sh', 'json', 'graphql', 'js', 'ts', 'python', 'php', 'ruby', 'go', 'java', 'jsonata', 'sql'];

it('knows every language that the pages have blocks in', () => {
  expect(all.length).toBeGreaterThan(100);
  expect(all.filter(({ language }) => ![...SHOWN, ...HELD].includes(language)).map(({ at }) => at)).toEqual(
    [],
  );
});

it('shows JSON that is JSON', () => {
  const faults = of('json').flatMap(({ at, text }) => {
    try {
      JSON.parse(text);
      return [];
    } catch (error) {
      return [`${at}: ${String(error)}`];
    }
  });
  expect(faults).toEqual([]);
});

describe('what is for a shell', () => {
  const blocks = of('sh');
  const lines = blocks.flatMap(({ at, text }) =>
    text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => ({ at, line: line.replace(/ +# .*$/, '') })),
  );

  it('can be read by one', () => {
    const script = blocks.map(({ text }) => text).join('\n');
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr).toBe('');
  });

  it('names scripts, programs and files that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const missing = lines.flatMap(({ at, line }) => {
      const script = /\bnpm run (\S+)/.exec(line)?.[1];
      const files = [...line.matchAll(/(?:\bnode|-[cfkp]) ((?:docs|docker|test)\/\S+)/g)].map(
        ([, file = '']) => file,
      );
      return [
        ...(script !== undefined && !(script in scripts) ? [`${at}: ${script}`] : []),
        ...files.filter((file) => !existsSync(join(ROOT, file))).map((file) => `${at}: ${file}`),
      ];
    });
    expect(missing).toEqual([]);
  });

  /** `gql "$KEY" '<document>'`, the helper of docs/api.md. */
  const calls = blocks.flatMap(({ at, text }) =>
    [...text.matchAll(/gql "\$\w+" '([^']+)'/g)].map(([, document = '']) => ({ at, document })),
  );
  const schema: GraphQLSchema = buildSchema(read('schema.graphql'));
  it('asks only what the schema answers', () => {
    expect(new Set(calls.map(({ at }) => at.split(':')[0])).size).toBeGreaterThan(1);
    const faults = calls.flatMap(({ at, document }) =>
      validate(schema, parse(document)).map(({ message }) => `${at}: ${message}`),
    );
    expect(faults).toEqual([]);
  });
});

describe('`warren …`', () => {
  const program = makeProgram();
  /** What is wrong with a command line, by its words. */
  function faultsOf([name = '', ...words]: string[]): string[] {
    const command = program.commands.find((each) => each.name() === name);
    if (!command)
      return name.startsWith('-') || name === 'COMMAND' || name === 'help' ? [] : [`no command ${name}`];
    const known = [...command.options, ...program.options].flatMap(({ short, long }) => [short, long]);
    return words
      .filter((word) => /^--?[a-zA-Z]/.test(word))
      .map((word) => word.split('=')[0])
      .filter((option) => option !== '--help' && !known.includes(option))
      .map((option) => `${name} has no ${option ?? ''}`);
  }
  /** Words as a shell would make them, well enough for what the pages have. */
  const wordsOf = (line: string): string[] =>
    [...line.matchAll(/'[^']*'|"[^"]*"|[^\s'"]+/g)].map(([word]) => word);
  const inFences = of('sh').flatMap(({ at, text }) =>
    [...text.replaceAll('\\\n', ' ').matchAll(/^(?:.*\| )?warren ([^|>#\n]+)/gm)].map(([, line = '']) => ({
      at,
      line,
    })),
  );
  const inText = pages.flatMap((page) =>
    [
      ...read(page)
        .replace(/^```[\s\S]*?^```$/gm, '')
        .matchAll(/`warren ([a-z][^`]*)`/g),
    ].map(([, line = '']) => ({ at: page, line })),
  );

  it('is called with commands and options that it has', () => {
    expect(inFences.length).toBeGreaterThan(15);
    expect(inText.length).toBeGreaterThan(30);
    expect(
      [...inFences, ...inText].flatMap(({ at, line }) =>
        faultsOf(wordsOf(line)).map((fault) => `${at}: ${fault}`),
      ),
    ).toEqual([]);
  });

  it('would be caught with others', () => {
    expect(faultsOf(wordsOf("listen http://localhost --event 'a.*'"))).toEqual(['listen has no --event']);
    expect(faultsOf(['lisen'])).toEqual(['no command lisen']);
  });
});

it('names only environment variables that something reads', () => {
  const sources = ['src', 'docs/examples', 'docker', 'test/chaos', 'test/bench', '.github'].flatMap(
    (folder) =>
      existsSync(join(ROOT, folder))
        ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
            .filter((name) => /\.(c?js|mjs|ts|tsx|py|ya?ml)$/.test(name))
            .map((name) => read(join(folder, name)))
        : [],
  );
  const code = sources.join('\n');
  const names = new Set(
    pages
      .filter((page) => !page.includes('decisions/'))
      .flatMap((page) => read(page).match(/\bWARREN_[A-Z_]*[A-Z]\b/g) ?? []),
  );
  /** Set on a page itself, for its own commands. */
  const own = new Set(
    of('sh').flatMap(({ text }) => [...text.matchAll(/\b(WARREN_\w+)=/g)].map(([, name = '']) => name)),
  );
  expect(names.size).toBeGreaterThan(30);
  expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(code) && !own.has(name))).toEqual([]);
});

/** Whether each program can be read by its own language, where that is installed. */
const READERS: { language: string; command: string; args: string[] }[] = [
  { language: 'python', command: 'python3', args: ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'] },
  { language: 'php', command: 'php', args: ['-l'] },
  { language: 'ruby', command: 'ruby', args: ['-c'] },
  { language: 'go', command: 'gofmt', args: ['-e'] },
  { language: 'js', command: process.execPath, args: ['--input-type=module', '--check'] },
];

describe.each(READERS.filter(({ command }) => spawnSync(command, ['--help']).error === undefined))(
  'programs in $language',
  ({ language, command, args }) => {
    const programs: (Fence & { at: string })[] = of(language);
    it('can be read', () => {
      expect(programs.length).toBeGreaterThan(0);
      const faults = programs.flatMap(({ at, text }) => {
        const { status, stderr, stdout } = spawnSync(command, args, { input: text, encoding: 'utf8' });
        return status === 0 ? [] : [`${at}: ${stderr || stdout}`];
      });
      expect(faults).toEqual([]);
    });
  },
);

it('shows TypeScript that can be read', () => {
  const faults = of('ts').flatMap(({ at, text }) =>
    (ts.transpileModule(text, { reportDiagnostics: true }).diagnostics ?? []).map(
      ({ messageText }) => `${at}: ${JSON.stringify(messageText)}`,
    ),
  );
  expect(faults).toEqual([]);
});

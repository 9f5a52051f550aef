import { dirname, join } from 'node:path/posix';
import ts from 'typescript';

/** One import, `export … from`, `import()`, `import('…')` type or `require()` of a source file. */
export interface Import {
  /** The file that imports, from the project's root: `src/route/route-events.ts`. */
  from: string;
  /** What it names: `../domain/ids`, `node:crypto`, `amqplib`. */
  specifier: string;
  /** True when nothing is left of it at run time. */
  typeOnly: boolean;
  /** The names it takes; `*` for all. */
  names: string[];
}

const SHARED = ['domain', 'messages', 'runtime'];

/** Which folders of src a folder may import, besides itself. */
const MATRIX: Record<string, readonly string[]> = {
  domain: [],
  messages: ['domain'],
  runtime: ['domain'],
  catalog: SHARED,
  ingest: SHARED,
  route: SHARED,
  shape: SHARED,
  deliver: SHARED,
  record: SHARED,
  gate: SHARED,
  replay: SHARED,
  watch: SHARED,
  destinations: SHARED,
  sources: SHARED,
  inspect: SHARED,
  tunnel: SHARED,
  broker: SHARED,
  store: SHARED,
  manage: SHARED,
  api: [...SHARED, 'manage'],
  provision: [],
  // It talks to the API like anybody else. The guide's programs are shown in it.
  portal: ['docs', 'words'],
  // For people, the same in a browser and on a terminal.
  words: [],
  config: ['domain', 'environment'],
  environment: ['domain'],
  flow: [],
};

/** Where the parts are put together: these may import anything. */
const COMPOSITION = ['roles', 'cli', 'app', 'main'];

/** What may be imported as a type though the folder may not. */
const TYPES_ONLY: Record<string, Record<string, readonly string[]>> = {
  api: { config: ['*'], ingest: ['PublishInput'] },
  manage: { config: ['*'], ingest: ['PublishInput'] },
  flow: { config: ['*'] },
};

/** Folders that must run with few packages, or none. */
const PACKAGES: Record<string, readonly string[]> = {
  domain: ['uuid', 'canonicalize', 'ipaddr.js', 'node:crypto', 'node:buffer'],
  messages: ['node:crypto'],
};

/** Libraries behind a fence: who else imports them would tie the whole house to them. */
const FENCES: { library: RegExp; inside: readonly string[] }[] = [
  { library: /^amqplib(\/|$)/, inside: ['broker', 'destinations'] },
  { library: /^typeorm(\/|$)/, inside: ['store', 'ormconfig'] },
  { library: /^mysql2(\/|$)/, inside: ['store', 'ormconfig'] },
  { library: /^(@apollo\/|@as-integrations\/|type-graphql|graphql|dataloader)/, inside: ['api', 'portal'] },
  { library: /^jsonata(\/|$)/, inside: ['shape'] },
  { library: /^jose(\/|$)/, inside: ['api', 'destinations'] },
  { library: /^(undici|@nats-io|@aws-sdk|kafkajs)(\/|$)/, inside: ['destinations'] },
  { library: /^ajv(-formats)?(\/|$)/, inside: ['catalog'] },
  { library: /^@opentelemetry\//, inside: ['runtime'] },
];

/** Every import of a file, found by the compiler's own parser. */
export function importsOf(from: string, text: string): Import[] {
  const file = ts.createSourceFile(
    from,
    text,
    ts.ScriptTarget.ESNext,
    true,
    from.endsWith('.cjs') ? ts.ScriptKind.JS : from.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, names: string[]): void => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ from, specifier: specifier.text, typeOnly, names });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      add(
        node.moduleSpecifier,
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allAreTypes(clause?.namedBindings),
        namesOf(clause),
      );
    } else if (ts.isExportDeclaration(node)) {
      const names =
        node.exportClause && ts.isNamedExports(node.exportClause)
          ? node.exportClause.elements.map(takenName)
          : ['*'];
      add(node.moduleSpecifier, node.isTypeOnly, names);
    } else if (ts.isCallExpression(node)) {
      const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
      if (isImport || isRequire) add(node.arguments[0], false, ['*']);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true, [node.qualifier?.getText() ?? '*']);
    } else if (ts.isExternalModuleReference(node)) add(node.expression, false, ['*']);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const takenName = (element: ts.ImportSpecifier | ts.ExportSpecifier): string =>
  (element.propertyName ?? element.name).text;

function allAreTypes(bindings: ts.NamedImportBindings | undefined): boolean {
  return (
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every((element) => element.isTypeOnly)
  );
}

function namesOf(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements.map(takenName) : [];
  return clause?.name || !bindings || ts.isNamespaceImport(bindings) ? ['*', ...named] : named;
}

/** `src/route/x.ts` → `route`, `src/config.ts` → `config`, `ormconfig.ts` → `ormconfig`. */
function partOf(path: string): string {
  const [first = '', second] = path.replace(/^src\//, '').split('/');
  return second === undefined ? first.replace(/\.[a-z]+$/, '') : first;
}

/** What is wrong with an import, in words, or undefined. */
export function violationOf({ from, specifier, typeOnly, names }: Import): string | undefined {
  const part = partOf(from);
  const wrong = (why: string): string => `${from} imports ${specifier}: ${why}`;
  if (!specifier.startsWith('.'))
    return isBuild(from, specifier) ? undefined : packageViolation(part, specifier, wrong);
  const target = partOf(join(dirname(from), specifier));
  if (target === part || COMPOSITION.includes(part) || part === 'ormconfig') return undefined;
  const allowed = MATRIX[part];
  if (!allowed) return wrong(`${part} is in no row of the import matrix`);
  if (allowed.includes(target)) return undefined;
  const types = TYPES_ONLY[part]?.[target];
  if (types && typeOnly && (types.includes('*') || names.every((name) => types.includes(name))))
    return undefined;
  return wrong(
    `${part} may import ${allowed.join(', ') || 'nothing'} of src${types ? `, and as types ${target}'s ${types.join(', ')}` : ''}`,
  );
}

/** What is built after `npm ci` is no part of finding or starting servers. */
const BUILDS: Readonly<Record<string, string>> = {
  'src/provision/build-portal.cjs': 'vite',
  'src/provision/build-docs.cjs': 'marked',
};
const isBuild = (from: string, specifier: string): boolean => BUILDS[from] === specifier;

function packageViolation(
  part: string,
  specifier: string,
  wrong: (why: string) => string,
): string | undefined {
  const fence = FENCES.find(({ library }) => library.test(specifier));
  if (fence && !fence.inside.includes(part)) return wrong(`only ${fence.inside.join(', ')} may`);
  if (part === 'provision' && !specifier.startsWith('node:'))
    return wrong('provision runs before anything is installed');
  const packages = PACKAGES[part];
  return packages && !packages.includes(specifier)
    ? wrong(`${part} may use ${packages.join(', ')} only`)
    : undefined;
}

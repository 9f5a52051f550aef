import { dirname, join } from 'node:path/posix';
import { importsOf } from './import-matrix';

/** A file's path from the project's root, and what is written in it. */
export interface Source {
  path: string;
  text: string;
}

/**
 * Circles of imports in words, `a.ts -> b.ts -> a.ts`: none if there are none, and one at least for files that
 * import each other on whatever way. An import of types counts: who reads one of the files must read them all.
 */
export function importCircles(sources: readonly Source[]): string[] {
  const paths = new Set(sources.map(({ path }) => path));
  const graph = new Map(
    sources.map(({ path, text }) => [
      path,
      new Set(importsOf(path, text).flatMap(({ specifier }) => resolved(path, specifier, paths) ?? [])),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '));
    else if (!done.has(path)) {
      for (const target of graph.get(path) ?? []) visit(target, [...way, path]);
      done.add(path);
    }
  };
  for (const path of paths) visit(path, []);
  return circles;
}

/** The file of `paths` that a relative specifier names; a package, a page or a style is no part of a circle. */
function resolved(from: string, specifier: string, paths: ReadonlySet<string>): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const target = join(dirname(from), specifier);
  return [
    target,
    `${target}.ts`,
    `${target}.tsx`,
    target.replace(/\.js$/, '.ts'),
    target.replace(/\.js$/, '.tsx'),
  ].find((path) => paths.has(path));
}

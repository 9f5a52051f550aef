import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Documents that are known beforehand, by the SHA-256 of their text as 64 hex digits. */
export type TrustedDocuments = ReadonlyMap<string, string>;

export const hashOfDocument = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Reads a JSON file `{ "<sha256>": "<document>" }`, as code generators write it, or a folder of `.graphql` files with one
 * document each. Throws when a document is not what its hash says: a client would be answered something else.
 */
export async function readTrustedDocuments(path: string): Promise<TrustedDocuments> {
  if ((await stat(path)).isDirectory()) return new Map(await readFolder(path));
  const content: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (typeof content !== 'object' || content === null) throw new Error(`${path} is no object of documents`);
  const documents = new Map<string, string>();
  for (const [name, text] of Object.entries(content)) {
    const hash = plainHash(name);
    if (typeof text !== 'string' || hashOfDocument(text) !== hash)
      throw new Error(`${path}: ${name.slice(0, 80)} is not the SHA-256 of its document`);
    documents.set(hash, text);
  }
  return documents;
}

async function readFolder(path: string): Promise<[hash: string, text: string][]> {
  const names = (await readdir(path)).filter((name) => /\.(graphql|gql)$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(path, name), 'utf8')));
  return texts.map((text) => [hashOfDocument(text), text]);
}

/** GraphQL over HTTP writes `sha256:<hex>` in documentId, Apollo's clients the hex digits alone. */
export const plainHash = (id: string): string => id.replace(/^sha256:/, '').toLowerCase();

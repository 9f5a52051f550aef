import type { GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { requestError } from '../request-errors';
import type { Authentication } from '../sign-in/identity';
import { hashOfDocument, plainHash, type TrustedDocuments } from './trusted-documents';

/** What of a request says which document is meant, when the document itself is not in it. */
export interface DocumentReference {
  query?: unknown;
  documentId?: unknown;
  extensions?: unknown;
}

export interface KnownDocuments {
  /** For Apollo's automatic persisted queries, whose clients name a document by its hash after they sent it once. */
  cache: {
    get(hash: string): Promise<string | undefined>;
    set(hash: string, text: string): Promise<void>;
    delete(hash: string): Promise<void>;
  };
  /** The text that is meant. */
  textOf(reference: DocumentReference): string | undefined;
  /** Why this document is not run; undefined when it may be. */
  refuse(text: string, authentication: Authentication): GraphQLError | undefined;
}

/** Characters of documents that clients may leave here. */
const MAX_LEARNT = 4 * 1024 * 1024;
const APOLLO_PREFIX = /^apq:/;

/** @param only nobody but an operator may run a document that is not trusted */
export function makeKnownDocuments(trusted: TrustedDocuments, only: boolean): KnownDocuments {
  const learnt = new LRUCache<string, string>({
    maxSize: MAX_LEARNT,
    sizeCalculation: (text) => text.length + 64,
  });
  const find = (hash: string): string | undefined => trusted.get(hash) ?? learnt.get(hash);

  return {
    cache: {
      get: (key) => Promise.resolve(find(key.replace(APOLLO_PREFIX, ''))),
      set(key, text) {
        if (!only) learnt.set(key.replace(APOLLO_PREFIX, ''), text);
        return Promise.resolve();
      },
      delete(key) {
        learnt.delete(key.replace(APOLLO_PREFIX, ''));
        return Promise.resolve();
      },
    },
    textOf(reference) {
      if (typeof reference.query === 'string' && reference.query !== '') return reference.query;
      const hash = hashOf(reference);
      if (hash === undefined) return typeof reference.query === 'string' ? reference.query : undefined;
      return find(hash);
    },
    refuse(text, authentication) {
      if (!only || trusted.has(hashOfDocument(text))) return undefined;
      if (authentication.ok && authentication.caller.isOperator) return undefined;
      return requestError('UNTRUSTED_DOCUMENT');
    },
  };
}

/** `documentId`, or `extensions.persistedQuery.sha256Hash`. */
export function hashOf({ documentId, extensions }: DocumentReference): string | undefined {
  if (typeof documentId === 'string') return plainHash(documentId);
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } };
  const hash = persistedQuery?.sha256Hash;
  return typeof hash === 'string' ? plainHash(hash) : undefined;
}

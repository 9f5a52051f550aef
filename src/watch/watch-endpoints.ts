import type { Endpoint } from '../domain/settings';

export interface EndpointWatchDeps {
  /** The version of each tenant's configuration; of those that are gone, none. */
  versions(tenantIds: readonly string[]): Promise<Map<string, number>>;
  /** The tenant's endpoints that changed after one version and up to another, deleted ones too. */
  changedBetween(tenantId: string, after: number, upTo: number): Promise<Endpoint[]>;
  exists(tenantId: string, endpointId: string): Promise<boolean>;
  onError(error: unknown): void;
}

export interface EndpointWatchRequest {
  tenantId: string;
  /** One; all of the tenant's when left out. */
  endpointId?: string;
  signal: AbortSignal;
}

export interface EndpointStreams {
  /** Ends when the one endpoint that was asked for is not there, or no more. */
  watch(request: EndpointWatchRequest): AsyncGenerator<Endpoint[], void, undefined>;
  /** "The tenant's configuration is now this version." A hint. */
  heard(tenantId: string, version: number): void;
  /** Compares every watched tenant with the database, for hints that were lost. */
  checkAll(): Promise<void>;
}

interface Watcher {
  endpointId: string | undefined;
  /** What is to be told; of one that changes again meanwhile, the newest. So it is bounded by the endpoints there are. */
  waiting: Map<string, Endpoint>;
  wake: () => void;
}

interface Stream {
  version: number;
  watchers: Set<Watcher>;
  reading?: Promise<void>;
}

export function makeEndpointStreams(deps: EndpointWatchDeps): EndpointStreams {
  const streams = new Map<string, Stream>();

  async function readChanges(tenantId: string, stream: Stream): Promise<void> {
    try {
      const version = (await deps.versions([tenantId])).get(tenantId) ?? 0;
      if (version <= stream.version) return;
      const endpoints = await deps.changedBetween(tenantId, stream.version, version);
      stream.version = version;
      for (const watcher of stream.watchers) {
        for (const endpoint of endpoints) {
          if (watcher.endpointId !== undefined && watcher.endpointId !== endpoint.id) continue;
          watcher.waiting.set(endpoint.id, endpoint);
        }
        if (watcher.waiting.size > 0) watcher.wake();
      }
    } catch (error) {
      deps.onError(error);
    }
  }

  function refresh(tenantId: string, stream: Stream): void {
    stream.reading = (stream.reading ?? Promise.resolve()).then(() => readChanges(tenantId, stream));
  }

  function join(tenantId: string, watcher: Watcher, version: number): () => void {
    let stream = streams.get(tenantId);
    if (!stream) streams.set(tenantId, (stream = { version, watchers: new Set() }));
    const joined = stream;
    joined.watchers.add(watcher);
    return () => {
      joined.watchers.delete(watcher);
      if (joined.watchers.size === 0 && streams.get(tenantId) === joined) streams.delete(tenantId);
    };
  }

  return {
    async *watch({ tenantId, endpointId, signal }) {
      const version = (await deps.versions([tenantId])).get(tenantId);
      if (version === undefined) return;
      const watcher: Watcher = { endpointId, waiting: new Map(), wake: () => undefined };
      const leave = join(tenantId, watcher, version);
      try {
        // Looked up after joining: one that is deleted in between is told of as a change.
        if (endpointId !== undefined && !(await deps.exists(tenantId, endpointId))) return;
        while (!signal.aborted) {
          const changed = [...watcher.waiting.values()];
          watcher.waiting.clear();
          const present = changed.filter(({ deletedAt }) => deletedAt === null);
          if (present.length > 0) yield present;
          if (endpointId !== undefined && present.length < changed.length) return;
          if (watcher.waiting.size === 0) await nextWake(watcher, signal);
        }
      } finally {
        leave();
      }
    },

    heard(tenantId, version) {
      const stream = streams.get(tenantId);
      if (stream && version > stream.version) refresh(tenantId, stream);
    },

    async checkAll() {
      if (streams.size === 0) return;
      const versions = await deps.versions([...streams.keys()]);
      for (const [tenantId, stream] of streams) {
        if ((versions.get(tenantId) ?? 0) > stream.version) refresh(tenantId, stream);
      }
    },
  };
}

function nextWake(watcher: Watcher, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', wake);
      resolve();
    };
    if (signal.aborted) return resolve();
    watcher.wake = wake;
    signal.addEventListener('abort', wake, { once: true });
  });
}

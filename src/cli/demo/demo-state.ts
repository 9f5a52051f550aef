import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a second `up` needs to know of the first one. */
export interface DemoState {
  inspectorPort?: number;
  /** The API tells a key once, so this is the only copy. */
  tenantKey?: string;
  /** The story was shown to its end: from now on only what happens is shown. */
  isStoryTold?: boolean;
}

export interface DemoMemory {
  read(): DemoState;
  /** Adds to what is kept. */
  keep(more: DemoState): void;
}

/** `<dataDir>/demo.json`, readable by its owner alone. A file that cannot be understood counts as none. */
export function makeDemoMemory(dataDir: string): DemoMemory {
  const file = join(dataDir, 'demo.json');
  const read = (): DemoState => {
    try {
      return pick(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      // The demo can be made anew from nothing; the API is asked whether what is kept still holds.
      return {};
    }
  };
  return {
    read,
    keep(more) {
      const draft = `${file}.${process.pid}`;
      rmSync(draft, { force: true });
      // A rename, so that a crash leaves the old state or the new one, never half of it.
      writeFileSync(draft, `${JSON.stringify({ ...read(), ...more }, null, 2)}\n`, {
        mode: 0o600,
        flag: 'wx',
      });
      renameSync(draft, file);
    },
  };
}

function pick(value: unknown): DemoState {
  const { inspectorPort, tenantKey, isStoryTold } = (value ?? {}) as Record<string, unknown>;
  return {
    ...(typeof inspectorPort === 'number' && { inspectorPort }),
    ...(typeof tenantKey === 'string' && { tenantKey }),
    ...(typeof isStoryTold === 'boolean' && { isStoryTold }),
  };
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** The statements that the driver is asked to send while `work` runs, whoever asks; those that begin and end transactions apart. */
export async function collectStatements(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const onQuery = (message: unknown): void => {
    const { query } = message as { query: string };
    if (/^\s*(select|insert|update|delete)/i.test(query)) statements.push(query.trim());
  };
  subscribe('tracing:mysql2:query:start', onQuery);
  try {
    await work();
  } finally {
    unsubscribe('tracing:mysql2:query:start', onQuery);
  }
  return statements;
}

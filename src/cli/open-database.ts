import { makeDataSource } from '../store/data-source';

/** For a command that needs the database and is over in a moment. */
export async function openDatabase(url: string): Promise<ReturnType<typeof makeDataSource>> {
  try {
    return await makeDataSource({ url, connectionLimit: 2 }).initialize();
  } catch (cause) {
    // The driver's message has user, host and database, and no password.
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the database cannot be used (${said}): check DATABASE_URL, or ask warren doctor`, {
      cause,
    });
  }
}

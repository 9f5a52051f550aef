import { startApp } from '../app';
import { readConfig, type Role } from '../config';
import { stopOnSignals } from './stop-on-signals';

/** Runs roles until a signal: what a container or a service manager starts. */
export async function serve(roles?: Role[]): Promise<void> {
  const env = roles ? { ...process.env, WARREN_ROLES: roles.join(',') } : process.env;
  const app = await startApp(readConfig(env));
  stopOnSignals(() => app.stop());
}

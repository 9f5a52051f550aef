import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** What every command that speaks to a deployment can be told, by flags or the environment. */
export interface RemoteOptions {
  url?: string;
  apiKey?: string;
  tenant?: string;
  /** A file that has what is not given. */
  config?: string;
  json?: boolean;
}

/** Where Warren is, and as whom to speak to it. */
export interface Deployment {
  graphqlUrl: string;
  apiKey: string;
  /** For a key over all tenants: the one to act for. */
  tenant: string | undefined;
}

const DEFAULT_URL = 'http://localhost:4000';

const SETTINGS = z.strictObject({
  url: z.string().optional(),
  apiKey: z.string().optional(),
  tenant: z.string().optional(),
});
type Settings = z.infer<typeof SETTINGS>;

/** Flags and the environment first, then the file. */
export function findDeployment(options: RemoteOptions, env: NodeJS.ProcessEnv): Deployment {
  const settings = readSettings(options.config, env);
  const apiKey = firstFilled(options.apiKey, settings.apiKey);
  if (apiKey === undefined) {
    throw new Error(
      `there is no API key: set WARREN_API_KEY, give --api-key, or write {"apiKey": "…"} in ${defaultFile(env)}`,
    );
  }
  // A header cannot hold it, and the error of the library would quote it.
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new Error('the API key has a space or a character that no key has: copy it again');
  return {
    graphqlUrl: graphqlUrlOf(options.url ?? settings.url ?? DEFAULT_URL),
    apiKey,
    tenant: firstFilled(options.tenant, settings.tenant),
  };
}

/** A variable that is set to nothing is not set. */
const firstFilled = (...values: (string | undefined)[]): string | undefined =>
  values.find((value) => value !== undefined && value !== '');

/** People give the deployment's address, with or without the API's path. */
function graphqlUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`"${text}" is no address of a deployment: give one such as https://warren.example.com`);
  const path = url.pathname.replace(/\/+$/, '');
  return url.origin + (path.endsWith('/graphql') ? path : `${path}/graphql`);
}

function defaultFile(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'warren', 'config.json');
}

function readSettings(named: string | undefined, env: NodeJS.ProcessEnv): Settings {
  const file = named ?? defaultFile(env);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (named === undefined) return {};
    throw new Error(`cannot read ${file} (${(cause as NodeJS.ErrnoException).code ?? 'unreadable'})`, {
      cause,
    });
  }
  const settings = SETTINGS.safeParse(parse(text, file));
  if (settings.success) return settings.data;
  const faults = settings.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new Error(`${file} has url, apiKey and tenant, each a text: ${faults.join('; ')}`);
}

/** The parser's own message would quote the file, and with it the key. */
function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON: write {"url": "…", "apiKey": "…"}`);
  }
}

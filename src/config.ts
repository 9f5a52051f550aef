import { z } from 'zod';
import { ANY_TENANT, type Producers } from './domain/producers';
import { SSL_MODES } from './store/database-tls';
import { DEFAULT_SCHEDULE_SECONDS, MAX_RUNGS, MAX_RUNG_SECONDS } from './domain/retry-ladder';

export const ROLES = ['api', 'router', 'worker'] as const;
export type Role = (typeof ROLES)[number];

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

const seconds = z
  .string()
  .transform(list)
  .pipe(z.array(z.coerce.number<string>().int().min(1).max(MAX_RUNG_SECONDS)).max(MAX_RUNGS));

const boolean = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const url = (...protocols: string[]) =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), {
    message: `must start with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  });

const hasSslMode = (text: string): boolean => {
  const mode = URL.canParse(text) ? new URL(text).searchParams.get('ssl-mode') : null;
  return mode === null || SSL_MODES.some((known) => known === mode);
};

/** `user=tenant`: a user of the broker, and a tenant's slug or `*`. */
const producer = z
  .string()
  .regex(
    /^[^=\s]{1,128}=(\*|[a-z0-9][a-z0-9-]*)$/,
    'must be <broker user>=<tenant slug>, or =* for all tenants',
  );

const networks = z
  .string()
  .default('')
  .transform(list)
  .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()])));

/** Keys that come over plain HTTP could be anybody's: only where nobody stands between. */
const isSafeIssuer = (text: string): boolean =>
  /^https:\/\/|^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/.test(text) && URL.canParse(text);

/** As browsers spell it: what else a policy may hold would let more in than an origin. */
const isOrigin = (text: string): boolean =>
  /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;

const ENVIRONMENT = z.object({
  WARREN_HOST: z.string().default('127.0.0.1'),
  WARREN_PORT: whole(0, 65_535).default(4000),
  DATABASE_URL: url('mysql', 'mariadb').refine(hasSslMode, `ssl-mode must be ${SSL_MODES.join(' or ')}`),
  AMQP_URL: z
    .string()
    .transform(list)
    .pipe(z.array(url('amqp', 'amqps')).min(1)),
  WARREN_NAMESPACE: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,40}$/, 'must be lower-case letters, digits, _ and -')
    .default('warren'),
  WARREN_ROLES: z
    .string()
    .default(ROLES.join(','))
    .transform(list)
    .pipe(z.array(z.enum(ROLES)).min(1)),
  WARREN_OPERATOR_KEY: z
    .string()
    .min(20, 'must be at least 20 characters')
    .regex(/^wrn_/, 'must start with wrn_'),
  WARREN_MASTER_KEYS: z
    .string()
    .transform(list)
    .pipe(
      z
        .array(
          z.string().regex(/^[a-zA-Z0-9-]{1,16}:[A-Za-z0-9+/]{43}=$/, 'must be <name>:<base64 of 32 bytes>'),
        )
        .min(1)
        .refine((keys) => new Set(keys.map((key) => key.split(':')[0])).size === keys.length, {
          message: 'must give each key a name of its own',
        }),
    ),
  WARREN_RETRY_SCHEDULE: seconds.default([...DEFAULT_SCHEDULE_SECONDS]),
  WARREN_RETRY_LADDER: seconds.default([]),
  WARREN_ALLOWED_NETWORKS: networks,
  WARREN_MAX_EVENT_BYTES: whole(1024, 16 * 1024 * 1024).default(262_144),
  WARREN_STRICT_CATALOG: boolean.default(false),
  WARREN_RETENTION_DAYS: whole(1, 3650).default(30),
  WARREN_CORS_ORIGINS: z.string().default('').transform(list),
  WARREN_PUBLIC_URL: url('http', 'https').optional(),
  WARREN_PORTAL_FRAME_ORIGINS: z
    .string()
    .default('')
    .transform(list)
    .pipe(z.array(z.string().refine(isOrigin, 'must be origins such as https://partner.example'))),
  WARREN_JWT_ISSUER: url('http', 'https')
    .refine(isSafeIssuer, 'must be https, or http on this machine')
    .optional(),
  WARREN_JWT_AUDIENCE: z.string().optional(),
  WARREN_RATE_LIMIT_PER_SECOND: whole(0, 1_000_000).default(1000),
  WARREN_TRUSTED_PROXIES: networks,
  WARREN_TRUSTED_DOCUMENTS: z.string().optional(),
  WARREN_TRUSTED_DOCUMENTS_ONLY: boolean.default(false),
  WARREN_AUDIT_RETENTION_DAYS: whole(1, 3650).default(365),
  WARREN_WINDOW: whole(1, 5000).default(400),
  WARREN_CIRCUIT_FAILURES: whole(1, 1_000_000).default(10),
  WARREN_CIRCUIT_SPAN_SECONDS: whole(0, 3600).default(5),
  WARREN_CIRCUIT_PROBE_SECONDS: whole(1, 3600).default(30),
  WARREN_DIRECT_DISPATCH: boolean.default(true),
  WARREN_PRODUCERS: z.string().transform(list).pipe(z.array(producer)).optional(),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
});

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly amqpUrls: readonly string[];
  readonly namespace: string;
  readonly roles: ReadonlySet<Role>;
  readonly operatorKey: string;
  readonly masterKeys: readonly string[];
  /** Seconds; what an endpoint gets that asks for nothing else. */
  readonly retrySchedule: readonly number[];
  /** Seconds; every rung there is. */
  readonly ladder: readonly number[];
  readonly allowedNetworks: readonly string[];
  readonly maxEventBytes: number;
  readonly strictCatalog: boolean;
  readonly retentionDays: number;
  readonly corsOrigins: readonly string[];
  /** Where people reach Warren; undefined: where it listens. */
  readonly publicUrl: string | undefined;
  /** Whose pages may show the portal in a frame. */
  readonly portalFrameOrigins: readonly string[];
  /** Whose tokens are taken, and for whom they must be made; undefined: nobody's. */
  readonly jwt: { readonly issuer: string; readonly audience: string } | undefined;
  /** Operations of one key in one process; 0: no limit. */
  readonly rateLimitPerSecond: number;
  /** Who may say in X-Forwarded-For for whom they speak. */
  readonly trustedProxies: readonly string[];
  /** Path of the documents that are known beforehand. */
  readonly trustedDocuments: string | undefined;
  readonly trustedDocumentsOnly: boolean;
  readonly auditRetentionDays: number;
  /** Most deliveries that one worker has under way. */
  readonly window: number;
  /** When an endpoint's circuit opens, and when it is tried again; see docs/gate.md. */
  readonly circuit: {
    readonly failures: number;
    readonly spanMs: number;
    readonly probeMs: number;
    readonly maxProbeMs: number;
  };
  /** Whether a process with the roles router and worker attempts what it routes without the hop over the broker. */
  readonly directDispatch: boolean;
  /** Who may publish over AMQP, and for whom; Warren itself among them. */
  readonly producers: Producers;
  readonly logLevel: string;
}

const MAX_PROBE_MS = 600_000;

/** All that is wrong with the environment, at once. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(
      `The environment has ${problems.length} bad value(s):\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/** Reads the environment into a frozen Config, or throws one ConfigError that names every bad value. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = ENVIRONMENT.safeParse(present);
  const problems = parsed.success ? findOrphans(parsed.data) : parsed.error.issues.map(describe);
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const values = parsed.data;
  const { WARREN_JWT_ISSUER: issuer, WARREN_JWT_AUDIENCE: audience } = values;
  return Object.freeze({
    host: values.WARREN_HOST,
    port: values.WARREN_PORT,
    databaseUrl: values.DATABASE_URL,
    amqpUrls: values.AMQP_URL,
    namespace: values.WARREN_NAMESPACE,
    roles: new Set(values.WARREN_ROLES),
    operatorKey: values.WARREN_OPERATOR_KEY,
    masterKeys: values.WARREN_MASTER_KEYS,
    retrySchedule: values.WARREN_RETRY_SCHEDULE,
    ladder: [...new Set([...values.WARREN_RETRY_SCHEDULE, ...values.WARREN_RETRY_LADDER])].sort(
      (a, b) => a - b,
    ),
    allowedNetworks: values.WARREN_ALLOWED_NETWORKS,
    maxEventBytes: values.WARREN_MAX_EVENT_BYTES,
    strictCatalog: values.WARREN_STRICT_CATALOG,
    retentionDays: values.WARREN_RETENTION_DAYS,
    corsOrigins: values.WARREN_CORS_ORIGINS,
    publicUrl: values.WARREN_PUBLIC_URL,
    portalFrameOrigins: values.WARREN_PORTAL_FRAME_ORIGINS,
    jwt: issuer && audience ? { issuer, audience } : undefined,
    rateLimitPerSecond: values.WARREN_RATE_LIMIT_PER_SECOND,
    trustedProxies: values.WARREN_TRUSTED_PROXIES,
    trustedDocuments: values.WARREN_TRUSTED_DOCUMENTS,
    trustedDocumentsOnly: values.WARREN_TRUSTED_DOCUMENTS_ONLY,
    auditRetentionDays: values.WARREN_AUDIT_RETENTION_DAYS,
    window: values.WARREN_WINDOW,
    circuit: {
      failures: values.WARREN_CIRCUIT_FAILURES,
      spanMs: values.WARREN_CIRCUIT_SPAN_SECONDS * 1000,
      probeMs: values.WARREN_CIRCUIT_PROBE_SECONDS * 1000,
      maxProbeMs: Math.max(MAX_PROBE_MS, values.WARREN_CIRCUIT_PROBE_SECONDS * 1000),
    },
    directDispatch: values.WARREN_DIRECT_DISPATCH,
    producers: producersOf(values),
    logLevel: values.LOG_LEVEL,
  });
}

/** Warren's own user is one of them: it publishes what sources took while the database was away. */
function producersOf({ WARREN_PRODUCERS, AMQP_URL }: z.infer<typeof ENVIRONMENT>): Producers {
  if (!WARREN_PRODUCERS) return undefined;
  const producers = new Map<string, Set<string>>();
  const allow = (user: string, tenant: string): unknown =>
    producers.set(user, (producers.get(user) ?? new Set()).add(tenant));
  for (const pair of WARREN_PRODUCERS) {
    const [user = '', tenant = ''] = pair.split('=');
    allow(user, tenant);
  }
  for (const url of AMQP_URL) allow(brokerUser(url), ANY_TENANT);
  return producers;
}

/** RabbitMQ's own default where the url names nobody. */
export const brokerUser = (url: string): string => decodeURIComponent(new URL(url).username) || 'guest';

/** What means nothing without another value. */
function findOrphans(values: z.infer<typeof ENVIRONMENT>): string[] {
  const problems: string[] = [];
  // Without an audience, any token that the issuer made for any program of anybody would be good here.
  if (values.WARREN_JWT_ISSUER && !values.WARREN_JWT_AUDIENCE)
    problems.push('WARREN_JWT_AUDIENCE is required with WARREN_JWT_ISSUER');
  if (values.WARREN_JWT_AUDIENCE && !values.WARREN_JWT_ISSUER)
    problems.push('WARREN_JWT_ISSUER is required with WARREN_JWT_AUDIENCE');
  if (values.WARREN_TRUSTED_DOCUMENTS_ONLY && !values.WARREN_TRUSTED_DOCUMENTS)
    problems.push('WARREN_TRUSTED_DOCUMENTS is required with WARREN_TRUSTED_DOCUMENTS_ONLY');
  if (values.WARREN_PRODUCERS && new Set(values.AMQP_URL.map(brokerUser)).size > 1)
    problems.push('AMQP_URL: with WARREN_PRODUCERS all urls must have the same user');
  return problems;
}

/** Values may be secrets, so only the variable's name and the rule are told. */
function describe(issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0] ?? 'environment');
  const missing = issue.code === 'invalid_type' && issue.message.includes('undefined');
  return missing ? `${name} is required` : `${name}: ${issue.message}`;
}

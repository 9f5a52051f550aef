import type { z } from 'zod';
import { ANY_TENANT, type Producers } from './domain/routing/producers';
import { ENVIRONMENT, type Environment, type Role } from './environment';

export { ROLES, type Role } from './environment';

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
  /** Over how many queues deliveries are spread. */
  readonly shards: number;
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
  /** Whether tenants may make throw-away receivers on this deployment's own address. */
  readonly inspector: boolean;
  /** Where spans go, over HTTP; undefined: nowhere, and none are made. */
  readonly otlpEndpoint: string | undefined;
  readonly logLevel: string;
}

const MAX_PROBE_MS = 600_000;

/** All that is wrong with the environment, at once. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(
      `The environment has ${problems.length} bad value(s):\n${problems.map((line) => `  - ${line}`).join('\n')}\n` +
        'docs/operating.md, "Environment", says what each takes; `warren up` makes keys and finds servers by itself.',
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
  const problems = parsed.success ? findConflicts(parsed.data) : parsed.error.issues.map(describe);
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
    shards: values.WARREN_SHARDS,
    circuit: {
      failures: values.WARREN_CIRCUIT_FAILURES,
      spanMs: values.WARREN_CIRCUIT_SPAN_SECONDS * 1000,
      probeMs: values.WARREN_CIRCUIT_PROBE_SECONDS * 1000,
      maxProbeMs: Math.max(MAX_PROBE_MS, values.WARREN_CIRCUIT_PROBE_SECONDS * 1000),
    },
    directDispatch: values.WARREN_DIRECT_DISPATCH,
    producers: producersOf(values),
    inspector: values.WARREN_INSPECTOR,
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    logLevel: values.LOG_LEVEL,
  });
}

/** Warren's own user is one of them: it publishes what sources took while the database was away. */
function producersOf({ WARREN_PRODUCERS, AMQP_URL }: Environment): Producers {
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

/** What is wrong only beside another value. */
function findConflicts(values: Environment): string[] {
  const problems: string[] = [];
  // Without an audience, any token that the issuer made for any program of anybody would be good here.
  if (values.WARREN_JWT_ISSUER && !values.WARREN_JWT_AUDIENCE)
    problems.push('WARREN_JWT_AUDIENCE is required with WARREN_JWT_ISSUER');
  if (values.WARREN_JWT_AUDIENCE && !values.WARREN_JWT_ISSUER)
    problems.push('WARREN_JWT_ISSUER is required with WARREN_JWT_AUDIENCE');
  if (values.WARREN_TRUSTED_DOCUMENTS_ONLY && !values.WARREN_TRUSTED_DOCUMENTS)
    problems.push('WARREN_TRUSTED_DOCUMENTS is required with WARREN_TRUSTED_DOCUMENTS_ONLY');
  // Each shard needs at least one place of the window.
  if (values.WARREN_WINDOW < values.WARREN_SHARDS)
    problems.push('WARREN_WINDOW must be at least WARREN_SHARDS');
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

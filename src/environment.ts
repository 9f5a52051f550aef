import { z } from 'zod';
import { DEFAULT_SCHEDULE_SECONDS, MAX_RUNGS, MAX_RUNG_SECONDS } from './domain/delivery/retry-ladder';
import { MAX_SHARDS } from './domain/delivery/shards';

/** The variables of the environment, each with its rule; docs/operating.md says what they mean. */

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

/** Encrypted and checked, or not at all: what is encrypted and not checked anybody can read. See store/database-tls.ts. */
const SSL_MODES = ['DISABLED', 'VERIFY_IDENTITY'];

const hasSslMode = (text: string): boolean => {
  const mode = URL.canParse(text) ? new URL(text).searchParams.get('ssl-mode') : null;
  return mode === null || SSL_MODES.includes(mode);
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

export const ENVIRONMENT = z.object({
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
  WARREN_WINDOW: whole(1, 20_000).default(4000),
  WARREN_SHARDS: whole(1, MAX_SHARDS).default(1),
  WARREN_CIRCUIT_FAILURES: whole(1, 1_000_000).default(10),
  WARREN_CIRCUIT_SPAN_SECONDS: whole(0, 3600).default(5),
  WARREN_CIRCUIT_PROBE_SECONDS: whole(1, 3600).default(30),
  WARREN_DIRECT_DISPATCH: boolean.default(true),
  WARREN_PRODUCERS: z.string().transform(list).pipe(z.array(producer)).optional(),
  WARREN_INSPECTOR: boolean.default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https').optional(),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
});

export type Environment = z.infer<typeof ENVIRONMENT>;

import { ConfigError, readConfig } from '../../src/config';
import { mayPublish } from '../../src/domain/routing/producers';

const KEY = `k1:${Buffer.alloc(32, 5).toString('base64')}`;
const LEAST = {
  DATABASE_URL: 'mysql://warren:pass@127.0.0.1:3306/warren',
  AMQP_URL: 'amqp://guest:guest@127.0.0.1:5672',
  WARREN_OPERATOR_KEY: 'wrn_0123456789abcdef0123',
  WARREN_MASTER_KEYS: KEY,
};

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig({ ...LEAST, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('needs four values and has the contract’s defaults for the rest', () => {
    expect(readConfig(LEAST)).toEqual({
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: LEAST.DATABASE_URL,
      amqpUrls: [LEAST.AMQP_URL],
      namespace: 'warren',
      roles: new Set(['api', 'router', 'worker']),
      operatorKey: LEAST.WARREN_OPERATOR_KEY,
      masterKeys: [KEY],
      retrySchedule: [5, 30, 120, 900, 3600, 10800, 21600, 43200, 86400],
      ladder: [5, 30, 120, 900, 3600, 10800, 21600, 43200, 86400],
      allowedNetworks: [],
      maxEventBytes: 262_144,
      strictCatalog: false,
      retentionDays: 30,
      corsOrigins: [],
      publicUrl: undefined,
      portalFrameOrigins: [],
      jwt: undefined,
      rateLimitPerSecond: 1000,
      trustedProxies: [],
      trustedDocuments: undefined,
      trustedDocumentsOnly: false,
      auditRetentionDays: 365,
      window: 4000,
      shards: 1,
      circuit: { failures: 10, spanMs: 5000, probeMs: 30_000, maxProbeMs: 600_000 },
      directDispatch: true,
      inspector: false,
      logLevel: 'info',
    });
  });

  it('reads every value', () => {
    const config = readConfig({
      ...LEAST,
      AMQP_URL: 'amqp://a, amqps://b',
      WARREN_PORT: '0',
      WARREN_ROLES: 'worker, router',
      WARREN_MASTER_KEYS: `${KEY},old:${Buffer.alloc(32).toString('base64')}`,
      WARREN_RETRY_SCHEDULE: '60,5',
      WARREN_RETRY_LADDER: '7,60',
      WARREN_ALLOWED_NETWORKS: '10.0.0.0/8, ::1/128',
      WARREN_STRICT_CATALOG: '1',
      WARREN_CORS_ORIGINS: 'https://a.example',
      WARREN_PUBLIC_URL: 'https://hooks.example',
      WARREN_JWT_ISSUER: 'https://id.example/',
      WARREN_JWT_AUDIENCE: 'warren',
      WARREN_RATE_LIMIT_PER_SECOND: '0',
      WARREN_TRUSTED_PROXIES: '10.0.0.0/8',
      WARREN_TRUSTED_DOCUMENTS: '/documents.json',
      WARREN_TRUSTED_DOCUMENTS_ONLY: 'true',
      WARREN_AUDIT_RETENTION_DAYS: '90',
    });
    expect(config).toMatchObject({
      amqpUrls: ['amqp://a', 'amqps://b'],
      port: 0,
      roles: new Set(['worker', 'router']),
      retrySchedule: [60, 5],
      ladder: [5, 7, 60],
      allowedNetworks: ['10.0.0.0/8', '::1/128'],
      strictCatalog: true,
      corsOrigins: ['https://a.example'],
      publicUrl: 'https://hooks.example',
      portalFrameOrigins: [],
      jwt: { issuer: 'https://id.example/', audience: 'warren' },
      rateLimitPerSecond: 0,
      trustedProxies: ['10.0.0.0/8'],
      trustedDocuments: '/documents.json',
      trustedDocumentsOnly: true,
      auditRetentionDays: 90,
    });
    expect(config.masterKeys).toHaveLength(2);
  });

  it('lets the producers that are named publish for their tenants, and Warren’s own user for all', () => {
    const { producers } = readConfig({ ...LEAST, WARREN_PRODUCERS: 'orders=acme, orders=globex,billing=*' });
    const may = (user: string | undefined, tenant: string) => mayPublish(producers, user, tenant);
    expect([may('orders', 'acme'), may('orders', 'globex'), may('orders', 'initech')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([may('billing', 'initech'), may('guest', 'initech')]).toEqual([true, true]);
    expect([may('somebody', 'acme'), may(undefined, 'acme')]).toEqual([false, false]);
    expect(mayPublish(readConfig(LEAST).producers, undefined, 'acme')).toBe(true);
    const twoUsers = { AMQP_URL: 'amqp://a:x@h1, amqp://b:x@h2' };
    expect(problemsOf({ ...twoUsers, WARREN_PRODUCERS: 'orders=acme' })).toHaveLength(1);
    expect(problemsOf(twoUsers)).toEqual([]);
  });

  it('takes an empty value for none', () => {
    expect(readConfig({ ...LEAST, WARREN_PORT: '', WARREN_PUBLIC_URL: '' })).toMatchObject({
      port: 4000,
      publicUrl: undefined,
      portalFrameOrigins: [],
    });
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(readConfig(LEAST))).toBe(true);
  });
});

describe('a bad environment', () => {
  it.each<[string, string]>([
    ['WARREN_PORT', '65536'],
    ['WARREN_PORT', '-1'],
    ['WARREN_PORT', 'http'],
    ['WARREN_PORT', '80.5'],
    ['DATABASE_URL', 'postgres://x'],
    ['AMQP_URL', 'http://x'],
    ['AMQP_URL', 'amqp://x,http://y'],
    ['AMQP_URL', ' , '],
    ['WARREN_NAMESPACE', 'Warren'],
    ['WARREN_NAMESPACE', 'a.b'],
    ['WARREN_ROLES', 'api,boss'],
    ['WARREN_ROLES', ','],
    ['WARREN_OPERATOR_KEY', 'wrn_short'],
    ['WARREN_OPERATOR_KEY', 'x'.repeat(40)],
    ['WARREN_MASTER_KEYS', 'k1:AAAA'],
    ['WARREN_MASTER_KEYS', Buffer.alloc(32).toString('base64')],
    ['WARREN_MASTER_KEYS', `${KEY},k1:${Buffer.alloc(32, 6).toString('base64')}`],
    ['WARREN_RETRY_SCHEDULE', '5,x'],
    ['WARREN_RETRY_SCHEDULE', '0'],
    ['WARREN_RETRY_SCHEDULE', '604801'],
    ['WARREN_RETRY_SCHEDULE', '1.5'],
    ['WARREN_RETRY_LADDER', Array.from({ length: 41 }, (_, i) => i + 1).join(',')],
    ['WARREN_ALLOWED_NETWORKS', '10.0.0.0/33'],
    ['WARREN_ALLOWED_NETWORKS', 'localhost'],
    ['WARREN_MAX_EVENT_BYTES', '100'],
    ['WARREN_STRICT_CATALOG', 'yes'],
    ['DATABASE_URL', 'mysql://root@localhost/warren?ssl-mode=REQUIRED'],
    ['WARREN_RETENTION_DAYS', '0'],
    ['WARREN_PUBLIC_URL', 'hooks.example'],
    ['WARREN_JWT_ISSUER', 'id.example'],
    ['WARREN_JWT_ISSUER', 'http://id.example'],
    ['WARREN_JWT_ISSUER', 'http://127.0.0.1.evil.example'],
    ['WARREN_RATE_LIMIT_PER_SECOND', '-1'],
    ['WARREN_TRUSTED_PROXIES', '10.0.0.1'],
    ['WARREN_TRUSTED_DOCUMENTS_ONLY', 'maybe'],
    ['WARREN_AUDIT_RETENTION_DAYS', '0'],
    ['WARREN_WINDOW', '0'],
    ['WARREN_SHARDS', '0'],
    ['WARREN_SHARDS', '65'],
    ['WARREN_DIRECT_DISPATCH', 'perhaps'],
    ['WARREN_PRODUCERS', 'orders'],
    ['WARREN_PRODUCERS', 'orders=Acme Inc'],
    ['LOG_LEVEL', 'loud'],
  ])('is refused for %s=%s', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(new RegExp(`^${name}\\b`));
  });

  it.each([
    [{ WARREN_JWT_ISSUER: 'https://id.example' }, 'WARREN_JWT_AUDIENCE is required with WARREN_JWT_ISSUER'],
    [{ WARREN_JWT_AUDIENCE: 'warren' }, 'WARREN_JWT_ISSUER is required with WARREN_JWT_AUDIENCE'],
    [
      { WARREN_TRUSTED_DOCUMENTS_ONLY: '1' },
      'WARREN_TRUSTED_DOCUMENTS is required with WARREN_TRUSTED_DOCUMENTS_ONLY',
    ],
    [{ WARREN_WINDOW: '3', WARREN_SHARDS: '4' }, 'WARREN_WINDOW must be at least WARREN_SHARDS'],
  ])('is refused when one value needs another: %j', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem]);
  });

  it.each(['http://localhost:8080', 'http://127.0.0.1:9', 'http://[::1]/realm', 'https://id.example'])(
    'takes the issuer %s',
    (issuer) => {
      expect(problemsOf({ WARREN_JWT_ISSUER: issuer, WARREN_JWT_AUDIENCE: 'w' })).toEqual([]);
    },
  );

  it('is told all at once, what is missing too', () => {
    const env = {
      WARREN_PORT: 'x',
      DATABASE_URL: '',
      AMQP_URL: 'http://x',
      LOG_LEVEL: 'loud',
      WARREN_MASTER_KEYS: '',
    };
    const problems = problemsOf(env);
    expect(problems.map((line) => line.split(/[: ]/)[0]).sort()).toEqual(Object.keys(env).sort());
    expect(problems).toEqual(
      expect.arrayContaining(['DATABASE_URL is required', 'WARREN_MASTER_KEYS is required']),
    );
    const thrown = (): unknown => readConfig({ ...LEAST, ...env });
    for (const problem of problems) expect(thrown).toThrow(problem);
  });

  it('is told without any of its values, which may be secrets', () => {
    const secret = 'hunter2';
    const names = [
      ...[
        'WARREN_PORT',
        'DATABASE_URL',
        'AMQP_URL',
        'WARREN_ROLES',
        'WARREN_OPERATOR_KEY',
        'WARREN_MASTER_KEYS',
      ],
      ...[
        'WARREN_RETRY_SCHEDULE',
        'WARREN_RETRY_LADDER',
        'WARREN_ALLOWED_NETWORKS',
        'WARREN_MAX_EVENT_BYTES',
      ],
      ...[
        'WARREN_STRICT_CATALOG',
        'WARREN_RETENTION_DAYS',
        'WARREN_PUBLIC_URL',
        'WARREN_WINDOW',
        'WARREN_DIRECT_DISPATCH',
        'WARREN_PRODUCERS',
        'LOG_LEVEL',
      ],
    ];
    const problems = problemsOf(Object.fromEntries(names.map((name) => [name, secret])));
    for (const name of names) expect(problems.some((line) => line.startsWith(name))).toBe(true);
    expect(problems.join('\n')).not.toContain(secret);
  });
});

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, parse } from 'yaml';
import { makeProgram } from '../../src/cli/program';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  read_only?: boolean;
  stop_grace_period?: string;
}
interface Container {
  args: string[];
  image: string;
  securityContext: object;
  livenessProbe: { httpGet: { path: string } };
  readinessProbe: { httpGet: { path: string } };
  startupProbe: { httpGet: { path: string } };
}
interface PodSpec {
  containers: Container[];
  securityContext: object;
  terminationGracePeriodSeconds?: number;
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: { template: { spec: PodSpec }; selector?: { matchLabels: object } };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

const composeFiles = ['docker/compose.yaml', 'docker/compose.cluster.yaml'];
const servicesOf = (file: string): [string, Service][] =>
  Object.entries((parse(read(file), { merge: true }) as { services: Record<string, Service> }).services);
const manifests = ['base', 'keda'].flatMap((folder) =>
  readdirSync(join(ROOT, 'docker/kubernetes', folder)).flatMap((name) =>
    parseAllDocuments(read(`docker/kubernetes/${folder}/${name}`)).map((found) => {
      if (found.errors.length > 0) throw new Error(`${name}: ${String(found.errors[0])}`);
      return found.toJS() as Manifest;
    }),
  ),
);
const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
const workloads = [...ofKind('Deployment'), ...ofKind('Job')];

const commands = makeProgram().commands.map((command) => command.name());
/** Variables that the code reads. */
const known = new Set([
  ...[...read('src/environment.ts').matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name),
  'NODE_ENV',
]);
const unknownIn = (names: string[]): string[] => names.filter((name) => !known.has(name));

describe('the image', () => {
  const dockerfile = read('docker/Dockerfile');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  );

  it('is made of what is there and is let through to it', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
    expect(copied.filter((source) => !allowed.includes(source))).toEqual([]);
  });

  it('is built without another image than its base: no front end is fetched to read the file', () => {
    expect(dockerfile).not.toMatch(/^# *syntax=/m);
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)).toEqual(
      Array(3).fill('${NODE_IMAGE}'),
    );
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:20[^@\s]*-slim@sha256:[0-9a-f]{64}$/m);
  });

  it('starts Node with the flags of `npm run up` and `npm run warren`', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const [, entry = '[]'] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? [];
    const flags = (JSON.parse(entry) as string[]).filter((part) => part.startsWith('--'));
    expect(flags.length).toBeGreaterThan(0);
    for (const name of ['up', 'warren'])
      expect(scripts[name]?.split(' ').filter((part) => part.startsWith('--'))).toEqual(flags);
  });

  it('has everything that the portal is built from', () => {
    const guides = [...read('src/provision/build-portal.cjs').matchAll(/'(docs\/[^']+)'/g)].map(
      ([, path]) => path,
    );
    expect(guides.length).toBeGreaterThan(0);
    expect(copied).toContain('docs');
    expect(guides.filter((path) => !path?.startsWith('docs/'))).toEqual([]);
  });

  it('runs as somebody who is not root, and a command that there is', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(commands).toContain(/^CMD \["(\w+)"\]$/m.exec(dockerfile)?.[1]);
    expect(dockerfile).toContain('"dist/src/main.js"');
  });

  it('needs no shell once it is built', () => {
    const [, last = ''] = dockerfile.split(/^USER node$/m);
    const started = [...last.matchAll(/^(?:ENTRYPOINT|CMD|HEALTHCHECK [^[]*CMD) (.+)$/gm)].map(
      ([, command]) => command,
    );
    expect(started).toHaveLength(3);
    expect(started.filter((command) => !Array.isArray(JSON.parse(command ?? '')))).toEqual([]);
    expect(last).not.toMatch(/^RUN /m);
  });
});

describe.each(composeFiles)('%s', (file) => {
  const own = servicesOf(file).filter(([, { image }]) => image === 'warren');

  it('names its project, so that its volumes are its own', () => {
    expect(read(file)).toMatch(/^name: warren/m);
  });

  it('runs commands that there are, with variables that the code reads', () => {
    expect(own.length).toBeGreaterThan(0);
    expect(
      own.map(([, { command }]) => command?.[0]).filter((name) => !commands.includes(name ?? '')),
    ).toEqual([]);
    expect(own.flatMap(([, { environment = {} }]) => unknownIn(Object.keys(environment)))).toEqual([]);
  });

  it('names every image but its own by release and digest', () => {
    const foreign = servicesOf(file)
      .map(([, { image }]) => image)
      .filter((image) => image !== 'warren');
    expect(foreign.length).toBeGreaterThan(1);
    for (const image of foreign) expect(image).toMatch(/^[a-z]+:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
  });

  it('starts Warren after what it needs, read-only, and gives it time to end', () => {
    const names = servicesOf(file).map(([name]) => name);
    for (const [, { depends_on = {}, read_only, stop_grace_period = '0s' }] of own) {
      expect(Object.keys(depends_on).filter((name) => !names.includes(name))).toEqual([]);
      expect(read_only).toBe(true);
      expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThanOrEqual(40);
    }
  });
});

it('docker/compose.yaml needs no variable: `npm run up` starts its servers from it', () => {
  expect(read('docker/compose.yaml')).not.toContain(':?');
  expect(servicesOf('docker/compose.yaml').map(([name]) => name)).toEqual(['rabbitmq', 'mysql', 'warren']);
});

it('the nodes of the cluster find one another by the names that they have', () => {
  const nodes = servicesOf('docker/compose.cluster.yaml').filter(([, { image = '' }]) =>
    image.startsWith('rabbitmq'),
  );
  const named = [...read('docker/rabbitmq/cluster.conf').matchAll(/= rabbit@(\S+)$/gm)].map(
    ([, name]) => name,
  );
  expect(named).toEqual(nodes.map(([name]) => name));
});

describe('the manifests', () => {
  it('run commands that there are, as somebody who is not root and can write nothing', () => {
    expect(workloads.map(({ metadata }) => metadata.name)).toEqual(['api', 'router', 'worker', 'migrate']);
    for (const { spec } of workloads) {
      const { containers, securityContext } = spec.template.spec;
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { args, image, securityContext: own } of containers) {
        expect(commands).toContain(args[0]);
        expect(image).toBe('warren');
        expect(own).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  it('ask each role whether it lives and is ready, give it time to end, and keep one running', () => {
    const budgets = ofKind('PodDisruptionBudget').map(({ spec }) => spec.selector);
    for (const { spec } of ofKind('Deployment')) {
      const { containers, terminationGracePeriodSeconds = 30 } = spec.template.spec;
      expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(40);
      expect(budgets).toContainEqual(spec.selector);
      for (const { livenessProbe, readinessProbe, startupProbe } of containers) {
        expect(livenessProbe.httpGet.path).toBe('/healthz');
        expect(startupProbe.httpGet.path).toBe('/healthz');
        expect(readinessProbe.httpGet.path).toBe('/readyz');
      }
    }
  });

  it('set variables that the code reads, all that it needs among them', () => {
    const set = [...ofKind('ConfigMap'), ...ofKind('Secret')].flatMap(({ data = {}, stringData = {} }) =>
      Object.keys({ ...data, ...stringData }),
    );
    expect(unknownIn(set)).toEqual([]);
    expect(set).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'AMQP_URL', 'WARREN_OPERATOR_KEY', 'WARREN_MASTER_KEYS']),
    );
  });
});

it('the database of the cluster has a replica that can follow it, and that Warren does not read', () => {
  const services = new Map(servicesOf('docker/compose.cluster.yaml'));
  const flags = (name: string): string[] => services.get(name)?.command ?? [];
  for (const name of ['mysql', 'mysql-replica'])
    expect(flags(name)).toEqual(
      expect.arrayContaining(['--gtid-mode=ON', '--enforce-gtid-consistency=ON', '--max-allowed-packet=64M']),
    );
  const ids = ['mysql', 'mysql-replica'].map((name) =>
    flags(name).find((flag) => flag.startsWith('--server-id=')),
  );
  expect(new Set(ids).size).toBe(2);
  const script = read('docker/mysql/replicate.sh');
  expect(script).toContain('SOURCE_AUTO_POSITION=1');
  expect(script).toContain('super_read_only = ON');
  // The client of MySQL 9 takes no commands of its own in statements.
  expect(script).not.toContain('\\G');
  const urls = [...services.values()].flatMap(({ environment }) => environment?.DATABASE_URL ?? []);
  expect(urls.length).toBeGreaterThan(0);
  expect(urls.filter((url) => url.includes('replica'))).toEqual([]);
});

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { fencesOf } from '../support/tour';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/**
 * The programs of docs/guides/publish.md as they stand there, in each language whose client is at hand: its Debian
 * packages are amqp-tools, python3-pika, golang-github-rabbitmq-amqp091-go-dev, librabbitmq-client-java, php-amqplib and
 * ruby-bunny.
 */
const GUIDE = fencesOf(readFileSync(join(__dirname, '../../docs/guides/publish.md'), 'utf8'));

interface Client {
  language: string;
  file: string;
  /** Succeeds where the client is at hand. */
  probe: string;
  run: string;
  env?: NodeJS.ProcessEnv;
}

const PHP_AMQPLIB = '/usr/share/php/PhpAmqpLib/autoload.php';
const JAVA_CLASSES = ['amqp-client', 'slf4j-api'].map((name) => `/usr/share/java/${name}.jar`).join(':');
const CLIENTS: Client[] = [
  { language: 'sh', file: 'publish.sh', probe: 'command -v amqp-publish', run: 'sh publish.sh' },
  { language: 'js', file: 'publish.mjs', probe: 'true', run: `${process.execPath} publish.mjs` },
  {
    ...{ language: 'python', file: 'publish.py' },
    ...{ probe: '/usr/bin/python3 -c "import pika"', run: '/usr/bin/python3 publish.py' },
  },
  {
    ...{ language: 'go', file: 'main.go' },
    probe: 'go version && test -d /usr/share/gocode/src/github.com/rabbitmq/amqp091-go',
    run: 'go run main.go',
    env: { GOPATH: '/usr/share/gocode', GO111MODULE: 'off' },
  },
  {
    ...{ language: 'java', file: 'Publish.java' },
    probe: `javac -version && test -f ${JAVA_CLASSES.split(':')[0] ?? ''}`,
    run: `java -cp ${JAVA_CLASSES} Publish.java`,
  },
  {
    ...{ language: 'php', file: 'publish.php' },
    probe: `php --version && test -f ${PHP_AMQPLIB}`,
    run: 'php publish.php',
  },
  { language: 'ruby', file: 'publish.rb', probe: `ruby -e "require 'bunny'"`, run: 'ruby publish.rb' },
];
const atHand = ({ probe }: Pick<Client, 'probe'>): boolean => spawnSync('sh', ['-c', probe]).status === 0;

let warren: WarrenUnderTest;
let receiver: Receiver;
let folder: string;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  const demo = await warren.tenant('demo', graphqlUrl);
  await demo.endpoint({ url: receiver.url('/in'), eventTypes: ['order.placed'] });
  folder = mkdtempSync(join(tmpdir(), 'publish-'));
  symlinkSync(join(__dirname, '../../node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'vendor'));
  // What Composer would have made.
  writeFileSync(join(folder, 'vendor/autoload.php'), `<?php require '${PHP_AMQPLIB}';`);
}, 60_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await warren.end();
  await receiver.close();
}, 60_000);

it('has a program in each language', () => {
  expect(new Set(GUIDE.map(({ language }) => language))).toEqual(
    new Set(CLIENTS.map(({ language }) => language)),
  );
});

async function deliveredBy(command: string, env: NodeJS.ProcessEnv = {}): Promise<Body> {
  const before = receiver.at('/in').length;
  await promisify(execFile)('sh', ['-c', command], {
    cwd: folder,
    env: { ...process.env, AMQP_URL: warren.env.AMQP_URL, ...env },
  });
  await waitUntil(() => receiver.at('/in').length > before, 15_000);
  return JSON.parse(receiver.at('/in').at(-1)?.body.toString() ?? '') as Body;
}

interface Body {
  type: string;
  data: object;
}

it.each(CLIENTS.filter(atHand))(
  'the program for $language publishes an event that is delivered',
  async ({ language, file, run, env }) => {
    // Each has the names of its own deployment, and an event of its own.
    const text = (GUIDE.find((fence) => fence.language === language)?.text ?? '')
      .replaceAll('warren.events', warren.queue('events'))
      .replaceAll('order-42-placed', `order-42-placed-${language}`);
    writeFileSync(join(folder, file), text);
    expect(await deliveredBy(run, env)).toMatchObject({ type: 'order.placed', data: { orderId: 42 } });
  },
  90_000,
);

const EXAMPLES = [
  { file: 'publish.mjs', runtime: process.execPath, probe: 'true' },
  { file: 'publish.py', runtime: '/usr/bin/python3', probe: '/usr/bin/python3 -c "import pika"' },
];

it.each(EXAMPLES.filter(atHand))(
  'docs/examples/$file publishes an event that is delivered',
  async ({ file, runtime }) => {
    const program = join(__dirname, '../../docs/examples', file);
    const data = { total: 42, from: file };
    const command = `${runtime} ${program} "$AMQP_URL" ${warren.queue('events')} demo order.placed`;
    expect(await deliveredBy(`${command} '${JSON.stringify(data)}'`)).toMatchObject({ data });
  },
  60_000,
);

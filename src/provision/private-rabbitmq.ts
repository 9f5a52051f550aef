import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { logInAsGuest } from './probe/amqp-greeting';
import { stopEpmd } from './probe/epmd';
import { runCommand } from './machine/run-command';
import { makePlainPath, plainPath, removePlainPath } from './plain-path';
import type { Instance, ServerRecipe } from './private-server';

export interface RabbitmqOptions {
  /** The real rabbitmq-server script, not a distribution's wrapper that changes user. */
  binary: string;
  folder: string;
  env: NodeJS.ProcessEnv;
}

/** RabbitMQ 3.10 to 4.x with its own node, cookie, data, ports and epmd; loopback only, guest logs in, no plugins. */
export function privateRabbitmq({ binary, folder, env }: RabbitmqOptions): ServerRecipe {
  const home = join(folder, 'home');
  return {
    title: 'RabbitMQ',
    binary,
    folder,
    portCount: 3,
    // The Erlang runtime puts -home with the value of HOME on its own command line.
    marker: `-home ${home}`,
    prepare: ({ id }) => {
      writeSettings(folder);
      makePlainPath(folder, id);
    },
    command: (instance) => ({ command: binary, args: [], env: nodeEnvironment(folder, instance, env) }),
    isReady: async (instance) => {
      const { port } = portsOf(instance);
      const broker = await logInAsGuest({ host: '127.0.0.1', port }, 2_000);
      // The default cluster name is our node's name at this machine's name: another broker on the port has another.
      if (!broker.answered || !broker.value.clusterName?.startsWith(`${shortName(instance)}@`)) return false;
      return hasStarted(binary, nodeEnvironment(folder, instance, env));
    },
    cleanUp: async (instance) => {
      await stopEpmd(portsOf(instance).epmdPort);
      removePlainPath(folder, instance.id);
    },
    // No slash at the end: to most clients that is the virtual host with the empty name, which there is not.
    url: (instance) => `amqp://guest:guest@127.0.0.1:${portsOf(instance).port}`,
  };
}

const shortName = ({ id }: Instance) => `warren_${id}`;

function portsOf({ ports }: Instance): { port: number; distributionPort: number; epmdPort: number } {
  const [port = 0, distributionPort = 0, epmdPort = 0] = ports;
  return { port, distributionPort, epmdPort };
}

function writeSettings(folder: string): void {
  for (const name of ['home', 'data', 'log', 'conf.d']) {
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  }
  // A laptop's disk is often nearly full, and the default limit would then block every publisher.
  writeFileSync(join(folder, 'rabbitmq.conf'), 'disk_free_limit.absolute = 50MB\n');
  // These three exist so that the machine's own settings in /etc/rabbitmq are not read.
  writeFileSync(join(folder, 'advanced.config'), '[].\n');
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
  writeFileSync(join(folder, 'rabbitmq-env.conf'), '');
}

/** https://www.rabbitmq.com/docs/configure#supported-environment-variables */
function nodeEnvironment(folder: string, instance: Instance, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { port, distributionPort, epmdPort } = portsOf(instance);
  // NOTIFY_SOCKET and `detached` change how the script runs its broker; RABBITMQ_* and ERL_* are the user's own node.
  const inherited = Object.entries(env).filter(
    ([name]) => !/^(RABBITMQ_|ERL_|NOTIFY_SOCKET$|detached$)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: `${shortName(instance)}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: join(plainPath(folder, instance.id), 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'rabbitmq.pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONFIG_FILES: join(folder, 'conf.d'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
}

/** The listener opens shortly before the node has started; `rabbitmqctl await_startup` waits for the rest. */
async function hasStarted(binary: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const rabbitmqctl = join(dirname(binary), 'rabbitmqctl');
  const { exitCode } = await runCommand(rabbitmqctl, ['await_startup', '--timeout', '20'], {
    env,
    timeoutMs: 25_000,
  });
  return exitCode === 0;
}

import type { ServiceKind } from './docker-services';
import { findBinary, pathFolders } from './machine/find-binary';
import type { Machine } from './machine/machine';
import { lastLines } from './machine/run-command';

const PACKAGES: Record<'apt-get' | 'brew', Record<ServiceKind, string>> = {
  'apt-get': { amqp: 'rabbitmq-server', database: 'mariadb-server' },
  brew: { amqp: 'rabbitmq', database: 'mariadb' },
};

export interface InstallOptions {
  machine: Machine;
  env: NodeJS.ProcessEnv;
  report: (step: string) => void;
}

/** Installs what is missing. Null when it worked, otherwise why it did not, for the error message. */
export async function installWithPackageManager(
  kinds: readonly ServiceKind[],
  { machine, env, report }: InstallOptions,
): Promise<string | null> {
  const name = packageManagerOf(machine, env);
  if (typeof name !== 'string') return name.why;
  const packages = kinds.map((kind) => PACKAGES[name][kind]);
  const run = async (...args: string[]) => {
    report(`running: ${name} ${args.join(' ')}`);
    const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', HOMEBREW_NO_AUTO_UPDATE: '1' };
    return machine.run(name, args, { env: quiet, timeoutMs: 900_000 });
  };

  report(
    `installing ${packages.join(' and ')} with ${name}, because neither a server nor Docker was found here`,
  );
  const install = name === 'brew' ? ['install'] : ['install', '--yes', '--no-install-recommends'];
  let result = await run(...install, ...packages);
  if (result.exitCode !== 0 && name === 'apt-get') {
    // A fresh container has no package lists yet.
    await run('update');
    result = await run(...install, ...packages);
  }
  if (result.exitCode === 0) return null;
  return `${name} could not install ${packages.join(' ')}: ${lastLines(result.stderr || result.stdout, 4)}`;
}

function packageManagerOf(machine: Machine, env: NodeJS.ProcessEnv): 'apt-get' | 'brew' | { why: string } {
  const has = (name: string) => findBinary([name], pathFolders(env)) !== null;
  if (machine.platform === 'darwin') return has('brew') ? 'brew' : { why: 'Homebrew is not installed' };
  if (!has('apt-get')) return { why: 'there is no apt-get here to install it with' };
  return machine.isRoot ? 'apt-get' : { why: 'apt-get needs root, and this user is not root' };
}

import type { ServiceKind } from './docker-services';

const NEEDED: Record<
  ServiceKind,
  { title: string; apt: string; dnf: string; brew: string; variable: string }
> = {
  amqp: {
    title: 'RabbitMQ 3.10 or newer',
    apt: 'rabbitmq-server',
    dnf: 'rabbitmq-server',
    brew: 'rabbitmq',
    variable: 'AMQP_URL=amqp://user:password@host:5672/vhost',
  },
  database: {
    title: 'MariaDB 10.6 or MySQL 8.0 or newer',
    apt: 'mariadb-server',
    dnf: 'mariadb-server',
    brew: 'mariadb',
    variable: 'DATABASE_URL=mysql://user:password@host:3306/database',
  },
};

/** The one message for a machine that has no server and no way to get one: what is needed, how, and what was tried. */
export function missingServersMessage(missing: readonly ServiceKind[], tried: readonly string[]): string {
  const needed = missing.map((kind) => NEEDED[kind]);
  const all = (field: 'apt' | 'dnf' | 'brew' | 'variable') => needed.map((one) => one[field]).join(' ');
  return [
    `Warren needs ${needed.map(({ title }) => title).join(' and ')}, and found none here. Do one of these, then try again:`,
    `  Debian, Ubuntu   sudo apt-get install ${all('apt')}`,
    `  Fedora, RHEL     sudo dnf install ${all('dnf')}`,
    `  macOS            brew install ${all('brew')}`,
    '  Docker           start an engine that has the compose plugin',
    `  own servers      set ${all('variable')}`,
    'What was tried:',
    ...tried.map((reason) => `  - ${reason}`),
  ].join('\n');
}

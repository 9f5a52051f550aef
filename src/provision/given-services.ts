import { greetBroker } from './probe/amqp-greeting';
import { greetDatabase } from './probe/mysql-greeting';
import { ProvisionError } from './provision-error';
import type { Address } from './probe/socket-exchange';

const TIMEOUT_MS = 5_000;

/**
 * Checks that a broker answers at one of the addresses of AMQP_URL (comma-separated for a cluster). Throws a
 * ProvisionError that names the addresses, never the password.
 */
export async function checkAmqpUrl(value: string): Promise<void> {
  const addresses = value
    .split(',')
    .map((part) =>
      addressOf(part.trim(), { variable: 'AMQP_URL', schemes: { 'amqp:': 5672, 'amqps:': 5671 } }),
    );
  const failures: string[] = [];
  for (const address of addresses) {
    const greeting = await greetBroker(address, TIMEOUT_MS);
    if (greeting.answered) return;
    failures.push(`${address.host}:${address.port} (${greeting.why})`);
  }
  throw new ProvisionError(
    `no RabbitMQ answers at AMQP_URL: ${failures.join(', ')}. ` +
      'Start it or mend AMQP_URL, or unset AMQP_URL to let Warren run its own.',
  );
}

/** Checks that a MySQL or MariaDB server answers at DATABASE_URL. Throws a ProvisionError as `checkAmqpUrl` does. */
export async function checkDatabaseUrl(value: string): Promise<void> {
  const address = addressOf(value, {
    variable: 'DATABASE_URL',
    schemes: { 'mysql:': 3306, 'mariadb:': 3306 },
  });
  const greeting = await greetDatabase(address, TIMEOUT_MS);
  if (greeting.answered) return;
  throw new ProvisionError(
    `no MySQL or MariaDB answers at DATABASE_URL: ${address.host}:${address.port} (${greeting.why}). ` +
      'Start it or mend DATABASE_URL, or unset DATABASE_URL to let Warren run its own.',
  );
}

interface UrlRules {
  variable: string;
  /** Scheme → default port. */
  schemes: Record<string, number>;
}

function addressOf(text: string, { variable, schemes }: UrlRules): Address & { host: string; port: number } {
  const url = URL.canParse(text) ? new URL(text) : null;
  const defaultPort = url && schemes[url.protocol];
  if (!url?.hostname || defaultPort === undefined || defaultPort === null) {
    const example = `${Object.keys(schemes)[0] ?? ''}//user:password@host:${Object.values(schemes)[0] ?? ''}/name`;
    throw new ProvisionError(`${variable} is not a URL that Warren understands. It looks like ${example}`);
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
    tls: url.protocol === 'amqps:',
  };
}

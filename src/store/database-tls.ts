import { readFileSync } from 'node:fs';

export interface DatabaseTls {
  minVersion: 'TLSv1.2';
  rejectUnauthorized: true;
  verifyIdentity: true;
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/**
 * TLS as a database url asks for it, by the names of MySQL's own URIs: `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key`
 * (https://dev.mysql.com/doc/refman/8.4/en/connecting-using-uri-or-key-value-pairs.html). The host must be a name that
 * the server's certificate has.
 */
export function databaseTls(url: string): DatabaseTls | undefined {
  const parameters = new URL(url).searchParams;
  if (parameters.get('ssl-mode') !== 'VERIFY_IDENTITY') return undefined;
  const file = (name: string, parameter: string): object => {
    const path = parameters.get(parameter);
    return path === null ? {} : { [name]: readFileSync(path) };
  };
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    verifyIdentity: true,
    ...file('ca', 'ssl-ca'),
    ...file('cert', 'ssl-cert'),
    ...file('key', 'ssl-key'),
  };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that ask for no more than to be named; what ships with Warren has no other. */
const PERMISSIVE =
  /^(MIT|ISC|0BSD|Unlicense|Apache-2\.0|BSD-[23]-Clause|MPL-2\.0|BlueOak-1\.0\.0|\(MIT AND BSD-3-Clause\))$/;

interface LockedPackage {
  version: string;
  license?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
  optional?: boolean;
}
const lock = JSON.parse(readFileSync(join(__dirname, '../../package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev);

it('ships only what has a permissive licence', () => {
  expect(shipped.length).toBeGreaterThan(100);
  const others = shipped.filter(([, { license }]) => !PERMISSIVE.test(license ?? 'none'));
  expect(others.map(([path, { license }]) => `${path}: ${license ?? 'none'}`)).toEqual([]);
});

/** Its script looks at the version scheme of package.json and may print a hint, no more: `--ignore-scripts` is as good. */
const HARMLESS = ['node_modules/@apollo/protobufjs'];

it('ships nothing that needs a script when it is installed', () => {
  const withScript = shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  expect(withScript).toEqual(HARMLESS);
});

it('names every version exactly', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(__dirname, '../../package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>;
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});

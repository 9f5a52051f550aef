import { relative } from 'node:path';
import { linesToTry, type Places } from './paste-lines';
import type { Terminal } from './terminal';

export interface Summary {
  places: Omit<Places, 'tenantKey'> & { tenantKey: string | undefined };
  /** Where people reach Warren: http://host:port */
  publicUrl: string;
  inspectorUrl: string | undefined;
  /** Deliveries are shown below. */
  isFollowing: boolean;
  operatorKey: string;
  dataDir: string;
}

const LABEL_WIDTH = 14;
const RULE = '─'.repeat(76);

/** Where everything is, and what to do next. The one place where keys are shown: they are of this machine only. */
export function printSummary(terminal: Terminal, summary: Summary): void {
  const { colours, line } = terminal;
  line();
  line(colours.dim(RULE));
  for (const [label, value, remark] of placesOf(summary)) {
    line(`${colours.bold(label.padEnd(LABEL_WIDTH))}${value}${remark ? colours.dim(`  ${remark}`) : ''}`);
  }
  line(colours.dim(RULE));
  const { tenantKey } = summary.places;
  if (tenantKey !== undefined) printLines(terminal, { ...summary.places, tenantKey });
  line();
  const live = summary.isFollowing ? 'Deliveries show here as they happen. ' : '';
  line(colours.dim(`${live}Ctrl-C stops everything; the data stays.`));
}

function placesOf({
  places,
  publicUrl,
  inspectorUrl,
  operatorKey,
  dataDir,
}: Summary): [string, string, string?][] {
  const folder = shortPath(dataDir);
  return [
    ['Portal', `${publicUrl}/portal`, 'asks for the tenant key'],
    ['GraphQL', places.graphqlUrl],
    ...(inspectorUrl
      ? [
          ['Inspector', `${inspectorUrl}/`, 'what arrived; buttons make a receiver fail'] as [
            string,
            string,
            string,
          ],
        ]
      : []),
    ['Metrics', `${publicUrl}/metrics`],
    ...(places.tenantKey
      ? [['Tenant key', places.tenantKey, 'tenant demo'] as [string, string, string]]
      : []),
    ['Operator key', operatorKey, 'every tenant'],
    ['Data', folder, 'kept for the next `up`'],
    ['Log', `${folder}/warren.log`],
  ];
}

function printLines({ colours, line }: Terminal, places: Places): void {
  line();
  line(colours.bold('Three things to try next, each a line to paste into another terminal'));
  for (const [index, { title, line: paste }] of linesToTry(places).entries()) {
    line();
    line(`${index + 1}  ${title}`);
    line(colours.cyan(paste));
  }
}

function shortPath(folder: string): string {
  const fromHere = relative(process.cwd(), folder);
  return fromHere === '' || fromHere.startsWith('..') ? folder : fromHere;
}

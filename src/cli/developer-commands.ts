import { Argument, Option, type Command } from 'commander';
import { SIGNATURE_TOLERANCE_SECONDS } from '../domain/request/signature-tolerance';
import { SHELLS, completionScript, type Shell } from './completion';
import { collect, collectList, collectStatuses, instant, seconds, wholeFromOne } from './option-values';
import type { ListenOptions } from './remote/listen';
import type { ReplayOptions } from './remote/replay';
import type { TailOptions } from './remote/tail';
import type { TriggerOptions } from './remote/trigger';
import type { VerifyOptions } from './verify/verify';

/** What somebody uses who writes a publisher or a receiver. Each speaks to a deployment over its API, or to nobody. */
export function addDeveloperCommands(program: Command): void {
  addVerify(program);
  addTrigger(program);
  addListen(program);
  addTail(program);
  addReplay(program);
  addCompletion(program);
}

/** Where the deployment is, and as whom to speak to it: the same for every command that speaks to one. */
function remote(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'the deployment (default: http://localhost:4000)').env('WARREN_URL'))
    .addOption(new Option('--api-key <key>', 'as whom to speak to it').env('WARREN_API_KEY'))
    .addOption(
      new Option('--tenant <slug>', 'with a key over all tenants, the one to act for').env('WARREN_TENANT'),
    )
    .addOption(
      new Option(
        '--config <file>',
        'JSON with url, apiKey and tenant (default: ~/.config/warren/config.json)',
      ).env('WARREN_CONFIG'),
    )
    .option('--json', 'print JSON, one value a line');
}

/** May be given many times. @param unlessGiven what an empty list stands for, as help tells it */
function listed(flags: string, description: string, unlessGiven: string, read = collectList): Option {
  return new Option(flags, description).argParser(read).default([], unlessGiven);
}

function addVerify(program: Command): void {
  program
    .command('verify')
    .description('check the signature of a webhook request; exit code 1 and the reason when it does not fit')
    .argument('[body]', 'a file with the exact body, or - for standard input', '-')
    .addOption(
      new Option('--secret <secret>', 'whsec_…, whsk_… or whpk_… of the endpoint').env(
        'WARREN_WEBHOOK_SECRET',
      ),
    )
    .addOption(listed('-H, --header <line>', 'a header as name: value; may be repeated', 'none', collect))
    .option('--headers <file>', 'a file with the headers: lines of name: value, or a JSON object')
    .option('--id <id>', 'the header webhook-id')
    .option('--timestamp <seconds>', 'the header webhook-timestamp')
    .option('--signature <text>', 'the header webhook-signature')
    .option(
      '--tolerance <seconds>',
      'how far the timestamp may be from now',
      seconds,
      SIGNATURE_TOLERANCE_SECONDS,
    )
    .option('--any-age', 'whatever the timestamp says')
    .option('--json', 'print one line of JSON')
    .action(async (body: string, options: VerifyOptions) => {
      const { verify } = await import('./verify/verify.js');
      await verify(body, options);
    });
}

function addTrigger(program: Command): void {
  remote(
    program
      .command('trigger')
      .description('publish an event: the example that the catalog has of its type, or data of your own')
      .argument('<type>', 'the event type, such as order.placed')
      .option('--data <json>', 'what to publish: JSON, a file with it, or - for standard input')
      .option('--type-version <number>', 'the version of the type that the data follows', wholeFromOne)
      .option('--idempotency-key <key>', 'publish nothing when this key was used in the last 24 hours')
      .option('--ordering-key <key>', 'keep events with this key in order')
      .option('--wait', 'show its deliveries until they are final; exit code 1 unless all were delivered')
      .option('--timeout <seconds>', 'how long to wait', seconds, 60),
  ).action(async (type: string, options: TriggerOptions) => {
    const { trigger } = await import('./remote/trigger.js');
    await trigger(type, options);
  });
}

function addListen(program: Command): void {
  remote(
    program
      .command('listen')
      .description('bring deliveries to this machine, which Warren need not reach, until Ctrl-C')
      .argument('<url>', 'where to send them, such as http://localhost:3000/hook')
      .addOption(listed('--events <patterns>', 'only these types: order.placed, order.*, order.#', 'all'))
      .option('--print', 'show headers and body of each')
      .addOption(listed('--replay <ids>', 'first send these deliveries of the past here: dlv_…', 'none'))
      .addOption(
        new Option('--secret <secret>', 'sign with this, whsec_…, instead of one made for the occasion').env(
          'WARREN_WEBHOOK_SECRET',
        ),
      ),
  ).action(async (url: string, options: ListenOptions) => {
    const { listen } = await import('./remote/listen.js');
    await listen(url, options);
  });
}

function addTail(program: Command): void {
  remote(
    program
      .command('tail')
      .description('show each change of a delivery as it happens, until Ctrl-C')
      .addOption(listed('--events <patterns>', 'only these types: order.placed, order.*, order.#', 'all'))
      .addOption(
        listed(
          '--status <statuses>',
          'only changes to these: dead-lettered,retrying',
          'all',
          collectStatuses,
        ),
      )
      .option('--endpoint <id>', 'only to this endpoint')
      .option('--after <cursor>', 'first everything since this change; --json prints the cursor of each'),
  ).action(async (options: TailOptions) => {
    const { tail } = await import('./remote/tail.js');
    await tail(options);
  });
}

function addReplay(program: Command): void {
  const asInstant = (text: string): string => instant(text);
  remote(
    program
      .command('replay')
      .description('send deliveries again: those with these ids, or those that every condition given fits')
      .argument('[ids...]', 'ids of deliveries, dlv_…')
      .option('--endpoint <id>', 'those to this endpoint')
      .option('--subscription <id>', 'those of this webhook subscription')
      .option('--since <time>', 'those of events received since: 2h, 7d, 2026-01-31T12:00:00Z', asInstant)
      .option('--until <time>', 'those of events received before', asInstant)
      .addOption(listed('--types <types>', 'those of these event types, by their exact names', 'all'))
      .addOption(
        listed(
          '--status <statuses>',
          'those that are now one of these',
          'delivered,dead-lettered',
          collectStatuses,
        ),
      )
      .option('--dry-run', 'count them and do nothing')
      .option('-y, --yes', 'do not ask')
      .option('--cancel <id>', 'end a replay that is running, and do nothing else'),
  ).action(async (ids: string[], options: ReplayOptions) => {
    const { replay } = await import('./remote/replay.js');
    await replay(ids, options);
  });
}

function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'for which').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, program));
    });
}

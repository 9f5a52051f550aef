import { Command, Option } from 'commander';
import type { Role } from '../config';
import { VERSION } from '../runtime/version';
import { addDeveloperCommands } from './developer-commands';

/** Each command loads its code when it runs, so that `--help` answers at once. */
export function makeProgram(): Command {
  const program = new Command('warren')
    .description(
      'Webhooks that arrive: events from RabbitMQ, delivered signed, retried, recorded and watched live.',
    )
    .version(VERSION)
    .showHelpAfterError('(warren --help lists the commands)');

  program
    .command('up')
    .description('find or start RabbitMQ and MySQL/MariaDB, start every role in this process, show the demo')
    .addOption(new Option('--port <number>', 'port of the API').argParser(Number))
    .option('--data <folder>', 'where private servers and keys are kept', '.warren')
    .option('--no-demo', 'start without the demo')
    .option(
      '--json',
      'print one line of JSON on standard output when ready; everything else goes to standard error',
    )
    .action(async (options: { port?: number; data: string; demo: boolean; json?: boolean }) => {
      const { up } = await import('./up.js');
      await up({ ...options, json: options.json ?? false });
    });

  for (const role of ['api', 'router', 'worker'] as const satisfies Role[]) {
    program
      .command(role)
      .description(`run this role alone, configured by the environment`)
      .action(async () => {
        const { serve } = await import('./serve.js');
        await serve([role]);
      });
  }

  program
    .command('serve')
    .description('run the roles named in WARREN_ROLES, configured by the environment')
    .action(async () => {
      const { serve } = await import('./serve.js');
      await serve();
    });

  program
    .command('migrate')
    .description('bring the database schema up to date')
    .option('--json', 'print one line of JSON')
    .action(async (options: { json?: boolean }) => {
      const { migrate } = await import('./migrate.js');
      await migrate(options);
    });

  program
    .command('reconcile')
    .description(
      'send every unfinished delivery again that the broker may have lost (a wiped or restored broker)',
    )
    .option('--json', 'print one line of JSON; the log goes to standard error')
    .action(async (options: { json?: boolean }) => {
      const { reconcile } = await import('./reconcile.js');
      await reconcile(options);
    });

  program
    .command('reseal')
    .description(
      'seal every stored secret with the newest key of WARREN_MASTER_KEYS, so that older ones may go',
    )
    .option('--json', 'print one line of JSON')
    .action(async (options: { json?: boolean }) => {
      const { reseal } = await import('./reseal.js');
      await reseal(options);
    });

  program
    .command('doctor')
    .description('check the database, the broker and the clocks, and say what to do about what is wrong')
    .option('--data <folder>', 'of the `up` to look at, when the environment names no servers', '.warren')
    .option('--json', 'print one line of JSON')
    .action(async ({ data, json }: { data: string; json?: boolean }) => {
      const { doctor } = await import('./doctor/doctor.js');
      await doctor({ data, json: json ?? false });
    });

  addDeveloperCommands(program);

  for (const command of program.commands)
    command.showHelpAfterError(`(warren ${command.name()} --help says more)`);
  return program;
}

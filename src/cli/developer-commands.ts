import { Option, type Command } from 'commander';
import { collect, seconds } from './option-values';
import type { VerifyOptions } from './verify/verify';

/** What somebody uses who writes a publisher or a receiver. Each speaks to a deployment over its API, or to nobody. */
export function addDeveloperCommands(program: Command): void {
  addVerify(program);
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
    .option('-H, --header <line>', 'a header as name: value; may be repeated', collect, [])
    .option('--headers <file>', 'a file with the headers: lines of name: value, or a JSON object')
    .option('--id <id>', 'the header webhook-id')
    .option('--timestamp <seconds>', 'the header webhook-timestamp')
    .option('--signature <text>', 'the header webhook-signature')
    .option('--tolerance <seconds>', 'how far the timestamp may be from now', seconds, 300)
    .option('--any-age', 'whatever the timestamp says')
    .option('--json', 'print one line of JSON')
    .action(async (body: string, options: VerifyOptions) => {
      const { verify } = await import('./verify/verify.js');
      await verify(body, options);
    });
}

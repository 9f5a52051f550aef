import { makeProgram } from './cli/program';

/** The command line: `warren <command>`. */
makeProgram()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    process.stderr.write(`warren: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });

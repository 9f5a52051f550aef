import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

/** What Redocly finds wrong with each OpenAPI document, and AsyncAPI’s own parser with each AsyncAPI document. */
export async function judgeContracts(documents: object[]): Promise<string[][]> {
  const child = spawn(process.execPath, [join(__dirname, 'contract-judges.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(documents));
  return (await json(child.stdout)) as string[][];
}

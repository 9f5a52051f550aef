import { readInput } from '../read-input';
import { judgeSignature, type Judgement } from './judge-signature';
import { signatureHeaders } from './request-headers';

export interface VerifyOptions {
  secret?: string;
  header: string[];
  /** A file. */
  headers?: string;
  id?: string;
  timestamp?: string;
  signature?: string;
  tolerance: number;
  anyAge?: boolean;
  json?: boolean;
}

/** Ends with 1 when the signature does not fit. */
export async function verify(bodySource: string, options: VerifyOptions): Promise<void> {
  const { secret, header: lines, id, timestamp, signature } = options;
  if (secret === undefined)
    throw new Error('there is no secret to check with: give --secret, or set WARREN_WEBHOOK_SECRET');
  if (options.headers === '-' && bodySource === '-')
    throw new Error('standard input has either the body or the headers: give a file for one of them');
  const text = options.headers === undefined ? undefined : (await readInput(options.headers)).toString();
  const judgement = judgeSignature({
    secret,
    headers: signatureHeaders({ id, timestamp, signature, lines, text }),
    body: await readInput(bodySource),
    toleranceSeconds: options.anyAge ? Infinity : options.tolerance,
    now: Date.now(),
  });
  process.stdout.write(options.json ? `${JSON.stringify(judgement)}\n` : inWords(judgement));
  if (!judgement.ok) process.exitCode = 1;
}

const inWords = ({ ok, reason, message }: Judgement): string =>
  ok ? `ok  ${message}\n` : `${reason}  ${message}\n`;

// @ts-check
'use strict';
/**
 * The program of a child process that evaluates JSONata for expression-child.ts, one request at a time. A process and
 * not a thread: V8 ends the whole process when one large allocation passes a thread's heap limit, whatever
 * `resourceLimits` say (docs/decisions/0011-expressions-run-in-child-processes.md).
 *
 * It has no environment and no secrets, and it must not outlive its parent, not even in an endless regex: a thread
 * beside it looks once a second whether the parent is still there.
 */
const { randomBytes } = require('node:crypto');
const { Worker } = require('node:worker_threads');
const jsonata = require('jsonata');
const lossless = require('lossless-json');
const { LRUCache } = require('lru-cache');

/** @type {import('./expression-child').Bounds} */
const bounds = JSON.parse(process.argv[2] ?? '');

new Worker(
  `setInterval(() => { if (process.ppid !== ${process.ppid}) process.kill(process.pid, 'SIGKILL'); }, 1000);`,
  { eval: true },
);
process.on('disconnect', () => process.exit());

/**
 * In this process JSON keeps every digit, for jsonata too: a number that a double does not hold becomes an object that
 * prints as it was written. It is equal to its like, true, and text with `&`; to calculate with it is an error.
 */
const MARK = `exact-${randomBytes(16).toString('hex')}:`;
const MARKED = new RegExp(`"${MARK}([-+.0-9eE]+)"`, 'g');
const MAY_LOSE = /[\d.]{16,}|\d[eE][-+]?\d{3}/;
const { parse, stringify } = JSON;

class ExactNumber {
  /** @param {string} digits */
  constructor(digits) {
    this.digits = digits;
  }
  toJSON() {
    return MARK + this.digits;
  }
}

JSON.parse = (text, reviver) =>
  reviver || !MAY_LOSE.test(text)
    ? parse(text, reviver)
    : lossless.parse(text, undefined, {
        parseNumber: (digits) => (lossless.isSafeNumber(digits) ? Number(digits) : new ExactNumber(digits)),
        onDuplicateKey: ({ newValue }) => newValue,
      });
/** @type {(...material: any[]) => string} */
const stringifyExactly = (...material) =>
  // Without a value there is no text, though the library's types say so.
  stringify(material[0], material[1], material[2])?.replace(MARKED, '$1');
JSON.stringify = stringifyExactly;

/** @type {LRUCache<string, jsonata.Expression>} */
const compiled = new LRUCache({ max: bounds.compiledExpressions });

/** @param {string} text */
function compile(text) {
  const known = compiled.get(text);
  if (known) return known;
  const expression = jsonata(text, {
    // Sooner than the parent's clock: so the process, and what it keeps compiled, need not be thrown away.
    timeout: bounds.timeoutMs * 0.8,
    stack: bounds.stackDepth,
    sequence: bounds.sequenceLength,
  });
  const tree = expression.ast();
  if (exceedsTree(tree))
    throw { code: 'TOO_DEEP', message: 'the expression is nested too deeply or too large' };
  // Text that becomes code could not be checked when it was saved.
  expression.assign('eval', undefined);
  compiled.set(text, expression);
  return expression;
}

/** @param {unknown} root */
function exceedsTree(root) {
  let nodes = 0;
  /** @type {(node: unknown, depth: number) => boolean} */
  const exceeds = (node, depth) => {
    if (typeof node !== 'object' || node === null || node instanceof RegExp) return false;
    if (++nodes > bounds.treeNodes || depth > bounds.treeDepth) return true;
    return Object.values(node).some((child) => exceeds(child, depth + 1));
  };
  return exceeds(root, 0);
}

/**
 * @param {import('./expression-child').ChildRequest} request
 * @returns {Promise<import('./expression-child').ChildAnswer>}
 */
async function answer({ expression, input }) {
  try {
    const program = compile(expression);
    if (input === undefined) return { ok: true };
    const result = await program.evaluate(JSON.parse(input));
    const output = JSON.stringify(result, refuseFunctions);
    if (output === undefined) return { ok: true };
    return Buffer.byteLength(output) > bounds.outputBytes
      ? { ok: false, reason: `its result has more than ${bounds.outputBytes} bytes` }
      : { ok: true, output };
  } catch (error) {
    return failure(error);
  }
}

/** @type {(key: string, value: any) => unknown} */
function refuseFunctions(_key, value) {
  if (typeof value === 'function' || value?._jsonata_lambda || value?._jsonata_function) {
    throw { code: 'FUNCTION', message: 'its result holds a function' };
  }
  return value;
}

/** What jsonata's messages quote of the payload: it stays out of ours. */
const QUOTED = ['value', 'value2', 'exp'];

/**
 * In words, without the payload.
 * @param {any} error
 * @returns {import('./expression-child').ChildAnswer}
 */
function failure(error) {
  const { code, position } = error instanceof Error ? { code: undefined, position: undefined } : error;
  if (code === 'D1012') return { ok: false, reason: `it took more than ${bounds.timeoutMs} ms`, spent: true };
  if (typeof error?.message !== 'string' || code === undefined)
    return { ok: false, reason: 'it cannot be evaluated' };
  const words = QUOTED.filter((name) => name in error && !code.startsWith('S')).reduce(
    (text, name) => text.replaceAll(String(JSON.stringify(error[name])), '…'),
    error.message,
  );
  const isPlaced = Number.isInteger(position);
  return {
    ok: false,
    reason: `${words.slice(0, 200)}${isPlaced ? ` (at character ${position})` : ''}`,
    ...(isPlaced ? { position } : {}),
  };
}

/** @param {import('./expression-child').ChildAnswer | 'ready'} message */
const send = (message) => process.send?.(message);

process.on('message', (/** @type {import('./expression-child').ChildRequest} */ request) => {
  void answer(request).then(send);
});
send('ready');

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { CANCEL_REASONS } from '../../src/domain/delivery/cancel-reason';
import {
  REJECT_CODES,
  REQUEST_ERROR_CODES,
  SOURCE_ERROR_CODES,
  USER_ERROR_CODES,
} from '../../src/domain/errors';

const ROOT = join(__dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');

interface Documented {
  code: string;
  meaning: string;
  remedy: string;
}

/** The rows of the table under a heading: code, what it means, what to do. */
function documentedUnder(heading: string): Documented[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/errors.md has no section "${heading}"`);
  return [...section.matchAll(/^\| `([A-Z0-9_<>a-z]+)` *\| ([^|]*) \| ([^|]*) \|$/gm)].map(
    ([, code = '', meaning = '', remedy = '']) => ({ code, meaning, remedy }),
  );
}

/** The members of the union AttemptError, as its source has them; `HTTP_${number}` reads `HTTP_<status>`. */
function attemptErrors(): string[] {
  const path = join(ROOT, 'src/domain/delivery/outcome.ts');
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext, true);
  const union = file.statements
    .filter(ts.isTypeAliasDeclaration)
    .find(({ name }) => name.text === 'AttemptError')?.type;
  if (!union || !ts.isUnionTypeNode(union)) throw new Error('AttemptError is no union any more');
  return union.types.map((member) => {
    if (ts.isTemplateLiteralTypeNode(member)) return `${member.head.text}<status>`;
    if (ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal)) return member.literal.text;
    throw new Error(`not a code: ${member.getText()}`);
  });
}

describe.each([
  ['Reject codes', Object.keys(REJECT_CODES)],
  ['User error codes', Object.keys(USER_ERROR_CODES)],
  ['Request error codes', Object.keys(REQUEST_ERROR_CODES)],
  ['Source answers', Object.keys(SOURCE_ERROR_CODES)],
  ['Attempt errors', attemptErrors()],
  ['Cancelled deliveries', [...CANCEL_REASONS]],
])('docs/errors.md, %s', (heading, codes) => {
  const documented = documentedUnder(heading);

  it('lists exactly the codes there are, each once, in the order of the code', () => {
    expect(documented.map(({ code }) => code)).toEqual(codes);
  });

  it('says of each what it means and what to do', () => {
    for (const { code, meaning, remedy } of documented) {
      expect([code, meaning.trim().length > 10, remedy.trim().length > 10]).toEqual([code, true, true]);
    }
  });
});

describe('the catalogue itself', () => {
  it('has a sentence for every code, that ends like one', () => {
    for (const [code, sentence] of Object.entries({
      ...REJECT_CODES,
      ...USER_ERROR_CODES,
      ...REQUEST_ERROR_CODES,
      ...SOURCE_ERROR_CODES,
    })) {
      expect([code, sentence]).toEqual([code, expect.stringMatching(/^[A-Z].{10,}\.$/) as string]);
    }
  });

  it('is documented under six headings and no more', () => {
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      'Reject codes',
      'User error codes',
      'Request error codes',
      'Source answers',
      'Attempt errors',
      'Cancelled deliveries',
    ]);
  });
});

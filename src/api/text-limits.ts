import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { QUERY_LIMITS, tooComplex } from './query-limits';

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * The error QUERY_TOO_COMPLEX that a document has earned by its text alone. With brackets in brackets the parser and the
 * validation call themselves for each, and some thousands exhaust the stack; of what is too long the parser would not say
 * what to do.
 */
export function findExcessOfText(text: string): GraphQLError | undefined {
  if (!mayExceed(text)) return undefined;
  const { nesting, tokens } = QUERY_LIMITS;
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  try {
    for (let read = 0; read <= tokens; read++) {
      const { kind } = lexer.advance();
      if (kind === TokenKind.EOF) return undefined;
      if (CLOSING.has(kind)) depth--;
      else if (OPENING.has(kind) && ++depth > nesting) {
        return tooComplex(
          `nests brackets more than ${nesting} deep; at most ${nesting} are allowed. Ask for fewer levels, and send data as variables`,
        );
      }
    }
  } catch (error) {
    // The parser comes no further than this, and says what is wrong.
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
  return tooComplex(
    `has more than ${tokens} names, brackets and signs, which is the most that is allowed. Ask for less at once, and send data as variables`,
  );
}

/** Most documents have not even so many brackets, and are not so long, which is told in no time. */
const mayExceed = (text: string): boolean =>
  text.length > QUERY_LIMITS.tokens || (text.match(/[{[(]/g)?.length ?? 0) > QUERY_LIMITS.nesting;

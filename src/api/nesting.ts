import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { QUERY_LIMITS, tooComplex } from './query-limits';

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * The error QUERY_TOO_COMPLEX for a document of brackets in brackets, told from its text alone: the parser and the
 * validation call themselves for each, and some thousands exhaust the stack.
 */
export function findNesting(text: string): GraphQLError | undefined {
  if (!mayNest(text)) return undefined;
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  try {
    for (let tokens = 0; tokens < QUERY_LIMITS.tokens; tokens++) {
      const { kind } = lexer.advance();
      if (kind === TokenKind.EOF) return undefined;
      if (CLOSING.has(kind)) depth--;
      else if (OPENING.has(kind) && ++depth > QUERY_LIMITS.nesting) {
        const { nesting } = QUERY_LIMITS;
        return tooComplex(
          `nests brackets more than ${nesting} deep; at most ${nesting} are allowed. Ask for fewer levels, and send data as variables`,
        );
      }
    }
  } catch (error) {
    // The parser comes no further than this, and says what is wrong.
    if (!(error instanceof GraphQLError)) throw error;
  }
  return undefined;
}

/** Most documents have not even so many brackets, which is told in no time. */
const mayNest = (text: string): boolean => (text.match(/[{[(]/g)?.length ?? 0) > QUERY_LIMITS.nesting;

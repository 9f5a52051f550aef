/**
 * Names in the database (slugs, event types) are ASCII columns. Asked for any other text they are no match but an error
 * of the server ("illegal mix of collations"), and a question that always fails would be asked for ever.
 */
export const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

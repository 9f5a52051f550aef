import { jsonParts } from './json-parts';

/** Longer texts are left plain: each coloured part is an element of the page. */
const MAX_COLOURED = 30_000;

/** JSON with its names, strings and numbers in colours. Every character stays what it is, and text. */
export function JsonText({ text }: { text: string }) {
  if (text.length > MAX_COLOURED) return text;
  return jsonParts(text).map((part, at) =>
    part.kind === undefined ? (
      part.text
    ) : (
      <span className={`json-${part.kind}`} key={at}>
        {part.text}
      </span>
    ),
  );
}

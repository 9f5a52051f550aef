/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

export type HtmlPart = string | number | Html | readonly Html[];

/** A template whose values are escaped unless they are Html: what tenants wrote cannot become markup by an oversight. */
export function html(texts: TemplateStringsArray, ...parts: HtmlPart[]): Html {
  return new Html(
    texts.map((text, at) => text + (at < parts.length ? textOf(parts[at] ?? '') : '')).join(''),
  );
}

function textOf(part: HtmlPart): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map((each: Html) => each.text).join('');
  return escapeHtml(`${part as string | number}`);
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Text in which `this` is code, as in Markdown. */
export const words = (text: string): Html[] =>
  text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));

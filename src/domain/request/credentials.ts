/** What a destination asks for besides the URL. Which members go with which type, the destination says. */
export interface Credentials extends Readonly<Record<string, unknown>> {
  type: string;
}

/**
 * Whom credentials were given for: scheme, host and port. They are sealed together with it, so that nobody who may
 * change a URL can have them sent elsewhere.
 */
export function originOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`.toLowerCase();
}

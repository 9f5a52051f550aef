/** Judged by its text, without the network. */
export type UrlCheck =
  { ok: true; url: URL } | { ok: false; code: 'INVALID' | 'BLOCKED_ADDRESS' | 'TOO_LONG'; reason: string };

const MAX_URL_LENGTH = 2048;

/** Printable and no backslash: the WHATWG parser drops tabs and newlines and turns `\` into `/`, all silently. */
const CLEAN_TEXT = /^[\x21-\x5b\x5d-\x7e\u00a0-\uffff]*$/;
const WEB_SCHEME = /^https?:\/\//i;
const AUTHORITY = /^https?:\/\/([^/?#]+)/i;
const EMPTY_LABEL = /^\.|\.\./;

export const refuse = (code: 'INVALID' | 'BLOCKED_ADDRESS' | 'TOO_LONG', reason: string): UrlCheck => ({
  ok: false,
  code,
  reason,
});

/** Only what no parser could read in two ways becomes a URL. */
export function parseUrl(text: string): UrlCheck {
  if (text.length > MAX_URL_LENGTH)
    return refuse('TOO_LONG', `a URL has at most ${MAX_URL_LENGTH} characters`);
  if (!CLEAN_TEXT.test(text))
    return refuse('INVALID', 'a URL has no spaces, control characters or backslashes');
  const authority = AUTHORITY.exec(text)?.[1];
  if (authority === undefined) {
    // Destinations that are no web servers ask here, too, with their own scheme taken off.
    const what = WEB_SCHEME.test(text)
      ? 'has a host after its ://'
      : 'starts with https:// or http:// and a host';
    return refuse('INVALID', `a URL ${what}`);
  }
  if (authority.includes('@'))
    return refuse('INVALID', 'a URL must not carry a user name or password; use headers or credentials');
  if (text.includes('#')) return refuse('INVALID', 'a URL must not have a fragment (#)');
  if (!URL.canParse(text)) return refuse('INVALID', faultOfAuthority(authority));
  const url = new URL(text);
  if (EMPTY_LABEL.test(url.hostname)) return refuse('INVALID', 'the host name has an empty part');
  if (url.href.length > MAX_URL_LENGTH) {
    return refuse('TOO_LONG', `a URL has at most ${MAX_URL_LENGTH} characters once encoded`);
  }
  return { ok: true, url };
}

/** What is wrong with one that no parser takes: all else that may follow it is taken, or encoded. */
function faultOfAuthority(authority: string): string {
  const [, host = '', port] = /^(\[[^\]]*\]|.*?)(?::([^:\]]*))?$/.exec(authority) ?? [];
  const isAddress = /[[\]]/.test(host) || /^[\da-f.]*:[\da-f:.]*$/i.test(host);
  if (isAddress && host.includes('%'))
    return 'an IPv6 address has no zone (%…): it means something on one machine only';
  if (isAddress && !/^\[[\da-f:.]+\]$/i.test(host))
    return 'an IPv6 address stands in brackets, as in https://[2001:db8::1]/';
  if (port !== undefined && !(/^\d*$/.test(port) && Number(port) <= 65_535))
    return 'the port is a number up to 65535';
  return 'the host is no name and no address';
}

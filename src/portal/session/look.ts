/** What an embedding page chooses by the link: #token=…&name=Acme&color=0a7d5c&logo=https://…&scheme=dark */
export interface Look {
  color: string | null;
  logo: string | null;
  /** Missing in a session that an older portal kept in the tab. */
  name?: string | null;
  scheme: 'light' | 'dark' | null;
}

const MAX_NAME = 40;

export const PLAIN: Look = { color: null, logo: null, name: null, scheme: null };

/** Anybody can make a link: what is not as it should be is left out. */
export function lookOf(given: URLSearchParams): Look {
  const color = given.get('color') ?? '';
  const logo = given.get('logo') ?? '';
  const scheme = given.get('scheme');
  const name = (given.get('name') ?? '').trim();
  return {
    color: /^[0-9a-f]{6}$/i.test(color) ? `#${color}` : null,
    logo: logo.startsWith('https://') ? logo : null,
    name: name === '' ? null : name.slice(0, MAX_NAME),
    scheme: scheme === 'light' || scheme === 'dark' ? scheme : null,
  };
}

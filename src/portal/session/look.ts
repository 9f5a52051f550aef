/** What an embedding page chooses by the link: #token=…&color=0a7d5c&logo=https://…&scheme=dark */
export interface Look {
  color: string | null;
  logo: string | null;
  scheme: 'light' | 'dark' | null;
}

export const PLAIN: Look = { color: null, logo: null, scheme: null };

/** Anybody can make a link: what is not as it should be is left out. */
export function lookOf(given: URLSearchParams): Look {
  const color = given.get('color') ?? '';
  const logo = given.get('logo') ?? '';
  const scheme = given.get('scheme');
  return {
    color: /^[0-9a-f]{6}$/i.test(color) ? `#${color}` : null,
    logo: logo.startsWith('https://') ? logo : null,
    scheme: scheme === 'light' || scheme === 'dark' ? scheme : null,
  };
}

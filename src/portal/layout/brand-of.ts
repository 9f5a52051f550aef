import ownLogo from '../logo.svg';
import plainLogo from '../plain.svg';
import type { Look } from '../session/look';

/** What the pages, their titles and the tab show as whose they are: nothing of ours where a partner has a logo or a name. */
export function brandOf({ logo, name }: Look): { name: string; logo: string } {
  const isOurs = logo === null && !name;
  return isOurs ? { name: 'Warren', logo: ownLogo } : { name: name ?? 'Webhooks', logo: logo ?? plainLogo };
}

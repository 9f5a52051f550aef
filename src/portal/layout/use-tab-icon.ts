import { useEffect } from 'react';

/** The picture in the browser's tab, for as long as this is shown. */
export function useTabIcon(href: string): void {
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (!icon) return;
    const before = icon.href;
    icon.href = href;
    // A logo may be of any type; the browser sees of which.
    icon.removeAttribute('type');
    return () => {
      icon.href = before;
    };
  }, [href]);
}

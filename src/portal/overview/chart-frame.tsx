import { useEffect, useRef, type ReactNode } from 'react';

const LAYERS = 'g[class*="recharts-zIndex-layer"]:not([tabindex])';

/**
 * A chart is one picture that is told in words. Its layers are React's portals, at which React listens for focus: Chromium
 * takes an SVG element with such a listener for one that Tab shall stop at, and there would be four stops at nothing.
 */
export function ChartFrame({ label, children }: { label: string; children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = frame;
    if (!current) return;
    const leaveOut = (): void => {
      for (const layer of current.querySelectorAll(LAYERS)) layer.setAttribute('tabindex', '-1');
    };
    leaveOut();
    // Layers come and go with what is drawn, such as a tooltip.
    const observer = new MutationObserver(leaveOut);
    observer.observe(current, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={frame} role="img" aria-label={label}>
      {children}
    </div>
  );
}

import { lazy, type ComponentType } from 'react';

/**
 * What a page can do without. When its script cannot be had, because the server is away for a moment or was updated, nothing
 * is shown in its place, and the page stays.
 */
export const lazyExtra = <Props>(load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy<ComponentType<Props>>(() => load().catch(() => ({ default: () => null })));

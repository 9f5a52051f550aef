import { AppShell, Burger, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useConnection } from '../session/connection';
import { brandOf } from './brand-of';
import { AccountMenu } from './account-menu';
import { Brand } from './brand';
import { Navigation } from './navigation';
import { useTabIcon } from './use-tab-icon';

/** The frame around every page: navigation at the left, or behind a button where it is narrow. */
export function Shell({ children }: { children: ReactNode }) {
  const { session } = useConnection();
  useTabIcon(brandOf(session.look).logo);
  const [isOpen, { toggle, close }] = useDisclosure();
  const [place] = useLocation();
  useEffect(close, [place, close]);
  return (
    <AppShell
      header={{ height: { base: 56, md: 0 } }}
      navbar={{ width: 236, breakpoint: 'md', collapsed: { mobile: !isOpen } }}
      padding={0}
      transitionDuration={150}
    >
      <a className="skip" href="#content">
        Skip the navigation
      </a>
      <AppShell.Header hiddenFrom="md" className="topbar">
        <Group h="100%" px="md" gap="sm">
          <Burger opened={isOpen} onClick={toggle} size="sm" aria-label="Menu" aria-expanded={isOpen} />
          <Brand />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className="sidebar" aria-label="Pages">
        <div className="sidebar-brand">
          <Brand />
        </div>
        <Navigation />
        <AccountMenu />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <div className="page">{children}</div>
      </AppShell.Main>
    </AppShell>
  );
}

import { AppShell, Burger, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { AccountMenu } from './account-menu';
import { Brand } from './brand';
import { Navigation } from './navigation';

/** The frame around every page: navigation at the left, or behind a button where it is narrow. */
export function Shell({ logo, children }: { logo: string | null; children: ReactNode }) {
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
          <Brand logo={logo} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className="sidebar" aria-label="Pages">
        <div className="sidebar-brand">
          <Brand logo={logo} />
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

import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Notice } from './notice';

/** A page that breaks, or whose script an update has replaced, must not take the navigation with it. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <Notice role="alert" title="This page broke">
        <p>It may be that Warren was updated while it was open.</p>
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          Load it again
        </Button>
      </Notice>
    );
  }
}

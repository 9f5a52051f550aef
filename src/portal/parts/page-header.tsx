import { Anchor, Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useConnection } from '../session/connection';
import { brandOf } from '../layout/brand-of';
import { Icon } from './icon';

export function PageHeader({
  title,
  about,
  back,
  children,
}: {
  title: string;
  about?: ReactNode;
  /** The list that it is part of. */
  back?: { to: string; label: string };
  children?: ReactNode;
}) {
  const { session } = useConnection();
  useDocumentTitle(`${title} · ${brandOf(session.look).name}`);
  return (
    <header className="page-header">
      {back && (
        <Anchor component={Link} to={back.to} size="sm" className="back">
          <Icon name="back" size={15} /> {back.label}
        </Anchor>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        <div className="page-title">
          <Title order={1}>{title}</Title>
          {about !== undefined && (
            <Text c="dimmed" mt={2} fz={15} component="div">
              {about}
            </Text>
          )}
        </div>
        <Group gap="xs">{children}</Group>
      </Group>
    </header>
  );
}

import { Text } from '@mantine/core';
import ownLogo from '../logo.svg';
import { useViewer } from '../session/viewer';

/** A partner's logo in place of ours, when the link that opened the session named one. */
export function Brand({ logo }: { logo: string | null }) {
  const { tenant, isOperator } = useViewer();
  return (
    <div className="brand">
      <img src={logo ?? ownLogo} alt="" height={28} />
      <div className="brand-text">
        <Text fw={650} lh={1.15} truncate>
          {logo === null ? 'Warren' : 'Webhooks'}
        </Text>
        <Text size="xs" c="dimmed" lh={1.2} truncate>
          {tenant?.name ?? (isOperator ? 'All tenants' : '')}
        </Text>
      </div>
    </div>
  );
}

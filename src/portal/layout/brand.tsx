import { Text } from '@mantine/core';
import { useConnection } from '../session/connection';
import { brandOf } from './brand-of';
import { useViewer } from '../session/viewer';

/** Whose the portal is, as the link that opened the session has it. */
export function Brand() {
  const { session } = useConnection();
  const { tenant, isOperator } = useViewer();
  const { name, logo } = brandOf(session.look);
  return (
    <div className="brand">
      <img src={logo} alt="" height={28} />
      <div className="brand-text">
        <Text fw={650} lh={1.15} truncate>
          {name}
        </Text>
        <Text size="xs" c="dimmed" lh={1.2} truncate>
          {tenant?.name ?? (isOperator ? 'All tenants' : '')}
        </Text>
      </div>
    </div>
  );
}

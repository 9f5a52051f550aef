import { ActionIcon, Group, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Icon } from '../parts/icon';
import { end } from '../session/session';
import { useViewer } from '../session/viewer';
import { TenantSwitcher } from './tenant-switcher';

export function AccountMenu() {
  const { isOperator } = useViewer();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  const toOther = isDark ? 'Light colours' : 'Dark colours';
  return (
    <div className="account">
      {isOperator && <TenantSwitcher />}
      <Group justify="space-between" wrap="nowrap">
        <button type="button" className="nav-link" onClick={() => end(null)}>
          <Icon name="leave" />
          Sign out
        </button>
        <Tooltip label={toOther}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={toOther}
            onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
          >
            <Icon name={isDark ? 'sun' : 'moon'} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </div>
  );
}

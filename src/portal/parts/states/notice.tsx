import type { ReactNode } from 'react';
import { Icon, type IconName } from '../icon';

const ICONS: Record<string, IconName> = { bad: 'alert', warn: 'alert', good: 'check', info: 'bolt' };

/** A message that stands out. @param role alert: read out at once, for what went wrong */
export function Notice({
  tone = 'bad',
  title,
  role,
  children,
}: {
  tone?: 'bad' | 'warn' | 'good' | 'info';
  title: string;
  role?: 'alert' | 'status';
  children?: ReactNode;
}) {
  return (
    <div className={`notice tone-${tone}`} role={role}>
      <Icon name={ICONS[tone] ?? 'alert'} size={20} />
      <div className="notice-text">
        <div className="notice-title">{title}</div>
        {children}
      </div>
    </div>
  );
}

import { Link, useLocation } from 'wouter';
import { Icon, type IconName } from '../parts/icon';
import { useViewer } from '../session/viewer';

interface NavLink {
  to: string;
  label: string;
  icon: IconName;
  /** Shown to whoever has one of them. */
  scopes?: string[];
  /** Only where the deployment has inspectors. */
  ofInspectors?: boolean;
}

/** In groups, by what one is after. */
const GROUPS: { label: string; links: NavLink[] }[] = [
  {
    label: 'Watch',
    links: [
      { to: '/', label: 'Overview', icon: 'chart' },
      { to: '/live', label: 'Live', icon: 'pulse' },
      { to: '/deliveries', label: 'Deliveries', icon: 'send' },
      { to: '/events', label: 'Events', icon: 'bolt' },
    ],
  },
  {
    label: 'Set up',
    links: [
      { to: '/endpoints', label: 'Endpoints', icon: 'target' },
      { to: '/sources', label: 'Sources', icon: 'incoming', scopes: ['sources:write', 'endpoints:read'] },
      { to: '/event-types', label: 'Event types', icon: 'tag' },
      { to: '/replay', label: 'Replay', icon: 'replay' },
      { to: '/inspector', label: 'Inspector', icon: 'eye', ofInspectors: true },
      { to: '/keys', label: 'Keys', icon: 'key' },
      { to: '/audit', label: 'Audit log', icon: 'list', scopes: ['audit:read'] },
    ],
  },
];

export function Navigation() {
  const [place] = useLocation();
  const { may, hasInspectors } = useViewer();
  const isAt = (to: string): boolean => (to === '/' ? place === '/' : `${place}/`.startsWith(`${to}/`));
  return (
    <div className="nav-groups">
      {GROUPS.map(({ label, links }) => (
        <div className="nav-group" key={label}>
          <div className="nav-label" aria-hidden>
            {label}
          </div>
          {links
            .filter(({ scopes }) => scopes === undefined || scopes.some(may))
            .filter(({ ofInspectors = false }) => !ofInspectors || hasInspectors)
            .map(({ to, label: text, icon }) => (
              <Link key={to} to={to} className="nav-link" aria-current={isAt(to) ? 'page' : undefined}>
                <Icon name={icon} />
                {text}
              </Link>
            ))}
        </div>
      ))}
    </div>
  );
}

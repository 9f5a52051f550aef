import { Link, useLocation } from 'wouter';
import { Icon, type IconName } from '../parts/icon';

/** In groups, by what one is after. */
const GROUPS: { label: string; links: { to: string; label: string; icon: IconName }[] }[] = [
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
    links: [{ to: '/endpoints', label: 'Endpoints', icon: 'target' }],
  },
];

export function Navigation() {
  const [place] = useLocation();
  const isAt = (to: string): boolean => (to === '/' ? place === '/' : `${place}/`.startsWith(`${to}/`));
  return (
    <div className="nav-groups">
      {GROUPS.map(({ label, links }) => (
        <div className="nav-group" key={label}>
          <div className="nav-label" aria-hidden>
            {label}
          </div>
          {links.map(({ to, label: text, icon }) => (
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

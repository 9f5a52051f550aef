import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import { SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { EmptyState } from '../parts/states/empty-state';
import { Failure } from '../parts/states/failure';
import { useIsConnected } from '../live/use-connection-state';
import { PageHeader } from '../parts/page-header';
import { percentWords } from '../parts/values/percent';
import { RowSkeletons } from '../parts/states/skeletons';
import { Tiles } from '../parts/tiles';
import { millisecondsWords } from '../parts/values/time-words';
import { useAgain } from '../parts/use-again';
import { useViewer } from '../session/viewer';
import { Attention } from './attention';
import { Charts } from './charts';
import { FirstRun } from './first-run';
import { STATS, type Stats } from './stats';
import { statsWindow } from './stats-window';
import { useLiveTotal } from './use-live-total';

const RANGES = {
  hour: { label: 'Hour', ms: 3_600_000, stepMs: 60_000 },
  day: { label: 'Day', ms: 86_400_000, stepMs: 1_800_000 },
  week: { label: 'Week', ms: 604_800_000, stepMs: 7_200_000 },
};
type Range = keyof typeof RANGES;
const REFRESH_MS = 10_000;

export default function OverviewPage() {
  const { may } = useViewer();
  const [range, setRange] = useState<Range>('hour');
  if (!may('deliveries:read'))
    return (
      <>
        <PageHeader title="Overview" />
        <div className="column">
          <div className="panel">
            <EmptyState icon="chart" title="Figures are not shown to you">
              They are of deliveries, which takes the scope deliveries:read.
            </EmptyState>
          </div>
          <Attention />
        </div>
      </>
    );
  return (
    <>
      <PageHeader title="Overview" about={<LiveTotal />}>
        <SegmentedControl
          aria-label="Time range"
          value={range}
          onChange={setRange}
          data={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: RANGES[value].label }))}
        />
      </PageHeader>
      <Dashboard range={range} />
    </>
  );
}

function LiveTotal() {
  const live = useLiveTotal();
  const isConnected = useIsConnected();
  const counted = `${live.toLocaleString()} ${live === 1 ? 'change' : 'changes'} since you came`;
  return (
    <span className="live-line" role="status">
      <span className={`beacon ${isConnected ? 'tone-good' : 'tone-warn'}`} />
      {isConnected ? counted : 'Connecting…'}
    </span>
  );
}

function Dashboard({ range }: { range: Range }) {
  const { ms, stepMs } = RANGES[range];
  const [turn, setTurn] = useState(0);
  useAgain(REFRESH_MS, () => setTurn((before) => before + 1));
  const variables = useMemo(() => ({ ...statsWindow(Date.now(), ms, stepMs), turn }), [ms, stepMs, turn]);
  const [{ data, error, stale }, ask] = useQuery({ query: STATS, variables });
  if (error && !data) return <Failure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  if (!data) return <RowSkeletons />;
  const stats = data.deliveryStats;
  return (
    <div className="column" aria-busy={stale}>
      <FirstRun />
      <Figures stats={stats} within={range} />
      <Charts series={stats.series} isLong={range !== 'hour'} height={230} />
      <Attention />
    </div>
  );
}

function Figures({ stats, within }: { stats: Stats; within: string }) {
  const list = (status: string, text: string) => (
    <Link to={`/deliveries?within=${within}${status}`} className="quiet-link">
      {text}
    </Link>
  );
  const { confirmationRate, failureRate, deadLettered } = stats;
  const hasEnded = stats.delivered + deadLettered > 0;
  return (
    <Tiles
      label="Figures"
      tiles={[
        { name: 'Deliveries', value: stats.total.toLocaleString(), note: list('', 'See them') },
        {
          name: 'Confirmed',
          value: hasEnded ? percentWords(confirmationRate) : '–',
          tone: !hasEnded
            ? undefined
            : confirmationRate < 0.9
              ? 'bad'
              : confirmationRate < 0.99
                ? 'warn'
                : 'good',
          note: `${stats.delivered.toLocaleString()} delivered`,
        },
        {
          name: 'Failed attempts',
          value: percentWords(failureRate),
          note: list('&status=RETRYING', `${stats.retrying.toLocaleString()} retrying`),
        },
        {
          name: 'Time to deliver',
          value: millisecondsWords(stats.latencyMsP50),
          note: hasEnded ? `99 of 100 in ${millisecondsWords(stats.latencyMsP99)}` : '',
        },
        {
          name: 'Waiting',
          value: (stats.pending + stats.retrying + stats.held).toLocaleString(),
          note: list('&status=HELD', `${stats.held.toLocaleString()} held`),
        },
        {
          name: 'Dead letters',
          value: deadLettered.toLocaleString(),
          tone: deadLettered > 0 ? 'bad' : undefined,
          note: list('&status=DEAD_LETTERED', 'See them'),
        },
      ]}
    />
  );
}

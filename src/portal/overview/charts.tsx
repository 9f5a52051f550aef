import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Panel } from '../parts/panel';
import type { ChartProps } from './chart-props';

const VolumeChart = lazy(() => import('./volume-chart'));
const LatencyChart = lazy(() => import('./latency-chart'));

/** Attempts and time to deliver, side by side; nothing where there was no attempt. */
export function Charts(props: ChartProps) {
  if (props.series.every(({ attempts }) => attempts === 0)) return null;
  const skeleton = <Skeleton height={props.height} />;
  return (
    <div className="two-columns even">
      <Panel title="Attempts">
        <Suspense fallback={skeleton}>
          <VolumeChart {...props} />
        </Suspense>
      </Panel>
      <Panel title="Time to deliver">
        <Suspense fallback={skeleton}>
          <LatencyChart {...props} />
        </Suspense>
      </Panel>
    </div>
  );
}

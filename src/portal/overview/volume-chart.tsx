import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { ChartFrame } from './chart-frame';
import type { ChartProps } from './chart-props';
import { timeWords } from './chart-time';

/** Attempts over time, those that failed on top. A table beside it would say no more than its tooltip. */
export default function VolumeChart({ series, isLong, height }: ChartProps) {
  const data = series.map(({ at, attempts, failed }) => ({
    at: timeWords(at, isLong),
    Succeeded: attempts - failed,
    Failed: failed,
  }));
  const total = series.reduce((sum, { attempts }) => sum + attempts, 0);
  const failed = series.reduce((sum, bucket) => sum + bucket.failed, 0);
  return (
    <ChartFrame label={`${total} attempts, ${failed} of them failed`}>
      <BarChart
        h={height}
        data={data}
        dataKey="at"
        type="stacked"
        series={[
          { name: 'Succeeded', color: 'var(--bar-good)' },
          { name: 'Failed', color: 'var(--bar-bad)' },
        ]}
        withLegend
        tickLine="none"
        gridAxis="x"
        valueFormatter={(count) => count.toLocaleString()}
        xAxisProps={{ minTickGap: 40 }}
        yAxisProps={{ allowDecimals: false, width: 44 }}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false }}
      />
    </ChartFrame>
  );
}

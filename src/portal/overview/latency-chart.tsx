import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { millisecondsWords } from '../parts/time-words';
import { timeWords } from './chart-time';
import type { Stats } from './overview-page';

/** From received to delivered, over time: what half of the deliveries took at most, and 99 of 100. */
export default function LatencyChart({ series, isLong }: { series: Stats['series']; isLong: boolean }) {
  const data = series.map(({ at, latencyMsP50, latencyMsP99 }) => ({
    at: timeWords(at, isLong),
    'Half of them': latencyMsP50,
    '99 of 100': latencyMsP99,
  }));
  const slowest = Math.max(0, ...series.map(({ latencyMsP99 }) => latencyMsP99 ?? 0));
  return (
    <div role="img" aria-label={`99 of 100 took at most ${millisecondsWords(slowest)}, at the slowest`}>
      <LineChart
        h={230}
        data={data}
        dataKey="at"
        series={[
          { name: 'Half of them', color: 'var(--bar-good)' },
          { name: '99 of 100', color: 'var(--bar-late)' },
        ]}
        curveType="monotone"
        connectNulls
        withDots={series.filter(({ latencyMsP50 }) => latencyMsP50 !== null).length < 12}
        withLegend
        tickLine="none"
        gridAxis="x"
        valueFormatter={millisecondsWords}
        xAxisProps={{ minTickGap: 40 }}
        yAxisProps={{ width: 72 }}
        lineProps={{ isAnimationActive: false }}
        lineChartProps={{ accessibilityLayer: false }}
      />
    </div>
  );
}

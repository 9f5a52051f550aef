import '@mantine/charts/styles.css';
import { BarChart, ChartTooltip } from '@mantine/charts';
import { millisecondsWords } from '../parts/time-words';
import { timeWords } from './chart-time';
import type { ChartProps } from './charts';

/**
 * From received to delivered, over time: what half of the deliveries took at most, and 99 of 100. Bars as the other
 * chart has them: lines would bring another 8 kB.
 */
export default function LatencyChart({ series, isLong, height }: ChartProps) {
  const data = series.map(({ at, latencyMsP50, latencyMsP99 }) => ({
    at: timeWords(at, isLong),
    half: latencyMsP50,
    // On top of the half, so that the bar ends at it.
    rest: latencyMsP99 === null ? null : Math.max(0, latencyMsP99 - (latencyMsP50 ?? 0)),
  }));
  const slowest = Math.max(0, ...series.map(({ latencyMsP99 }) => latencyMsP99 ?? 0));
  return (
    <div role="img" aria-label={`99 of 100 took at most ${millisecondsWords(slowest)}, at the slowest`}>
      <BarChart
        h={height}
        data={data}
        dataKey="at"
        type="stacked"
        series={[
          { name: 'half', label: 'Half of them', color: 'var(--bar-good)' },
          { name: 'rest', label: '99 of 100', color: 'var(--bar-late)' },
        ]}
        withLegend
        tickLine="none"
        gridAxis="x"
        valueFormatter={millisecondsWords}
        tooltipProps={{
          content: ({ active, label }) => {
            const bar = data.find(({ at }) => at === label);
            return active && bar ? <Quantiles {...bar} /> : null;
          },
        }}
        xAxisProps={{ minTickGap: 40 }}
        yAxisProps={{ width: 72 }}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false }}
      />
    </div>
  );
}

function Quantiles({ at, half, rest }: { at: string; half: number | null; rest: number | null }) {
  const values = [
    { name: 'Half of them', value: half, color: 'var(--bar-good)' },
    { name: '99 of 100', value: rest === null ? null : rest + (half ?? 0), color: 'var(--bar-late)' },
  ];
  return <ChartTooltip label={at} payload={values} valueFormatter={millisecondsWords} />;
}

import '@mantine/charts/styles.css';
import { BarChart, ChartTooltip } from '@mantine/charts';
import { durationWords, millisecondsWords } from '../parts/values/time-words';
import { ChartFrame } from './chart-frame';
import type { ChartProps } from './chart-props';
import { timeWords } from './chart-time';

/** Marks of the axis, in milliseconds. */
const MARKS = [1, 10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 360_000_000];

/** Pixels of the chart's height for each mark. */
const LEAST_GAP = 26;

const heightOf = (ms: number): number => Math.log10(Math.max(1, ms));
const markWords = (height: number): string => {
  const ms = Math.round(10 ** height);
  return ms < 1000 ? millisecondsWords(ms) : durationWords(ms / 1000);
};

/**
 * From received to delivered, over time: what half of the deliveries took at most, and 99 of 100. Each mark is about ten times
 * the one below: of what takes milliseconds and what is tried again for minutes, neither hides the other. Bars as the other
 * chart has them: lines would bring another 8 kB.
 */
export default function LatencyChart({ series, isLong, height }: ChartProps) {
  const data = series.map(({ at, latencyMsP50, latencyMsP99 }) => {
    const half = latencyMsP50 === null ? null : heightOf(latencyMsP50);
    // On top of the half, so that the bar ends at it.
    const rest = latencyMsP99 === null ? null : Math.max(0, heightOf(latencyMsP99) - (half ?? 0));
    return { at: timeWords(at, isLong), half, rest, latencyMsP50, latencyMsP99 };
  });
  const slowest = Math.max(0, ...series.map(({ latencyMsP99 }) => latencyMsP99 ?? 0));
  const above = MARKS.findIndex((mark) => mark >= slowest);
  const all = MARKS.slice(0, above < 0 ? MARKS.length : Math.max(above + 1, 3)).map(heightOf);
  // Every second one, down from the top, where the words would stand too close.
  const ticks = height / all.length < LEAST_GAP ? all.filter((_, at) => (all.length - at) % 2 === 1) : all;
  return (
    <ChartFrame label={`99 of 100 took at most ${millisecondsWords(slowest)}, at the slowest`}>
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
        valueFormatter={markWords}
        tooltipProps={{
          content: ({ active, payload }) => {
            const bar = payload[0]?.payload as (typeof data)[number] | undefined;
            return active && bar ? <Quantiles {...bar} /> : null;
          },
        }}
        xAxisProps={{ minTickGap: 40 }}
        yAxisProps={{ width: 60, ticks, domain: [0, ticks.at(-1) ?? 'auto'], interval: 0 }}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false }}
      />
    </ChartFrame>
  );
}

interface Bar {
  at: string;
  latencyMsP50: number | null;
  latencyMsP99: number | null;
}

function Quantiles({ at, latencyMsP50, latencyMsP99 }: Bar) {
  const values = [
    { name: 'Half of them', value: latencyMsP50, color: 'var(--bar-good)' },
    { name: '99 of 100', value: latencyMsP99, color: 'var(--bar-late)' },
  ];
  return <ChartTooltip label={at} payload={values} valueFormatter={millisecondsWords} />;
}

import type { Stats } from './stats';

export interface ChartProps {
  series: Stats['series'];
  /** Over more than an hour: times have their day. */
  isLong: boolean;
  height: number;
}

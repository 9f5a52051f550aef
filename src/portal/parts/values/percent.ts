/** Never rounded up to 100 % or down to 0 %: "all" and "none" are claims. */
export function percentWords(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<\u00a00.1\u00a0%';
  if (percent > 99.9 && percent < 100) return '>\u00a099.9\u00a0%';
  return `${percent.toLocaleString(undefined, { maximumFractionDigits: 1 })}\u00a0%`;
}

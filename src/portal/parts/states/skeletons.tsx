import { Skeleton, Stack } from '@mantine/core';

/** The outline of a page while it loads. */
export function PageSkeleton() {
  return (
    <Stack gap="md" aria-busy aria-label="Loading" role="status">
      <Skeleton height={30} width={220} />
      <RowSkeletons />
    </Stack>
  );
}

export function RowSkeletons({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap={10} className="panel" p="md" aria-busy>
      {Array.from({ length: rows }, (_, at) => (
        <Skeleton key={at} height={26} width={`${96 - ((at * 7) % 22)}%`} />
      ))}
    </Stack>
  );
}

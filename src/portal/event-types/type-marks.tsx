interface MarkedType {
  archived: boolean;
  requiredScope: string | null;
  versions: readonly { version: number; deprecated: boolean }[];
}

/** The version that an event takes when it names none: the newest not deprecated, or the newest of all. */
export const versionForNew = (versions: MarkedType['versions']): number =>
  (versions.findLast(({ deprecated }) => !deprecated) ?? versions.at(-1))?.version ?? 1;

/** The states of a type in short words. */
export function TypeMarks({ entry: { archived, requiredScope, versions } }: { entry: MarkedType }) {
  const isDeprecated = versions.every(({ deprecated }) => deprecated);
  return (
    <span className="marks">
      <span className="mark tone-info">v{versionForNew(versions)}</span>
      {isDeprecated && <span className="mark tone-warn">deprecated</span>}
      {archived && <span className="mark tone-mute">archived</span>}
      {requiredScope !== null && <span className="mark tone-wait">needs a grant</span>}
    </span>
  );
}

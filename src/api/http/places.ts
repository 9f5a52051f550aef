/** Room for many, of which no one may take more than a share. */
export interface Places {
  /** Gives the place back; undefined when this one has its share already. */
  take(whose: string): (() => void) | undefined;
}

export function makePlaces(share: number): Places {
  const taken = new Map<string, number>();
  return {
    take(whose) {
      const before = taken.get(whose) ?? 0;
      if (before >= share) return undefined;
      taken.set(whose, before + 1);
      return () => {
        const left = (taken.get(whose) ?? 1) - 1;
        if (left > 0) taken.set(whose, left);
        else taken.delete(whose);
      };
    },
  };
}

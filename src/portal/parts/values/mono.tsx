import { CopyButton } from '../copy-button';

/** An id or another text that people compare and copy. */
export function Mono({ text, copy }: { text: string; copy?: string }) {
  return (
    <span className="mono-row">
      <code className="mono" title={text}>
        {text}
      </code>
      {copy !== undefined && <CopyButton text={text} what={copy} />}
    </span>
  );
}

/** TypeIDs begin alike when they were made in one moment: the end tells them apart. */
export const shortId = (id: string): string => {
  const [prefix = '', rest = ''] = id.split('_');
  return rest.length > 12 ? `${prefix}_…${rest.slice(-8)}` : id;
};

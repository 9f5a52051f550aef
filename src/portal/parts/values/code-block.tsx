import { CopyButton } from '../copy-button';
import { JsonText } from './json-text';

/** Text as it is. React writes it as text, so markup in it stays text. */
export function CodeBlock({
  text,
  label,
  maxHeight = 420,
}: {
  text: string;
  label: string;
  maxHeight?: number;
}) {
  return (
    <div className="code-block">
      <div className="code-copy">
        <CopyButton text={text} what={label.toLowerCase()} />
      </div>
      {/* Who uses the keyboard must be able to scroll it. */}
      <pre tabIndex={0} aria-label={label} role="region" style={{ maxHeight }}>
        {/^\s*[{[]/.test(text) ? <JsonText text={text} /> : text}
      </pre>
    </div>
  );
}

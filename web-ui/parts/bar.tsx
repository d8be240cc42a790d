// How far something is, as a bar.

/** `percent` 0 to 100; what lies beyond is drawn as its end. `text`: the same in words, for screen readers. */
export function Bar({ percent, label, text }: { readonly percent: number; readonly label: string; readonly text?: string }) {
  return (
    <span class="bar" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(percent)} aria-valuetext={text}>
      <span style={{ width: `${Math.max(0, Math.min(100, percent))}%` }} />
    </span>
  );
}

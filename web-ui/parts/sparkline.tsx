// The last values of something, as a line. Decoration beside the number, so it is hidden from screen readers.
const WIDTH = 64;
const HEIGHT = 18;

/** `values` oldest first; nothing is drawn for fewer than two. The scale begins at 0. */
export function Sparkline({ values, title }: { readonly values: readonly number[]; readonly title?: string }) {
  if (values.length < 2) return <svg class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true" />;
  const most = Math.max(...values, 1e-9);
  const points = values.map((value, i) => `${((i / (values.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - (value / most) * (HEIGHT - 3)).toFixed(1)}`).join(' ');
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {title === undefined ? null : <title>{title}</title>}
      <polyline points={points} fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}

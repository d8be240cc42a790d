// The last values of something, as a line. Decoration beside the number, so it is hidden from screen readers.

/** `values` oldest first; nothing is drawn for fewer than two. The scale begins at 0. Sizes in px. */
export function Sparkline({ values, title, width = 64, height = 18 }: { readonly values: readonly number[]; readonly title?: string; readonly width?: number; readonly height?: number }) {
  if (values.length < 2) return <svg class="spark" width={width} height={height} aria-hidden="true" />;
  const most = Math.max(...values, 1e-9);
  const points = values.map((value, i) => `${((i / (values.length - 1)) * width).toFixed(1)},${(height - 1 - (value / most) * (height - 3)).toFixed(1)}`).join(' ');
  return (
    <svg class="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {title === undefined ? null : <title>{title}</title>}
      <polygon points={`0,${height} ${points} ${width},${height}`} fill="currentColor" opacity=".12" />
      <polyline points={points} fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}

// What holds a view that fails while it is drawn: that one says so, and the rest of the page goes on.
import { Component } from 'preact';
import type { ComponentChildren } from 'preact';
import { Problem } from './notice.tsx';

interface Props {
  /** What is drawn, as a sentence names it. */
  readonly what: string;
  /** Another one is another try. */
  readonly place: string;
  readonly children: ComponentChildren;
}

/** Without it the error would end the drawing of the whole page, and come back with each event. */
export class Boundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static override getDerivedStateFromError(error: unknown): { readonly error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(before: Props): void {
    if (before.place !== this.props.place && this.state.error !== null) this.setState({ error: null });
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override render({ what, children }: Props) {
    const { error } = this.state;
    if (error === null) return children;
    return <Problem error={new Error(`cannot show ${what}: ${error.message}. This is a fault of the page; the browser's console has more of it`)} again={() => this.setState({ error: null })} />;
  }
}

// The head of a view: where it stands, what it shows, how that is, and what can be done about it; the same in all of them.
import type { ComponentChildren } from 'preact';

/** What stands in the head of a view. */
export interface ViewTitleProps {
  readonly title: ComponentChildren;
  /** The views that this one is below, outermost first: words and address. */
  readonly above?: readonly (readonly [words: string, address: string])[];
  /** Badges, counts: beside the title. */
  readonly marks?: ComponentChildren;
  /** Buttons and links, at the other end. */
  readonly actions?: ComponentChildren;
}

/** The head of a view, with its h1. */
export function ViewTitle({ title, above = [], marks, actions }: ViewTitleProps) {
  return (
    <>
      {above.length === 0 ? null : <p class="crumbs">{above.map(([words, address], i) => <>{i === 0 ? '' : ' / '}<a href={address}>{words}</a></>)}</p>}
      <div class="title">
        <h1>{title}</h1>
        {marks}
        {actions === undefined || actions === null ? null : <><span class="spring" /><span class="title-buttons">{actions}</span></>}
      </div>
    </>
  );
}

// A text that cannot be read, for parsers of the contract.

/** What is wrong with a text that a person wrote, and where: thrown by a parser, and told by whoever called it. */
export class BadText extends Error {
  /** Characters before it. */
  readonly at: number;
  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

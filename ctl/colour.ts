// Colours or none? What was asked for decides, then the environment, then whether somebody looks. Pure.

export const COLOUR_CHOICES = ['auto', 'always', 'never'] as const;
export type ColourChoice = (typeof COLOUR_CHOICES)[number];

/** `--color`, then FORCE_COLOR (0 and false: none), NO_COLOR and TERM=dumb, then the terminal. An empty variable says nothing. */
export function wantsColour(choice: ColourChoice, terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (choice !== 'auto') return choice === 'always';
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return terminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

// One line of the comparison: a label, and a cell for each variant.

export interface Row {
  readonly label: string;
  /** One for each variant; null where the run has nothing of the kind. */
  readonly cells: readonly (string | null)[];
  /** Worth a word even when all variants agree. */
  readonly main: boolean;
  /** How much went to and fro, which differs nearly always and says little. */
  readonly volume: boolean;
}

export const row = (label: string, cells: readonly (string | null)[], main = false, volume = false): Row => ({
  label,
  cells,
  main,
  volume,
});

export const differs = ({ cells }: Row): boolean => new Set(cells).size > 1;
